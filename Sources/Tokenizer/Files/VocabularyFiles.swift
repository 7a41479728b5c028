import Checkpoint
import Foundation

extension BPETokenizer {
  /// Reads a vocabulary: a folder with `tokenizer.json`, or `vocab.json` and `merges.txt`, and the settings that
  /// transformers keeps beside them; or one file: `tokenizer.json`, `merges.txt` or OpenAI's
  /// `bpe_simple_vocab_16e6.txt`, gzipped or not.
  ///
  /// Texts are cleaned and cut as the model's `library` would: see `TokenizerLibrary`.
  public static func load(
    _ url: URL, for library: TokenizerLibrary = .transformers
  ) throws(TokenizerError) -> BPETokenizer {
    let read = try VocabularyFiles.load(url, for: library)
    return BPETokenizer(read.vocabulary, added: read.added, rules: read.rules, json: read.json)
  }

  /// Whether `save` writes a `tokenizer.json` for transformers: that the rules are from, and which would be lost without it.
  public var hasJSON: Bool { json != nil }

  /// Writes `vocab.json` and `merges.txt` into an existing folder, and its added tokens if it has any, as Hugging Face's
  /// `CLIPTokenizer` reads them; the `tokenizer.json` too, if its rules are from one.
  ///
  /// `contextLength` is the number of tokens that the model takes: with it, a `tokenizer_config.json` is written in any case,
  /// from which transformers learns it. For open_clip, which cleans texts in its own way, no `tokenizer.json` is written.
  public func save(
    to folder: URL, for library: TokenizerLibrary = .transformers, contextLength: Int? = nil
  ) throws(TokenizerError) {
    try VocabularyFiles.save(vocabulary, json: library == .transformers ? json : nil, to: folder)
    try AddedTokenFiles.save(
      added.all.filter { $0.id >= vocabulary.spellings.count }, of: vocabulary, contextLength: contextLength,
      to: folder)
  }
}

/// The vocabulary files of CLIP and how they are written.
enum VocabularyFiles {
  private static let vocabularyName = "vocab.json"
  private static let mergesName = "merges.txt"
  private static let tokenizerName = "tokenizer.json"
  private static let versionLine = "#version: 0.2"
  private static let limit = 1 << 26
  /// OpenAI's file lists more merges than the models were trained with.
  private static let openAIMergeCount = 49152 - 256 - 2

  /// What a tokenizer is made of.
  struct Contents {
    let vocabulary: BPEVocabulary
    var added: [AddedToken] = []
    var rules = TextRules.openAI
    /// The `tokenizer.json` that the rules are from.
    var json: Data?
  }

