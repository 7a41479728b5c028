import Checkpoint
import Foundation

extension BPETokenizer {
  /// Reads a vocabulary: a folder with `vocab.json` and `merges.txt` or `tokenizer.json`, or one file:
  /// `tokenizer.json`, `merges.txt` or OpenAI's `bpe_simple_vocab_16e6.txt`, gzipped or not.
  public static func load(_ url: URL) throws(TokenizerError) -> BPETokenizer {
    try BPETokenizer(VocabularyFiles.load(url))
  }

  /// Writes `vocab.json` and `merges.txt` into an existing folder, as Hugging Face's `CLIPTokenizer` reads
  /// them.
  public func save(to folder: URL) throws(TokenizerError) {
    try VocabularyFiles.save(vocabulary, to: folder)
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

  static func load(_ url: URL) throws(TokenizerError) -> BPEVocabulary {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      return try loadFile(url)
    }
    let (merges, vocabulary) = (
      url.appendingPathComponent(mergesName), url.appendingPathComponent(vocabularyName)
    )
    let tokenizer = url.appendingPathComponent(tokenizerName)
    let exists = { (file: URL) in FileManager.default.fileExists(atPath: file.path) }
    if exists(merges) && exists(vocabulary) {
      return try loadPair(merges: merges, vocabulary: vocabulary)
    }
    guard exists(tokenizer) else { throw .noVocabulary(folder: url.path) }
    return try loadFile(tokenizer)
  }

  static func save(_ vocabulary: BPEVocabulary, to folder: URL) throws(TokenizerError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let ids = Dictionary(uniqueKeysWithValues: vocabulary.spellings.enumerated().map { ($1, $0) })
    let lines = [versionLine] + vocabulary.merges.map { "\($0) \($1)" }
    do {
      let json = try encoder.encode(ids)
      try AtomicFile.write(json, to: folder.appendingPathComponent(vocabularyName))
      try AtomicFile.write(
        lines.joined(separator: "\n") + "\n", to: folder.appendingPathComponent(mergesName))
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

  private static func loadFile(_ url: URL) throws(TokenizerError) -> BPEVocabulary {
    var bytes = try read(url)
    if Gzip.matches(bytes) {
      guard let plain = Gzip.decompressed(bytes, limit: limit) else {
        throw .malformed(place: url.path, problem: "the gzip data are damaged, cut short or too long")
      }
      bytes = plain
    }
    if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
      return try loadTokenizerJSON(bytes, url)
    }
    let pairs = try parseMerges(bytes, url).prefix(openAIMergeCount)
    return try BPEVocabulary(merges: pairs.map(\.pair), vocabulary: nil) { index in
      index.map { "\(url.path), line \(pairs[$0].line)" } ?? url.path
    }
  }

  private static func loadTokenizerJSON(_ bytes: Data, _ url: URL) throws(TokenizerError) -> BPEVocabulary {
    let file = try decode(TokenizerJSON.self, from: bytes, url)
    var ids = file.model.vocab
    for token in file.addedTokens ?? [] { ids[token.content] = token.id }
    return try BPEVocabulary(merges: file.model.merges.map(\.pair), vocabulary: ids) { index in
      index.map { "\(url.path), merge \($0)" } ?? url.path
    }
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

/// The parts of Hugging Face's `tokenizer.json` that matter here.
private struct TokenizerJSON: Decodable {
  struct Model: Decodable {
    let vocab: [String: Int]
    let merges: [Merge]
  }

  struct AddedToken: Decodable {
    let id: Int
    let content: String
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
  let addedTokens: [AddedToken]?

  private enum CodingKeys: String, CodingKey {
    case model
    case addedTokens = "added_tokens"
  }
}
