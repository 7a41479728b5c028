import Foundation

/// Reads a command line as the argument parser does, to say in one sentence what is wrong with it.
struct UsageCheck {
  private let table: CommandTable.Command
  private let words: [String]

  /// Values given to options, in their order.
  struct Given {
    let option: CommandTable.Argument
    let spelling: String
    let value: String
  }

  init(_ words: [String], table: CommandTable.Command) {
    self.words = words
    self.table = table
  }

  /// What is wrong, as far as words tell; nil where the parser is to decide, and where help is asked for.
  func problem() -> String? {
    let named = words.prefix { $0 != "--" }
    if named.contains(where: Self.isForTheParser) { return nil }
    if words.first == "help" { return unknownHelpTopic() }
    let (command, path) = commandAndPath()
    let rest = words.dropFirst(path.count)
    if !command.commands.isEmpty, command.defaultSubcommand == nil || rest.first?.hasPrefix("-") == false {
      guard let first = rest.first else { return nil }
      return UsageAdvice(table: table, command: command, path: path).noCommand(first, words: words)
    }
    let chosen = command.defaultSubcommand.flatMap(command.command(named:)) ?? command
    return problem(in: Array(rest), of: chosen, UsageAdvice(table: table, command: chosen, path: path))
  }

  /// What every command understands: help, the version, and what shells ask for to complete words.
  private static func isForTheParser(_ word: String) -> Bool {
    ["--help", "-h", "--help-hidden", "--version", "--experimental-dump-help", "---completion"].contains(word)
      || word.hasPrefix("--generate-completion-script")
  }

  private func unknownHelpTopic() -> String? {
    var command = table
    for (index, word) in words.dropFirst().enumerated() where !word.hasPrefix("-") {
      guard let next = command.command(named: word) else {
        return UsageAdvice(table: table, command: command, path: Array(words[1..<(1 + index)]))
          .noCommand(word, words: Array(words.dropFirst()))
      }
      command = next
    }
    return nil
  }

  private func commandAndPath() -> (command: CommandTable.Command, path: [String]) {
    var command = table
    var path: [String] = []
    for word in words {
      guard let next = command.command(named: word) else { break }
      command = next
      path.append(word)
    }
    return (command, path)
  }

  private func problem(in words: [String], of command: CommandTable.Command, _ advice: UsageAdvice) -> String?
  {
    var given: [String: Int] = [:]
    var positionals = 0
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      guard word != "--" else {
        positionals += words.count - index
        break
      }
      guard Self.isOption(word) else {
        positionals += 1
        if !command.positionals.contains(where: \.isRepeating), positionals > command.positionals.count {
          return advice.unexpected(word)
        }
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let (spelling, joined) = (parts[0], parts.count == 2 ? parts[1] : nil)
      let found = command.option(written: spelling)
      let next = index < words.count && Self.isValue(words[index], of: found) ? words[index] : nil
      guard let option = found else {
        return advice.noOption(spelling, value: joined ?? next, isJoined: joined != nil)
      }
      if option.kind == .flag {
        if joined != nil { return "\(spelling) takes no value; leave =\(joined ?? "") away" }
        continue
      }
      guard let value = joined ?? next else { return advice.missingValue(of: option, spelling) }
      if value.isEmpty {
        return "\(spelling) is empty; give a value (a variable of the shell may not be set), or leave it away"
      }
      if let problem = advice.badChoice(value, of: option, spelling) { return problem }
      given[option.spelling, default: 0] += 1
      if !option.isRepeating, given[option.spelling, default: 0] > 1 {
        return "\(option.spelling) is given twice; leave one of them away"
      }
      if joined == nil { index += 1 }
      if option.takesMany { while index < words.count, !Self.isOption(words[index]) { index += 1 } }
    }
    if let missing = command.options.first(where: {
      !$0.isOptional && given[$0.spelling] == nil && $0.kind == .option
    }) {
      return advice.missing(missing)
    }
    if let missing = command.positionals.prefix(while: { !$0.isOptional }).dropFirst(positionals).first {
      return advice.missing(missing)
    }
    return nil
  }

  private static func isValue(_ word: String, of option: CommandTable.Argument?) -> Bool {
    !isOption(word) || (option?.takesDashes == true && !word.hasPrefix("--"))
  }

  /// `-` alone stands for a stream.
  static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word.count > 1 }

  /// Every value that is given to an option.
  func values() -> [Given] {
    let (command, path) = commandAndPath()
    let chosen = command.defaultSubcommand.flatMap(command.command(named:)) ?? command
    var values: [Given] = []
    var rest = words.dropFirst(path.count).prefix { $0 != "--" }
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard Self.isOption(word), let option = chosen.option(written: parts[0]), option.kind == .option else {
        continue
      }
      if let value = parts.count == 2 ? parts[1] : rest.first {
        values.append(Given(option: option, spelling: parts[0], value: value))
      }
    }
    return values
  }
}
