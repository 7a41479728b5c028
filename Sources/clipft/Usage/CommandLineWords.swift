import Checkpoint
import Foundation

/// The words of a command line, put as the argument parser understands them.
enum CommandLineWords {
  /// `~` is expanded; a negative number belongs to the option before it; `clipft COMMAND help` asks for help.
  static func prepared(_ arguments: [String], table: CommandTable.Command?) -> [String] {
    let words = arguments.map(HomePath.expanding(argument:))
    guard let table else { return words }
    var command = table
    var depth = 0
    while depth < words.count, let next = command.command(named: words[depth]) {
      (command, depth) = (next, depth + 1)
    }
    if depth > 0, words.count == depth + 1, words[depth] == "help" { return ["help"] + words[..<depth] }

    var prepared: [String] = []
    var index = 0
    while index < words.count, words[index] != "--" {
      let word = words[index]
      if index + 1 < words.count, isNegativeNumber(words[index + 1]),
        let option = command.option(written: word), option.kind == .option
      {
        prepared.append("\(word)=\(words[index + 1])")
        index += 2
      } else {
        prepared.append(word)
        index += 1
      }
    }
    return prepared + words[index...]
  }

  private static func isNegativeNumber(_ word: String) -> Bool {
    guard word.hasPrefix("-"), !word.hasPrefix("--") else { return false }
    return Double(word) != nil
  }
}
