import Experiments
import Foundation
import PEFT
import TensorCore

/// What to write instead of what a command does not understand.
struct UsageAdvice {
  let table: CommandTable.Command
  let command: CommandTable.Command
  /// The words that name the command.
  let path: [String]

  private var name: String { (["clipft"] + path).joined(separator: " ") }
  private var help: String { "`\(name) --help`" }

  // MARK: Commands

  func noCommand(_ word: String, words: [String]) -> String {
    if UsageCheck.isOption(word) { return optionBeforeCommand(word, words: words) }
    let names = command.shownCommands.map(\.commandName)
    let problem = "\(name) has no command '\(word)'"
    if UsageSynonyms.plain(word) == "version" { return "\(problem); write `clipft --version`" }
    guard let meant = Self.command(meantBy: word, among: names) else {
      return "\(problem); choose one of \(names.joined(separator: ", "))"
    }
    return "\(problem); did you mean `\(name) \(meant)`?"
  }

  private static func command(meantBy word: String, among names: [String]) -> String? {
    let plain = UsageSynonyms.plain(word)
    if names.contains(plain) { return plain }
    if let known = UsageSynonyms.commands[plain], names.contains(known) { return known }
    return Spelling.nearest(to: plain, in: names)
      ?? (plain.count > 2 ? names.first { $0.hasPrefix(plain) } : nil)
  }

  private func optionBeforeCommand(_ word: String, words: [String]) -> String {
    let spelling = Self.spelling(word)
    if let later = words.first(where: { table.command(named: $0) != nil }) {
      return "\(spelling) comes after the command: `clipft \(later) \(word) …`"
    }
    let takers = table.shownCommands.filter { $0.option(written: spelling) != nil }.map(\.commandName)
    let example = takers.first { $0 == "finetune" } ?? takers.first
    return example.map { "name a command before \(spelling), as in `clipft \($0) \(word) …`" }
      ?? "clipft has no option \(spelling); `clipft --help` lists the commands"
  }

  // MARK: Options

  func noOption(_ spelling: String, value: String?, isJoined: Bool) -> String {
    let problem = "\(name) has no option \(spelling)"
    let wanted = UsageSynonyms.plain(spelling)
    if let sentence = UsageSynonyms.sentences[wanted] { return "\(problem); \(sentence)" }
    if let written = instead(of: wanted, value: value) {
      let isQuestion = Spelling.nearest(to: wanted, in: [Self.bare(written)]) != nil && value == nil
      return isQuestion ? "\(problem); did you mean \(written)?" : "\(problem); write \(written)"
    }
    if let owner = owners(of: wanted) { return "\(problem); \(owner)" }
    return "\(problem); \(help) lists those it has"
  }

  /// The words that say it rightly.
  private func instead(of wanted: String, value: String?) -> String? {
    func written(_ option: CommandTable.Argument, _ value: String?) -> String {
      guard option.kind == .option, let value else { return option.spelling }
      return "\(option.spelling) \(ShellWord.quoted(value))"
    }
    // The option's own name in another spelling: --batch_size, -lr, --Epochs.
    if let option = command.option(written: "--" + wanted) { return written(option, value) }
    if let option = methodOption(wanted), command.option(written: "--option") != nil {
      return "--option \(option)=\(value.map(ShellWord.quoted) ?? "…")"
    }
    for known in UsageSynonyms.options[wanted] ?? [] {
      if let option = command.option(written: "--" + known) { return written(option, value) }
    }
    if MethodRegistry.all.contains(where: { $0.name == wanted }), command.option(written: "--peft") != nil {
      return "--peft \(wanted)"
    }
    let names = command.options.flatMap(\.spellings).filter { $0.hasPrefix("--") }.map {
      String($0.dropFirst(2))
    }
    let longer = names.filter { wanted.count > 2 && ($0.hasPrefix(wanted) || wanted.hasPrefix($0 + "-")) }
    let nearest = Spelling.nearest(to: wanted, in: names) ?? (longer.count == 1 ? longer.first : nil)
    if let nearest, let option = command.option(written: "--" + nearest) { return written(option, value) }
    guard command.option(written: "--option") != nil else { return nil }
    return Spelling.nearest(to: wanted, in: Self.methodOptions.keys).map {
      "--option \($0)=\(value.map(ShellWord.quoted) ?? "…")"
    }
  }

