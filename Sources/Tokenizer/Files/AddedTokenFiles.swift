import Checkpoint
import Foundation

/// Gives added tokens their ids, and writes them.
enum AddedTokenFiles {
  /// The tokens in the order of their ids. Start and end are among them for transformers, which finds those in texts too;
  /// open_clip does not.
  ///
  /// Throws where an id is not the next free one: transformers would give the token another one than the file says.
  static func tokens(
    _ entries: [(entry: AddedTokenEntry, file: String)], of vocabulary: BPEVocabulary,
    _ library: TokenizerLibrary
  ) throws(TokenizerError) -> [AddedToken] {
    var ids: [String: Int] = [:]
    for (id, spelling) in vocabulary.spellings.enumerated() { ids[spelling] = id }
    var next = vocabulary.spellings.count
    var tokens: [AddedToken] = []
    var seen: Set<String> = []
    for (entry, file) in entries where !entry.content.isEmpty {
      let id: Int
      if let known = ids[entry.content] {
        id = known
      } else {
        id = entry.id ?? next
        guard id == next else {
          throw .malformed(
            place: file,
            problem: "the added token '\(entry.content)' has the id \(id), but \(next) is the next free one")
        }
        ids[entry.content] = id
        next += 1
      }
      guard entry.id ?? id == id else {
        throw .malformed(
          place: file,
          problem: "the token '\(entry.content)' has the id \(entry.id ?? id) here, but \(id) elsewhere")
      }
      if seen.insert(entry.content).inserted { tokens.append(entry.token(id: id)) }
    }
    for id in [vocabulary.startToken, vocabulary.endToken]
    where seen.insert(vocabulary.spellings[id]).inserted {
      tokens.append(AddedToken(content: vocabulary.spellings[id], id: id, isNormalized: false))
    }
    let ends = [vocabulary.startToken, vocabulary.endToken]
    return library == .openCLIP ? tokens.filter { !ends.contains($0.id) } : tokens
  }

  /// Writes what goes beyond the vocabulary itself, if anything does: added tokens, and how long texts may be.
  static func save(
    _ tokens: [AddedToken], of vocabulary: BPEVocabulary, contextLength: Int?, to folder: URL
  ) throws(TokenizerError) {
    guard !tokens.isEmpty || contextLength != nil else { return }
    let decoder = Dictionary(
      uniqueKeysWithValues: tokens.map {
        (
          "\($0.id)",
          Description(
            content: $0.content, lstrip: $0.takesSpaceBefore, rstrip: $0.takesSpaceAfter,
            singleWord: $0.isSingleWord, normalized: $0.isNormalized)
        )
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      let json = try encoder.encode(
        Configuration(
          start: vocabulary.spellings[vocabulary.startToken], end: vocabulary.spellings[vocabulary.endToken],
          modelMaxLength: contextLength, addedTokensDecoder: tokens.isEmpty ? nil : decoder))
      try AtomicFile.write(json, to: folder.appendingPathComponent(TokenizerSettings.configName))
    } catch let error as CheckpointError {
      throw .file(error)
    } catch {
      throw .malformed(place: folder.path, problem: "the tokenizer's settings cannot be encoded (\(error))")
    }
  }

  private struct Configuration: Encodable {
    var tokenizerClass = "CLIPTokenizer"
    let bosToken, eosToken, unkToken, padToken: String
    let modelMaxLength: Int?
    let addedTokensDecoder: [String: Description]?

    init(start: String, end: String, modelMaxLength: Int?, addedTokensDecoder: [String: Description]?) {
      (bosToken, eosToken, unkToken, padToken) = (start, end, end, end)
      self.modelMaxLength = modelMaxLength
      self.addedTokensDecoder = addedTokensDecoder
    }
  }

  private struct Description: Encodable {
    let content: String
    let lstrip, rstrip, singleWord, normalized: Bool
    var special = false
  }
}
