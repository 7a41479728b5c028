import Foundation

extension BPETokenizer {
  /// All that decides what a text becomes, as bytes to be hashed: tokenizers of the same identity give the same ids to
  /// every text. Records keep its hash, so that its form must not change.
  public var identity: Data {
    var lines = [rules.identity, "\(startToken) \(endToken)"]
    lines += vocabulary.spellings
    lines += vocabulary.merges.map { "\($0) \($1)" }
    lines += added.all.map(\.identity)
    return Data(lines.joined(separator: "\n").utf8)
  }
}

extension TextRules {
  fileprivate var identity: String {
    guard case .normalizer(let steps, let cutsSpecials) = self else { return "openai" }
    let names = steps.map { step in
      switch step {
      case .composed: "nfc"
      case .spacesCollapsed: "spaces"
      case .lowered: "lower"
      }
    }
    return (names + ["specials \(cutsSpecials)"]).joined(separator: ",")
  }
}

extension AddedToken {
  fileprivate var identity: String {
    "\(id) \(takesSpaceBefore) \(takesSpaceAfter) \(isSingleWord) \(isNormalized) \(content)"
  }
}