  /// Options of methods, and the methods that have them.
  private static let methodOptions: [String: [String]] = {
    var methods: [String: [String]] = [:]
    for method in MethodRegistry.all {
      for option in method.optionDescriptions { methods[option.name, default: []].append(method.name) }
    }
    return methods
  }()

  /// `rank`, `lora-rank` and `r` are all LoRA's rank.
  private func methodOption(_ wanted: String) -> String? {
    let known = Self.methodOptions
    func find(_ text: String) -> String? {
      known.keys.first { UsageSynonyms.plain($0) == text }
        ?? UsageSynonyms.methodOptions[text].flatMap { known[$0] == nil ? nil : $0 }
    }
    if let option = find(wanted) { return option }
    let prefix = MethodRegistry.all.map { $0.name + "-" }.first { wanted.hasPrefix($0) }
    return prefix.flatMap { find(String(wanted.dropFirst($0.count))) }
  }

  /// Where an option is at home that this command does not have.
  private func owners(of wanted: String) -> String? {
    if let option = methodOption(wanted) {
      return
        "\(option) is an option of \(Self.methodOptions[option]?.joined(separator: ", ") ?? "methods"), given to "
        + "`clipft finetune --option \(option)=…`"
    }
    let names = [wanted] + (UsageSynonyms.options[wanted] ?? [])
    for known in names {
      let owners = table.shownCommands.filter { $0.option(written: "--" + known) != nil }.map(\.commandName)
      guard !owners.isEmpty else { continue }
      return "--\(known) is an option of \(owners.map { "clipft \($0)" }.joined(separator: ", "))"
    }
    return nil
  }

  // MARK: Values

  func missingValue(of option: CommandTable.Argument, _ spelling: String) -> String {
    "\(spelling) needs a value: \(described(option))"
  }

  func badChoice(_ value: String, of option: CommandTable.Argument, _ spelling: String) -> String? {
    guard let choices = option.allValues, !choices.isEmpty, !choices.contains(value) else { return nil }
    return "\(spelling) is '\(value)'; give \(Self.alternatives(choices))"
  }

  func missing(_ argument: CommandTable.Argument) -> String {
    guard argument.kind == .positional else {
      return "\(name) needs \(argument.spelling) <\(argument.valueName ?? "value")>: \(described(argument))"
    }
    return "\(name) needs <\(argument.valueName ?? "argument")>: \(described(argument))"
  }

  func unexpected(_ word: String) -> String {
    let run = command.option(written: "--run") != nil && !command.positionals.isEmpty ? " beside a run" : ""
    if let option = command.option(written: "--" + UsageSynonyms.plain(word)) {
      return "\(name) does not take '\(word)'; did you mean \(option.spelling)?"
    }
    return "\(name) does not take '\(word)'\(run); \(help) lists what it takes"
  }

  /// What an argument is for, as a part of a sentence.
  private func described(_ argument: CommandTable.Argument) -> String {
    Self.described(argument).map { "\($0) (see \(help))" } ?? "see \(help)"
  }

  /// What an argument is for, as a part of a sentence; what it is by default is not asked for.
  static func described(_ argument: CommandTable.Argument) -> String? {
    guard let abstract = argument.abstract, !abstract.isEmpty else { return nil }
    let asked = abstract.range(of: "(default").map { abstract[..<$0.lowerBound] } ?? abstract[...]
    let text = asked.reversed().drop { $0 == "." || $0 == " " }.reversed()
    return text.first.map { $0.lowercased() + String(text.dropFirst()) }
  }

  static func alternatives(_ values: [String]) -> String {
    guard let last = values.last, values.count > 1 else { return values.joined() }
    return values.dropLast().joined(separator: ", ") + " or " + last
  }

  private static func spelling(_ word: String) -> String {
    String(word.prefix { $0 != "=" })
  }

  /// The name of the option that some words give.
  private static func bare(_ written: String) -> String {
    String(written.drop { $0 == "-" }.prefix { $0 != " " && $0 != "=" })
  }
}
