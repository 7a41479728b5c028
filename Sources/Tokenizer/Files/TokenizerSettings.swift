import Checkpoint
import Foundation

/// The settings that transformers keeps beside a vocabulary: `tokenizer_config.json`, `special_tokens_map.json` and
/// `added_tokens.json`.
struct TokenizerSettings {
  static let configName = "tokenizer_config.json"
  static let mapName = "special_tokens_map.json"
  static let addedName = "added_tokens.json"
  static let names = [addedName, configName, mapName]

  /// Tokens with the ids they are given, and those that get the next free ones.
  private(set) var entries: [(entry: AddedTokenEntry, file: String)] = []

  private static let classes: Set<String> = [
    "CLIPTokenizer", "CLIPTokenizerFast", "TokenizersBackend", "PreTrainedTokenizerFast",
    "PreTrainedTokenizer",
  ]
  private static let roles = ["bos_token", "eos_token", "unk_token", "pad_token"]
  private static let lists = ["additional_special_tokens", "extra_special_tokens"]
  private static let free: Set<String> = Set(roles).union(lists).union([
    "tokenizer_class", "added_tokens_decoder", "model_max_length", "max_len",
    "cls_token", "sep_token", "mask_token", "add_prefix_space", "errors",
    "do_lower_case", "clean_up_tokenization_spaces", "processor_class", "name_or_path",
    "special_tokens_map_file",
    "tokenizer_file", "backend", "is_local", "local_files_only", "use_fast", "legacy", "verbose",
    "max_length",
    "stride", "truncation_strategy", "pad_to_multiple_of", "pad_token_type_id", "_commit_hash",
    "return_tensors",
    "model_input_names", "chat_template", "transformers_version", "device_map", "trust_remote_code",
    "padding",
    "truncation", "vocab_size", "model_specific_special_tokens",
  ])
  private static let keys = KnownKeys(
    free: free,
    fixed: [
      "padding_side": .text("right"), "truncation_side": .text("right"), "add_bos_token": .bool(true),
      "add_eos_token": .bool(true), "split_special_tokens": .bool(false),
    ])

  /// Adds what a file says; throws, naming the key, where this program would make other tokens.
  mutating func read(_ name: String, _ json: JSONValue, file: String) throws(TokenizerError) {
    guard let object = json.object else { throw problem(file, "it is not a JSON object") }
    if name == Self.addedName { return try readAdded(object, file) }
    if let problem = Self.keys.problem(in: object) { throw self.problem(file, problem) }
    if let type = object["tokenizer_class"]?.text, !Self.classes.contains(type) {
      throw problem(file, "tokenizer_class is \"\(type)\", which is not CLIP's tokenizer")
    }
    try readDecoder(object["added_tokens_decoder"], file)
    for (role, spellings) in [
      ("bos_token", BPEVocabulary.startSpellings), ("eos_token", BPEVocabulary.endSpellings),
    ] {
      guard
        let token = try object[role].flatMap({ (value) throws(TokenizerError) in
          try special(value, role, file)
        })
      else { continue }
      guard spellings.contains(token.content) else {
        throw problem(file, "\(role) is \"\(token.content)\"; CLIP's is \(spellings[0])")
      }
    }
    for key in Self.lists {
      let values: [JSONValue]
      switch object[key] {
      case .list(let list)?: values = list
      case .object(let named)?: values = named.sorted { $0.key < $1.key }.map(\.value)
      case nil, .null?: continue
      case let other?: throw problem(file, "\(key) is \(other.summary), which is no list of tokens")
      }
      for value in values {
        if let token = try special(value, key, file) { entries.append((token, file)) }
      }
    }
  }

  private mutating func readAdded(_ object: [String: JSONValue], _ file: String) throws(TokenizerError) {
    var tokens: [AddedTokenEntry] = []
    for (content, value) in object {
      guard let id = Self.id(value) else {
        throw problem(file, "the id of '\(content)' is \(value.summary), which is no token id")
      }
      tokens.append(AddedTokenEntry(id: id, content: content, special: false))
    }
    entries += tokens.sorted { ($0.id ?? 0) < ($1.id ?? 0) }.map { ($0, file) }
  }

  private mutating func readDecoder(_ value: JSONValue?, _ file: String) throws(TokenizerError) {
    guard let value, !value.isEmpty else { return }
    guard let object = value.object else { throw problem(file, "added_tokens_decoder is no object") }
    var tokens: [AddedTokenEntry] = []
    for (key, value) in object {
      guard let id = Int(key), var token = try special(value, "added_tokens_decoder.\(key)", file) else {
        throw problem(file, "added_tokens_decoder.\(key) is no token")
      }
      token.id = id
      if case .object(let fields) = value, fields["special"] == nil { token.special = false }
      tokens.append(token)
    }
    // They say more about a token than added_tokens.json does.
    entries = tokens.sorted { ($0.id ?? 0) < ($1.id ?? 0) }.map { ($0, file) } + entries
  }

  /// A token by its text, or described; nil for null.
  private func special(_ value: JSONValue, _ key: String, _ file: String) throws(TokenizerError)
    -> AddedTokenEntry?
  {
    switch value {
    case .null: return nil
    case .text(let content): return AddedTokenEntry(id: nil, content: content, special: true)
    case .object(let fields):
      guard let content = fields["content"]?.text else { break }
      let known = KnownKeys(free: [
        "content", "lstrip", "rstrip", "single_word", "normalized", "special", "__type", "id",
      ])
      if let problem = known.problem(in: fields, under: key + ".") { throw self.problem(file, problem) }
      var token = AddedTokenEntry(id: nil, content: content, special: true)
      func flag(_ name: String) throws(TokenizerError) -> Bool? {
        switch fields[name] {
        case nil, .null?: return nil
        case .bool(let value)?: return value
        case let other?: throw problem(file, "\(key).\(name) is \(other.summary), not true or false")
        }
      }
      token.lstrip = try flag("lstrip")
      token.rstrip = try flag("rstrip")
      token.singleWord = try flag("single_word")
      token.normalized = try flag("normalized")
      if let special = try flag("special") { token.special = special }
      return token
    default: break
    }
    throw problem(file, "\(key) is \(value.summary), which is no token")
  }

  private static func id(_ value: JSONValue) -> Int? {
    guard case .number(let number) = value, let id = Int(exactly: number), id >= 0 else { return nil }
    return id
  }

  private func problem(_ file: String, _ text: String) -> TokenizerError {
    .malformed(place: file, problem: text)
  }
}
