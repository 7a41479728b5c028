import Foundation
import TensorCore

/// Several safetensors files as one, by an index such as `model.safetensors.index.json` beside them.
public struct ShardedSafetensors: TensorFile {
  public static let format = "safetensors in shards"

  public let url: URL
  public let names: [String]
  public let metadata: [String: String] = [:]
  public let files: [URL]
  private let shards: [String: SafetensorsFile]
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

  public init(_ file: MappedFile) throws(CheckpointError) {
    let url = file.url
    guard file.bytes.count <= Self.longestIndex else {
      throw .malformed(
        file: url.path, problem: "\(file.bytes.count) bytes are more than an index of shards may have")
    }
    guard let index = try? JSONDecoder().decode(Index.self, from: Data(file.bytes)) else {
      throw .malformed(file: url.path, problem: "it is no index of shards: 'weight_map' is missing")
    }
    var shards: [String: SafetensorsFile] = [:]
    for (name, shard) in index.weightMap where shards[shard] == nil {
      guard !shard.contains("/"), shard != "..", !shard.isEmpty else {
        throw .malformed(file: url.path, problem: "the shard '\(shard)' of '\(name)' is not beside the index")
      }
      shards[shard] = try SafetensorsFile(url: url.deletingLastPathComponent().appendingPathComponent(shard))
    }
    for (name, shard) in index.weightMap where shards[shard]?.shape(of: name) == nil {
      throw .missingTensor(file: shards[shard]?.url.path ?? shard, name: name)
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

  private func shard(of name: String) -> SafetensorsFile? { shardOfName[name].flatMap { shards[$0] } }
}
