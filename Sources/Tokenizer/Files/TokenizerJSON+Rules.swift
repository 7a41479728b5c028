import Checkpoint

/// Why a `tokenizer.json` cannot be obeyed, in a few words.
struct TokenizerProblem: Error {
  let text: String

  init(_ text: String) { self.text = text }
}

extension TokenizerJSON {
  /// How texts are cleaned and cut. Throws, naming the step, where that is not what CLIP's tokenizers do.
  func rules() throws(TokenizerProblem) -> TextRules {
    var steps: [TextRules.Step] = []
    for step in Self.steps(in: normalizer, listed: "normalizers") { steps.append(try Self.step(step)) }
    guard steps.contains(.lowered) else {
      throw TokenizerProblem("normalizer has no step \"Lowercase\", which CLIP's has")
    }
    return .normalizer(steps, cutsSpecials: try cutsSpecials())
  }

  private static func step(_ value: JSONValue) throws(TokenizerProblem) -> TextRules.Step {
    let object = value.object ?? [:]
    switch object["type"]?.text {
    case "NFC": return .composed
    case "Lowercase": return .lowered
    case "Replace":
      let pattern = object["pattern"]?.object?["Regex"]?.text
      guard pattern == #"\s+"#, object["content"]?.text == " " else {
        throw TokenizerProblem(
          "normalizer has a step \"Replace\" of \(object["pattern"]?.summary ?? "nothing"), which CLIP's does not have"
        )
      }
      return .spacesCollapsed
    case let other:
      throw TokenizerProblem(
        "normalizer has a step \"\(other ?? value.summary)\", which CLIP's does not have")
    }
  }

  private static let words = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
  private static let specials = #"<\|startoftext\|>|<\|endoftext\|>|"#

  /// Whether the expression that cuts has the special tokens in front. Throws unless texts are cut as CLIP's are.
  private func cutsSpecials() throws(TokenizerProblem) -> Bool {
    let steps = Self.steps(in: preTokenizer, listed: "pretokenizers").map { $0.object ?? [:] }
    let types = steps.map { $0["type"]?.text ?? "?" }
    for needed in ["Split", "ByteLevel"] where !types.contains(needed) {
      throw TokenizerProblem("pre_tokenizer has no step \"\(needed)\", which CLIP's has")
    }
    guard types == ["Split", "ByteLevel"] else {
      throw TokenizerProblem(
        "pre_tokenizer has the steps \(types.joined(separator: ", ")); CLIP's are Split, ByteLevel")
    }
    let pattern = steps[0]["pattern"]?.object?["Regex"]?.text
    guard let pattern, [Self.words, Self.specials + Self.words].contains(pattern) else {
      throw TokenizerProblem(
        "pre_tokenizer splits at \(steps[0]["pattern"]?.summary ?? "nothing"), which is not CLIP's expression"
      )
    }
    let known: [(Int, String, JSONValue, JSONValue)] = [
      (0, "behavior", .text("Removed"), .null), (0, "invert", .bool(true), .bool(false)),
      (1, "add_prefix_space", .bool(false), .bool(true)), (1, "use_regex", .bool(true), .bool(true)),
    ]
    for (step, key, needed, absent) in known where steps[step][key] ?? absent != needed {
      throw TokenizerProblem(
        "pre_tokenizer's \(types[step]) has \(key) \((steps[step][key] ?? absent).summary); CLIP's has \(needed.summary)"
      )
    }
    return pattern != Self.words
  }

  /// The steps of a part, one or a sequence of them; none of one that is null.
  private static func steps(in value: JSONValue?, listed key: String) -> [JSONValue] {
    guard let value, value != .null else { return [] }
    guard case .list(let inner)? = value.object?[key] else { return [value] }
    return inner.flatMap { steps(in: $0, listed: key) }
  }
}
