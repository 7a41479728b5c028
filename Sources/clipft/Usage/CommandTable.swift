import ArgumentParser
import Foundation

/// The commands and what each takes, as the argument parser describes them.
struct CommandTable: Decodable {
  let command: Command

  struct Command: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    /// Whether help lists it.
    let shouldDisplay: Bool
    let subcommands: [Command]?
    let arguments: [Argument]?
    let defaultSubcommand: String?

    var options: [Argument] { (arguments ?? []).filter { $0.kind != .positional } }
    var positionals: [Argument] { (arguments ?? []).filter { $0.kind == .positional } }
    /// Its commands, without the parser's own `help`.
    var commands: [Command] { (subcommands ?? []).filter { $0.commandName != "help" } }
    /// Those of them that people are told of.
    var shownCommands: [Command] { commands.filter(\.shouldDisplay) }

    func command(named name: String) -> Command? { commands.first { $0.commandName == name } }

    /// The option that is written `word`, dashes included.
    func option(written word: String) -> Argument? { options.first { $0.spellings.contains(word) } }
  }

  struct Argument: Decodable {
    enum Kind: String, Decodable {
      case positional, option, flag
    }

    struct Name: Decodable {
      let kind: String
      let name: String
    }

    let kind: Kind
    let isOptional: Bool
    let isRepeating: Bool
    let parsingStrategy: String
    let names: [Name]?
    let preferredName: Name?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
    /// The heading that it stands under in help, if not that of all options.
    let sectionTitle: String?
    let shouldDisplay: Bool

    /// As written on the command line.
    var spellings: [String] { (names ?? []).map(Self.spelling) }
    var spelling: String { preferredName.map(Self.spelling) ?? "<\(valueName ?? "value")>" }
    /// Whether values follow until the next option.
    var takesMany: Bool { parsingStrategy == "upToNextOption" }
    /// Whether its value may begin with a dash, as numbers below 0 do.
    var takesDashes: Bool { parsingStrategy == "unconditional" }

    private static func spelling(_ name: Name) -> String { (name.kind == "long" ? "--" : "-") + name.name }
  }

  /// This program's; nil if the parser describes itself otherwise than known.
  static let program: Command? = {
    try? JSONDecoder().decode(CommandTable.self, from: Data(Clipft._dumpHelp().utf8)).command
  }()
}
