/// Cuts cleaned text into words: special tokens, English contractions, runs of letters, single digits, runs
/// of other characters.
///
/// The same as open_clip's regular expression, case ignored:
/// `<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`,
/// or as `tokenizer.json` has it: case minded, and the special tokens spelled `<|startoftext|>` and `<|endoftext|>`.
enum WordSplitter {
  private enum Kind {
    case space, letter, number, other
  }

  /// A word that is found before any other; `parts` are its lengths where it is cut once more.
  private struct FixedWord {
    let scalars: [Unicode.Scalar]
    var parts: [Int]?

    init(_ text: String, parts: [Int]? = nil) {
      scalars = Array(text.unicodeScalars)
      self.parts = parts
    }
  }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { FixedWord($0) }
  private static let openAIWords =
    [FixedWord(BPEVocabulary.startSpellings[1]), FixedWord(BPEVocabulary.endSpellings[1])] + contractions
  /// The step that comes after the expression, `ByteLevel`, cuts words at letters once more.
  private static let transformersWords =
    [BPEVocabulary.startSpellings[0], BPEVocabulary.endSpellings[0]].map {
      FixedWord($0, parts: [2, $0.count - 4, 2])
    } + contractions

  private static func fixedWords(_ rules: TextRules) -> [FixedWord] {
    switch rules {
    case .openAI: openAIWords
    case .normalizer(_, let cutsSpecials): cutsSpecials ? transformersWords : contractions
    }
  }

  /// Gives the words, as UTF-8, in order.
  static func forEachWord(in text: [Unicode.Scalar], rules: TextRules, _ body: ([UInt8]) -> Void) {
    let fixedWords = fixedWords(rules)
    let ignoresCase = rules == .openAI
    var position = 0
    while position < text.count {
      let first = text[position]
      if first == "'" || first == "<",
        let word = fixedWords.first(where: { matches($0.scalars, in: text, at: position, ignoresCase) })
      {
        for count in word.parts ?? [word.scalars.count] {
          body(text[position..<position + count].flatMap(\.utf8))
          position += count
        }
        continue
      }
      let kind = kind(of: first, ignoresCase)
      var end = position + 1
      if kind == .letter || kind == .other {
        while end < text.count, self.kind(of: text[end], ignoresCase) == kind { end += 1 }
      }
      if kind != .space { body(text[position..<end].flatMap(\.utf8)) }
      position = end
    }
  }

  private static func matches(
    _ word: [Unicode.Scalar], in text: [Unicode.Scalar], at position: Int, _ ignoresCase: Bool
  ) -> Bool {
    guard text.count - position >= word.count else { return false }
    return word.indices.allSatisfy {
      (ignoresCase ? folded(text[position + $0]) : text[position + $0]) == word[$0]
    }
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

  private static func kind(of scalar: Unicode.Scalar, _ ignoresCase: Bool) -> Kind {
    switch scalar {
    case "a"..."z", "A"..."Z": return .letter
    case "0"..."9": return .number
    // A mark that is a letter (iota) when case is ignored: the expression matches it as neither, and skips
    // it.
    case "\u{345}" where ignoresCase: return .space
    case " ": return .space
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
