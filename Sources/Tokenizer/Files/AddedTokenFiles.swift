import Checkpoint
import Foundation

/// Gives added tokens their ids, and writes them.
enum AddedTokenFiles {
  /// The tokens in the order of their ids, start and end among them: transformers finds those in texts too.
  ///
  /// Throws where an id is not the next free one: transformers would give the token another one than the file says.
  static func tokens(
    _ entries: [(entry: AddedTokenEntry, file: String)], of vocabulary: BPEVocabulary
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
    return tokens
  }

  /// Writes what goes beyond the vocabulary itself, if anything does.
  static func save(_ tokens: [AddedToken], to folder: URL) throws(TokenizerError) {
    guard !tokens.isEmpty else { return }
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
      let json = try encoder.encode(Configuration(addedTokensDecoder: decoder))
      try AtomicFile.write(json, to: folder.appendingPathComponent(TokenizerSettings.configName))
    } catch let error as CheckpointError {
      throw .file(error)
    } catch {
      throw .malformed(place: folder.path, problem: "the added tokens cannot be encoded (\(error))")
    }
  }

  private struct Configuration: Encodable {
    var tokenizerClass = "CLIPTokenizer"
    var bosToken = BPEVocabulary.startSpellings[0]
    var eosToken = BPEVocabulary.endSpellings[0]
    var unkToken = BPEVocabulary.endSpellings[0]
    var padToken = BPEVocabulary.endSpellings[0]
    let addedTokensDecoder: [String: Description]
  }

  private struct Description: Encodable {
    let content: String
    let lstrip, rstrip, singleWord, normalized: Bool
    var special = false
  }
}
