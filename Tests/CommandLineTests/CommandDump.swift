import Foundation

/// The commands of the program and what each takes, as it describes itself.
struct CommandDump {
  let all: [(path: [String], command: Command)]

  struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }

      let kind: String
      let isOptional: Bool
      let names: [Name]?
      let preferredName: Name?
      let valueName: String?
      let sectionTitle: String?
      let defaultValue: String?
      let abstract: String?

      var spellings: [String] { (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name } }
    }

    let commandName: String
    let shouldDisplay: Bool
    let subcommands: [Command]?
    let arguments: [Argument]?
    let defaultSubcommand: String?

    /// Every command below it with the words that name it.
    fileprivate func all(_ path: [String] = []) -> [(path: [String], command: Command)] {
      (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
        [(path + [command.commandName], command)] + command.all(path + [command.commandName])
      }
    }
  }

  private struct Table: Decodable {
    let command: Command
  }

  init(_ program: Program) throws {
    let text = try program.run("--experimental-dump-help").output
    all = try JSONDecoder().decode(Table.self, from: Data(text.utf8)).command.all()
  }

  func command(_ path: [String]) -> Command? { all.first { $0.path == path }?.command }
}
