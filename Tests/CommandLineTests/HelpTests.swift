import Foundation
import Testing

/// What `--help` shows of every command.
@Suite("Help")
struct HelpTests {
  private let program: Program

  init() throws { program = try Program() }

  private struct Table: Decodable {
    let command: Command
  }

  private struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        let name: String
      }

      let kind: String
      let isOptional: Bool
      let preferredName: Name?
      let valueName: String?
      let sectionTitle: String?
      let defaultValue: String?
      let abstract: String?
    }

    let commandName: String
    let subcommands: [Command]?
    let arguments: [Argument]?

    /// Every command below it with the words that name it.
    func all(_ path: [String] = []) -> [(path: [String], command: Command)] {
      (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
        [(path + [command.commandName], command)] + command.all(path + [command.commandName])
      }
    }
  }

  private func commands() throws -> [(path: [String], command: Command)] {
    let text = try program.run("--experimental-dump-help").output
    return try JSONDecoder().decode(Table.self, from: Data(text.utf8)).command.all()
  }

  @Test("Every option says what it is by default, but those without which nothing is done")
  func defaults() throws {
    // Each asks for something that is else not done at all, or is needed.
    let without: Set = ["peft", "val", "resume", "images", "texts", "to"]
    for (path, command) in try commands() {
      for argument in command.arguments ?? [] where argument.kind != "flag" && argument.isOptional {
        let name = argument.preferredName?.name ?? argument.valueName ?? ""
        guard !without.contains(name), argument.defaultValue == nil else { continue }
        let text = (argument.abstract ?? "") + (argument.sectionTitle ?? "")
        #expect(text.lowercased().contains("default"), "\(path.joined(separator: " ")): \(name)")
      }
    }
  }

  @Test("Help has an example of each command, and fits a hundred columns")
  func shape() throws {
    for (path, _) in try commands() {
      let outcome = try program.run(arguments: path + ["--help"])
      #expect(outcome.status == 0)
      let lines = outcome.output.split(separator: "\n")
      #expect(
        lines.contains { $0.trimmingCharacters(in: .whitespaces).hasPrefix("clipft \(path[0])") }, "\(path)")
      let long = lines.filter { $0.count > 100 }
      #expect(long.isEmpty, "\(path): \(long)")
    }
  }
}
