import Foundation

/// A token that stands for one text as a whole, whatever merging would make of it.
struct AddedToken: Equatable, Sendable {
  var content: String
  var id: Int
  /// Whether white space before or after it belongs to it.
  var takesSpaceBefore = false
  var takesSpaceAfter = false
  /// Whether it counts only where no letter or digit touches it.
  var isSingleWord = false
  /// Whether it is looked for in the cleaned, lower-cased text, else in the text as written.
  var isNormalized = true
}

/// The added tokens of a vocabulary, found in a text before it is cut into words, as transformers finds them: at each
/// place the longest one.
struct AddedTokens: Sendable {
  enum Piece: Equatable {
    case text([Unicode.Scalar])
    case token(Int)
  }

  let all: [AddedToken]
  private let asWritten: Matcher
  private let normalized: Matcher

  init(_ tokens: [AddedToken], rules: TextRules) {
    all = tokens
    asWritten = Matcher(tokens.filter { !$0.isNormalized }.map { (Array($0.content.unicodeScalars), $0) })
    normalized = Matcher(
      tokens.filter(\.isNormalized).map {
        let content = Array($0.content.unicodeScalars)
        // Repairs are for texts, not for what they are searched for.
        return (rules == .openAI ? LowerCase.lowered(NormalFormC.of(content)) : rules.cleaned(content), $0)
      })
  }

  var isEmpty: Bool { all.isEmpty }
  /// One more than the highest id.
  var end: Int { (all.map(\.id).max() ?? -1) + 1 }

  /// The text as written, cut where tokens are that are looked for there.
  func pieces(ofWritten text: [Unicode.Scalar]) -> [Piece] { asWritten.pieces(of: text) }
  /// The same for cleaned text.
  func pieces(ofCleaned text: [Unicode.Scalar]) -> [Piece] { normalized.pieces(of: text) }

  private struct Matcher: Sendable {
    /// By first character, the longest first.
    private var candidates: [Unicode.Scalar: [(content: [Unicode.Scalar], token: AddedToken)]] = [:]

    init(_ tokens: [(content: [Unicode.Scalar], token: AddedToken)]) {
      for (content, token) in tokens {
        if let first = content.first { candidates[first, default: []].append((content, token)) }
      }
      for first in candidates.keys { candidates[first]?.sort { $0.content.count > $1.content.count } }
    }

    func pieces(of text: [Unicode.Scalar]) -> [Piece] {
      guard !candidates.isEmpty else { return [.text(text)] }
      var pieces: [Piece] = []
      var (textStart, position) = (0, 0)
      while position < text.count {
        guard let (content, token) = longest(in: text, at: position) else {
          position += 1
          continue
        }
        var (start, end) = (position, position + content.count)
        position = end
        if token.isSingleWord, touchesWord(text, start, end) { continue }
        if token.takesSpaceBefore {
          while start > textStart, text[start - 1].properties.isWhitespace { start -= 1 }
        }
        if token.takesSpaceAfter {
          while end < text.count, text[end].properties.isWhitespace { end += 1 }
        }
        if start > textStart { pieces.append(.text(Array(text[textStart..<start]))) }
        pieces.append(.token(token.id))
        (textStart, position) = (end, end)
      }
      if textStart < text.count { pieces.append(.text(Array(text[textStart...]))) }
      return pieces
    }

    private func longest(
      in text: [Unicode.Scalar], at position: Int
    ) -> (content: [Unicode.Scalar], token: AddedToken)? {
      candidates[text[position]]?.first { text[position...].starts(with: $0.content) }
    }

    private func touchesWord(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Bool {
      (start > 0 && Self.isWordCharacter(text[start - 1]))
        || (end < text.count && Self.isWordCharacter(text[end]))
    }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark: true
      default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
      }
    }
  }
}
