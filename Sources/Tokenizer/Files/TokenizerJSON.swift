import Checkpoint

/// The parts of Hugging Face's `tokenizer.json` that decide tokens.
struct TokenizerJSON: Decodable {
  struct Model: Decodable {
    let vocab: [String: Int]
    let merges: [Merge]
    let type: String?
    let endOfWordSuffix: String?
    let continuingSubwordPrefix: String?
    let dropout: Double?
    let byteFallback: Bool?
    let ignoreMerges: Bool?

    private enum CodingKeys: String, CodingKey {
      case vocab, merges, type, dropout
      case endOfWordSuffix = "end_of_word_suffix"
      case continuingSubwordPrefix = "continuing_subword_prefix"
      case byteFallback = "byte_fallback"
      case ignoreMerges = "ignore_merges"
    }
  }

  /// Older files write "a b", newer ["a", "b"].
  struct Merge: Decodable {
    let pair: (String, String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let parts =
        try (try? container.decode([String].self))
        ?? container.decode(String.self).split(separator: " ").map(String.init)
      guard parts.count == 2 else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "a merge is two tokens")
      }
      pair = (parts[0], parts[1])
    }
  }

  let model: Model
  let addedTokens: [AddedTokenEntry]?
  let normalizer: JSONValue?
  let preTokenizer: JSONValue?

  private enum CodingKeys: String, CodingKey {
    case model, normalizer
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
  }

  /// Why its vocabulary is not a CLIP's; nil if it is.
  var difference: String? {
    if let type = model.type, type != "BPE" { return "model.type is \"\(type)\"; CLIP's is BPE" }
    if let suffix = model.endOfWordSuffix, suffix != ByteAlphabet.wordEnd {
      return "model.end_of_word_suffix is \"\(suffix)\"; CLIP's is \(ByteAlphabet.wordEnd)"
    }
    if let prefix = model.continuingSubwordPrefix, !prefix.isEmpty {
      return "model.continuing_subword_prefix is \"\(prefix)\"; CLIP's tokens have none"
    }
    if let dropout = model.dropout, dropout != 0 {
      return "model.dropout is \(dropout): tokens would be random"
    }
    if model.byteFallback == true || model.ignoreMerges == true {
      return "model.byte_fallback or model.ignore_merges is on, which this program does not have"
    }
    return nil
  }
}

/// An added token as `tokenizer.json` and `tokenizer_config.json` describe it.
struct AddedTokenEntry: Decodable {
  var id: Int?
  var content: String
  var lstrip, rstrip, singleWord, normalized, special: Bool?

  private enum CodingKeys: String, CodingKey {
    case id, content, lstrip, rstrip, normalized, special
    case singleWord = "single_word"
  }

  init(id: Int?, content: String, special: Bool) {
    self.id = id
    self.content = content
    self.special = special
  }

  /// What is not said is as transformers has it: a special token is looked for in the text as written.
  func token(id: Int) -> AddedToken {
    AddedToken(
      content: content, id: id, takesSpaceBefore: lstrip ?? false, takesSpaceAfter: rstrip ?? false,
      isSingleWord: singleWord ?? false, isNormalized: normalized ?? !(special ?? false))
  }
}
