import Foundation

/// How a text becomes words: what is done to it before it is cut, and where it is cut.
enum TextRules: Equatable, Sendable {
  /// As OpenAI's and open_clip's tokenizer does it: see `TextCleaning`; the expression that cuts ignores case.
  case openAI
  /// As a `tokenizer.json` says. `cutsSpecials`: its expression takes the spelled-out special tokens for words.
  case normalizer([Step], cutsSpecials: Bool)

  /// A step of a normalizer.
  enum Step: Equatable, Sendable {
    /// Normalisation form C.
    case composed
    /// Runs of white space become one space.
    case spacesCollapsed
    /// Character by character: unlike Python, no sigma is a final one.
    case lowered
  }

  /// The text as it is cut into words.
  func cleaned(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard case .normalizer(let steps, _) = self else { return TextCleaning.clean(text) }
    return steps.reduce(text) { $1.applied(to: $0) }
  }

  func cleaned(_ text: String) -> [Unicode.Scalar] { cleaned(Array(text.unicodeScalars)) }
}

extension TextRules.Step {
  fileprivate func applied(to text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    switch self {
    case .composed: NormalFormC.of(text)
    case .spacesCollapsed: spacesCollapsed(text)
    case .lowered:
      text.flatMap { $0.isASCII ? [lowered($0)] : Array($0.properties.lowercaseMapping.unicodeScalars) }
    }
  }

  private func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
  }

  private func spacesCollapsed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var isAfterSpace = false
    for scalar in text {
      let isSpace = scalar.properties.isWhitespace
      if !isSpace { result.append(scalar) } else if !isAfterSpace { result.append(" ") }
      isAfterSpace = isSpace
    }
    return result
  }
}

/// Unicode's normalisation form C.
enum NormalFormC {
  static func of(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // Below U+0300 there is nothing to compose.
    guard text.contains(where: { $0.value >= 0x300 }) else { return text }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text)
    return Array(String(view).precomposedStringWithCanonicalMapping.unicodeScalars)
  }
}
