import CLIPCore
import Checkpoint
import Foundation
import TensorCore

/// The files of one run; every write goes to a temporary name first.
public struct RunFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  public var recordFile: URL { url.appendingPathComponent("run.json") }
  public var metricsFile: URL { url.appendingPathComponent("metrics.jsonl") }
  /// What was trained, the head included, as trained: a method's own parameters under their names.
  public var tunedFile: URL { url.appendingPathComponent("tuned.safetensors") }
  /// The zero-shot head training began from.
  public var startHeadFile: URL { url.appendingPathComponent("head0.safetensors") }
  public var checkpointFile: URL { url.appendingPathComponent("checkpoints/latest.safetensors") }
  public var predictionsFolder: URL { url.appendingPathComponent("predictions") }
  public var eventsFolder: URL { url.appendingPathComponent("tensorboard") }
  /// Scores along alpha, as `clipft wise` found them last.
  public var curveFile: URL { url.appendingPathComponent("wise.json") }

  public var exists: Bool { FileManager.default.fileExists(atPath: recordFile.path) }

  /// Makes the folder and writes its first record. Throws if it already holds a run.
  public func create(_ record: RunRecord) throws {
    guard !exists else { throw TrainingError.runExists(path: url.path) }
    try makeFolder(url)
    try write(record)
  }

  public func write(_ record: RunRecord) throws(CheckpointError) {
    try AtomicFile.write(JSONFormat.encode(record), to: recordFile)
  }

  public func record() throws -> RunRecord {
    guard let data = try? Data(contentsOf: recordFile) else {
      throw TrainingError.missingRun(
        path: url.path, hint: "it has no run.json; name one made by `clipft finetune`")
    }
    do {
      return try JSONFormat.decode(RunRecord.self, from: data)
    } catch {
      throw TrainingError.badCheckpoint(
        file: recordFile.path,
        problem: "it is not a record of a run of this version"
          + ((error as? DecodingError).map { ": \($0.key) cannot be read" } ?? ""))
    }
  }

  /// Adds one line to `metrics.jsonl`.
  public func append(_ metrics: some Encodable) throws(CheckpointError) {
    let line = JSONFormat.line(metrics) + "\n"
    do {
      if !FileManager.default.fileExists(atPath: metricsFile.path) {
        try Data().write(to: metricsFile)
      }
      let handle = try FileHandle(forWritingTo: metricsFile)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(line.utf8))
    } catch {
      throw .writeFailed(file: metricsFile.path, reason: "cannot append")
    }
  }

  /// Lines of `metrics.jsonl` that decode as `Metrics`.
  public func metrics<Metrics: Decodable>(_ type: Metrics.Type) -> [Metrics] {
    guard let text = try? String(contentsOf: metricsFile, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").compactMap { try? JSONFormat.decode(type, from: Data($0.utf8)) }
  }

  /// Rewrites `metrics.jsonl` with the lines that satisfy `isKept`.
  public func keepMetrics<Metrics: Codable>(
    _ type: Metrics.Type, where isKept: (Metrics) -> Bool
  ) throws(CheckpointError) {
    guard FileManager.default.fileExists(atPath: metricsFile.path) else { return }
    let lines = metrics(type).filter(isKept).map { JSONFormat.line($0) + "\n" }
    try AtomicFile.write(lines.joined(), to: metricsFile)
  }

  public func saveCheckpoint(_ state: StateDict) throws {
    try makeFolder(checkpointFile.deletingLastPathComponent())
    try SafetensorsFile.write(state, to: checkpointFile)
  }

  private func makeFolder(_ folder: URL) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
  }
}

/// The JSON of this program: snake case, sorted keys.
public enum JSONFormat {
  public static func encode(_ value: some Encodable) throws(CheckpointError) -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(value)
    } catch {
      throw .writeFailed(file: "JSON", reason: "a number is not finite")
    }
  }

  public static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data)
  }
}
