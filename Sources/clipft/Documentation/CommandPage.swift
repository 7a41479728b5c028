/// What the page of one command says, however it is written: taken from the argument parser's own table.
struct CommandPage {
  /// An argument or option: how it is written, and what it does.
  struct Entry {
    let spelling: String
    let text: String
  }

  struct Section {
    let title: String
    let entries: [Entry]
  }

  struct Subcommand {
    let path: [String]
    let abstract: String
    let isDefault: Bool
  }

  /// The words that name the command after `clipft`.
  let path: [String]
  let abstract: String
  /// The words that follow the command's.
  let synopsis: String
  let discussion: [DiscussionText.Part]
  let sections: [Section]
  let subcommands: [Subcommand]

  /// As it is called on the command line.
  var title: String { (["clipft"] + path).joined(separator: " ") }
  /// As its file is called, without what comes after the dot.
  var fileName: String { path.joined(separator: "-") }

  init(_ command: CommandTable.Command, path: [String]) {
    self.path = path
    abstract = command.abstract ?? ""
    discussion = DiscussionText.parts(of: command.discussion ?? "")
    subcommands = command.shownCommands.map {
      Subcommand(
        path: path + [$0.commandName], abstract: $0.abstract ?? "",
        isDefault: $0.commandName == command.defaultSubcommand)
    }
    let options = command.options.filter(\.shouldDisplay)
    synopsis = Self.synopsis(of: command, options: options)
    let titles = options.map { $0.sectionTitle ?? Self.options }
    let ordered = titles.enumerated().filter { titles.firstIndex(of: $1) == $0 }.map(\.element)
    let positionals = Section(
      title: "Arguments", entries: command.positionals.filter(\.shouldDisplay).map(Self.entry))
    sections =
      ([positionals]
      + ordered.map { title in
        Section(
          title: title, entries: Self.entries(options.filter { ($0.sectionTitle ?? Self.options) == title }))
      }).filter { !$0.entries.isEmpty }
  }

  /// The pages of a command's commands, and of theirs, each after the one above it.
  static func all(below command: CommandTable.Command, path: [String] = []) -> [CommandPage] {
    command.shownCommands.flatMap { command in
      let path = path + [command.commandName]
      return [CommandPage(command, path: path)] + all(below: command, path: path)
    }
  }

  private static let options = "Options"

  private static func synopsis(of command: CommandTable.Command, options: [CommandTable.Argument]) -> String {
    let needed = options.filter { $0.kind == .option && !$0.isOptional }.map(written)
    let positionals = command.positionals.map {
      $0.isOptional ? "[\(written($0))]" : written($0)
    }
    let command =
      command.shownCommands.isEmpty ? [] : [command.defaultSubcommand == nil ? "<command>" : "[<command>]"]
    return (command + needed + (options.isEmpty ? [] : ["[<options>]"]) + positionals).joined(separator: " ")
  }

  /// A flag and its opposite are one entry.
  private static func entries(_ options: [CommandTable.Argument]) -> [Entry] {
    var entries: [Entry] = []
    for (index, option) in options.enumerated() {
      let opposite = options.first { $0.kind == .flag && $0.bareName == "no-" + option.bareName }
      let isOpposite = options[..<index].contains {
        option.kind == .flag && option.bareName == "no-" + $0.bareName
      }
      if isOpposite { continue }
      let entry = entry(option)
      entries.append(
        opposite.map { Entry(spelling: "\(entry.spelling), \(written($0))", text: entry.text) } ?? entry)
    }
    return entries
  }

  private static func entry(_ argument: CommandTable.Argument) -> Entry {
    // What the parser adds to help by itself.
    let values = argument.allValues.map { "values: \($0.joined(separator: ", "))" }
    let standard = argument.defaultValue.map { "default: \($0)" }
    let added = [values, standard].compactMap { $0 }.joined(separator: "; ")
    let text = [argument.abstract, added.isEmpty ? nil : "(\(added))"].compactMap { $0 }.joined(
      separator: " ")
    // Short names first, as help has them.
    let others = argument.spellings.filter { $0 != argument.spelling }
    let short = others.filter { !$0.hasPrefix("--") }
    let names = short + [argument.spelling] + others.filter { $0.hasPrefix("--") }
    return Entry(spelling: names.joined(separator: ", ") + value(of: argument), text: text)
  }

  private static func written(_ argument: CommandTable.Argument) -> String {
    argument.spelling + value(of: argument)
  }

  /// What follows an option's name; of an argument whether there may be several.
  private static func value(of argument: CommandTable.Argument) -> String {
    switch argument.kind {
    case .positional: argument.isRepeating ? " ..." : ""
    case .flag: ""
    case .option: " <\(argument.valueName ?? "value")>" + (argument.takesMany ? " ..." : "")
    }
  }
}

extension CommandTable.Argument {
  fileprivate var bareName: String { preferredName?.name ?? "" }
}
