/// Cuts cleaned text into words: special tokens, English contractions, runs of letters, single digits, runs
/// of other characters.
///
/// The same as the reference's regular expression, case ignored:
/// `<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
enum WordSplitter {
  private enum Kind {
    case space, letter, number, other
  }

  private static let fixedWords: [[Unicode.Scalar]] = [
    BPEVocabulary.startSpellings[1], BPEVocabulary.endSpellings[1], "'s", "'t", "'re", "'ve", "'m", "'ll",
    "'d",
  ].map { Array($0.unicodeScalars) }

  /// Gives the words, as UTF-8, in order.
  static func forEachWord(in text: [Unicode.Scalar], _ body: ([UInt8]) -> Void) {
    var position = 0
    while position < text.count {
      let first = text[position]
      if first == "'" || first == "<",
        let word = fixedWords.first(where: { matches($0, in: text, at: position) })
      {
        body(text[position..<position + word.count].flatMap(\.utf8))
        position += word.count
        continue
      }
      let kind = kind(of: first)
      var end = position + 1
      if kind == .letter || kind == .other {
        while end < text.count, self.kind(of: text[end]) == kind { end += 1 }
      }
      if kind != .space { body(text[position..<end].flatMap(\.utf8)) }
      position = end
    }
  }

  private static func matches(_ word: [Unicode.Scalar], in text: [Unicode.Scalar], at position: Int) -> Bool {
    guard text.count - position >= word.count else { return false }
    return word.indices.allSatisfy { folded(text[position + $0]) == word[$0] }
  }

  /// The lower-case ASCII letter that a character equals when case is ignored, among those in the fixed
  /// words.
  private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) + 32)
    case "\u{17F}": "s"
    default: scalar
    }
  }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    switch scalar {
    case "a"..."z", "A"..."Z": return .letter
    case "0"..."9": return .number
    // A mark that is a letter (iota) when case is ignored: the expression matches it as neither, and skips
    // it.
    case " ", "\u{345}": return .space
    case ..<"\u{80}": return ("\t"..."\r").contains(scalar) ? .space : .other
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
