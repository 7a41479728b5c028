import Foundation
import Testing

/// What `--help` shows of every command.
@Suite("Help")
struct HelpTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test("Every option says what it is by default, but those without which nothing is done")
  func defaults() throws {
    // Each asks for something that is else not done at all, or is needed.
    let without: Set = ["peft", "val", "resume", "images", "texts", "to"]
    for (path, command) in try CommandDump(program).all {
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
    for (path, _) in try CommandDump(program).all {
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
