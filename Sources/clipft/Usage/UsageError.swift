import ArgumentParser
import TensorCore

/// A command line that is not understood, in one sentence.
struct UsageError: ClassifiedError {
  let description: String
  var kind: FailureKind { .usage }

  init(_ sentence: String) { description = sentence }

  /// What the parser said, in the words of this program.
  init(_ error: any Error, words: [String]) {
    guard let table = CommandTable.program else {
      description = Self.oneSentence(Clipft.message(for: error))
      return
    }
    let check = UsageCheck(words, table: table)
    let message = Clipft.message(for: error)
    description = check.problem() ?? Self.badValue(message, check, words) ?? Self.oneSentence(message)
  }

  /// A number that is none, or not of the kind that is wanted.
  private static func badValue(_ message: String, _ check: UsageCheck, _ words: [String]) -> String? {
    let given = check.values().first { given in
      message.hasPrefix("The value '\(given.value)' is invalid for '\(given.spelling)")
    }
    guard let given else { return nil }
    func isRefused(_ value: String) -> Bool {
      guard
        let place = words.firstIndex(where: {
          $0 == given.spelling || $0 == "\(given.spelling)=\(given.value)"
        })
      else { return true }
      var words = words
      if words[place] == given.spelling {
        guard place + 1 < words.count else { return true }
        words.remove(at: place + 1)
      }
      words[place] = "\(given.spelling)=\(value)"
      do {
        _ = try Clipft.parseAsRoot(words)
        return false
      } catch {
        return Clipft.message(for: error).hasPrefix("The value '\(value)' is invalid for '\(given.spelling)")
      }
    }
    guard !isRefused("1") else {
      return UsageAdvice.described(given.option).map {
        "\(given.spelling) is '\(given.value)'; it takes: \($0)"
      }
    }
    let isWhole = isRefused("0.5")
    let kind = isWhole ? (isRefused("-1") ? "a whole number of at least 0" : "a whole number") : "a number"
    let isTooLarge =
      isWhole && given.value.allSatisfy { "-0123456789".contains($0) } && given.value.count > 18
    return "\(given.spelling) is '\(given.value)'; give \(kind)\(isTooLarge ? " that is not so large" : "")"
  }

  /// Lines and lists in one line; the parser's sentences have no full stop.
  private static func oneSentence(_ message: String) -> String {
    message.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
  }
}
