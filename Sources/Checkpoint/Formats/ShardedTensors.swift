import Foundation
import TensorCore

/// Several files of tensors as one, by an index such as `model.safetensors.index.json` or `pytorch_model.bin.index.json`
/// beside them.
public struct ShardedTensors: TensorFile {
  public static let format = "shards"

  public let url: URL
  public let names: [String]
  public let metadata: [String: String] = [:]
  public let files: [URL]
  private let shards: [String: any TensorFile]
  private let shardOfName: [String: String]

  private static let longestIndex = 1 << 26

  private struct Index: Decodable {
    let weightMap: [String: String]

    private enum CodingKeys: String, CodingKey {
      case weightMap = "weight_map"
    }
  }

  public static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
  }

  public init(_ file: SourceFile) throws(CheckpointError) {
    let url = file.url
    guard file.byteCount <= Self.longestIndex else {
      throw .malformed(
        file: url.path, problem: "\(file.byteCount) bytes are more than an index of shards may have")
    }
    let contents = try file.contents()
    let json = withExtendedLifetime(contents) { Data(contents.bytes) }
    guard let index = try? JSONDecoder().decode(Index.self, from: json) else {
      if let object = try? JSONDecoder().decode([String: JSONValue].self, from: json),
        object["weight_map"] == nil
      {
        throw .notWeights(file: url.path, problem: "it is JSON without tensors, such as a configuration")
      }
      throw .malformed(file: url.path, problem: "it is no index of shards: 'weight_map' is missing")
    }
    var shards: [String: any TensorFile] = [:]
    for (name, shard) in index.weightMap where shards[shard] == nil {
      guard !shard.contains("/"), shard != "..", !shard.isEmpty else {
        throw .malformed(file: url.path, problem: "the shard '\(shard)' of '\(name)' is not beside the index")
      }
      shards[shard] = try TensorFormats.open(
        url.deletingLastPathComponent().appendingPathComponent(shard), of: TensorFormats.single)
    }
    for (name, shard) in index.weightMap where shards[shard]?.shape(of: name) == nil {
      throw .missingTensor(file: shards[shard]?.url.path ?? shard, name: name)
    }
    for (shard, file) in shards.sorted(by: { $0.key < $1.key }) {
      guard let name = file.names.first(where: { index.weightMap[$0] != shard }) else { continue }
      throw .badTensor(
        file: file.url.path, name: name, problem: "the index \(url.lastPathComponent) does not name it there")
    }
    self.url = url
    self.shards = shards
    files = [url] + shards.sorted { $0.key < $1.key }.map(\.value.url)
    shardOfName = index.weightMap
    names = index.weightMap.keys.sorted()
  }

  public func shape(of name: String) -> [Int]? { shard(of: name)?.shape(of: name) }
  public func storedType(of name: String) -> SafetensorsType? { shard(of: name)?.storedType(of: name) }

  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    guard let shard = shard(of: name) else { throw .missingTensor(file: url.path, name: name) }
    return try shard.tensor(name)
  }

  public func stateDict() throws(CheckpointError) -> StateDict {
    var states: [String: StateDict] = [:]
    for (name, shard) in shards { states[name] = try shard.stateDict() }
    var state = StateDict(metadata: metadata)
    for name in names { state[name] = shardOfName[name].flatMap { states[$0]?[name] } }
    return state
  }

  private func shard(of name: String) -> (any TensorFile)? { shardOfName[name].flatMap { shards[$0] } }
}