  static func load(_ url: URL, for library: TokenizerLibrary) throws(TokenizerError) -> Contents {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      return try loadFile(url, library)
    }
    let (merges, vocabulary) = (
      url.appendingPathComponent(mergesName), url.appendingPathComponent(vocabularyName)
    )
    let tokenizer = url.appendingPathComponent(tokenizerName)
    let exists = { (file: URL) in FileManager.default.fileExists(atPath: file.path) }
    var settings = TokenizerSettings()
    for file in TokenizerSettings.names.map(url.appendingPathComponent) where exists(file) {
      try settings.read(
        file.lastPathComponent, decode(JSONValue.self, from: read(file), file), file: file.path)
    }
    if exists(tokenizer) { return try loadTokenizerJSON(read(tokenizer), tokenizer, settings, library) }
    guard exists(merges) && exists(vocabulary) else { throw .noVocabulary(folder: url.path) }
    let pair = try loadPair(merges: merges, vocabulary: vocabulary)
    return Contents(vocabulary: pair, added: try AddedTokenFiles.tokens(settings.entries, of: pair, library))
  }

  static func save(_ vocabulary: BPEVocabulary, json tokenizer: Data?, to folder: URL) throws(TokenizerError)
  {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let ids = Dictionary(uniqueKeysWithValues: vocabulary.spellings.enumerated().map { ($1, $0) })
    let lines = [versionLine] + vocabulary.merges.map { "\($0) \($1)" }
    do {
      let json = try encoder.encode(ids)
      try AtomicFile.write(json, to: folder.appendingPathComponent(vocabularyName))
      try AtomicFile.write(
        lines.joined(separator: "\n") + "\n", to: folder.appendingPathComponent(mergesName))
      if let tokenizer { try AtomicFile.write(tokenizer, to: folder.appendingPathComponent(tokenizerName)) }
    } catch let error as CheckpointError {
      throw .file(error)
    } catch {
      throw .malformed(place: folder.path, problem: "the vocabulary cannot be encoded (\(error))")
    }
  }

  private static func loadPair(merges: URL, vocabulary: URL) throws(TokenizerError) -> BPEVocabulary {
    let ids = try decode([String: Int].self, from: read(vocabulary), vocabulary)
    let pairs = try parseMerges(read(merges), merges)
    return try BPEVocabulary(merges: pairs.map(\.pair), vocabulary: ids) { index in
      index.map { "\(merges.path), line \(pairs[$0].line)" } ?? vocabulary.path
    }
  }

  private static func loadFile(
    _ url: URL, _ library: TokenizerLibrary
  ) throws(TokenizerError) -> Contents {
    var bytes = try read(url)
    if Gzip.matches(bytes) {
      guard let plain = Gzip.decompressed(bytes, limit: limit) else {
        throw .malformed(place: url.path, problem: "the gzip data are damaged, cut short or too long")
      }
      bytes = plain
    }
    if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
      return try loadTokenizerJSON(bytes, url, TokenizerSettings(), library)
    }
    let pairs = try parseMerges(bytes, url).prefix(openAIMergeCount)
    let vocabulary = try BPEVocabulary(merges: pairs.map(\.pair), vocabulary: nil) { index in
      index.map { "\(url.path), line \(pairs[$0].line)" } ?? url.path
    }
    return Contents(vocabulary: vocabulary)
  }

  private static func loadTokenizerJSON(
    _ bytes: Data, _ url: URL, _ settings: TokenizerSettings, _ library: TokenizerLibrary
  ) throws(TokenizerError) -> Contents {
    let file = try decode(TokenizerJSON.self, from: bytes, url)
    if let difference = file.difference { throw .malformed(place: url.path, problem: difference) }
    let entries = (file.addedTokens ?? []).sorted { ($0.id ?? .max) < ($1.id ?? .max) }
    var ids = file.model.vocab
    // The two that every text has may be listed among the added ones alone.
    for token in entries where BPEVocabulary.isSpecial(token.content) && ids[token.content] == nil {
      ids[token.content] = token.id
    }
    let vocabulary = try BPEVocabulary(merges: file.model.merges.map(\.pair), vocabulary: ids) { index in
      index.map { "\(url.path), merge \($0)" } ?? url.path
    }
    var contents = Contents(
      vocabulary: vocabulary,
      added: try AddedTokenFiles.tokens(
        entries.map { ($0, url.path) } + settings.entries, of: vocabulary, library))
    if library == .transformers {
      do throws(TokenizerProblem) { contents.rules = try file.rules() } catch {
        throw .malformed(place: url.path, problem: error.text)
      }
      contents.json = bytes
    }
    return contents
  }

  private static func parseMerges(
    _ bytes: Data, _ url: URL
  ) throws(TokenizerError) -> [(pair: (String, String), line: Int)] {
    var result: [(pair: (String, String), line: Int)] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
      if text.isEmpty || (index == 0 && text.contains("#version")) { continue }
      let parts = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
      guard parts.count == 2 else {
        throw .malformed(
          place: "\(url.path), line \(index + 1)", problem: "a merge is two tokens and a space")
      }
      result.append(((parts[0], parts[1]), index + 1))
    }
    return result
  }

  private static func read(_ url: URL) throws(TokenizerError) -> Data {
    do { return try InputFile.read(url, limit: limit) } catch { throw .file(error) }
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: Data, _ url: URL
  ) throws(TokenizerError) -> Value {
    do { return try JSONDecoder().decode(type, from: bytes) } catch {
      throw .malformed(place: url.path, problem: "the JSON is no vocabulary (\(error))")
    }
  }
}
