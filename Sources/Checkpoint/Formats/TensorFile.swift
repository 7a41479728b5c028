import Foundation
import TensorCore

/// A file of named tensors, of any known format, opened without reading the tensors.
public protocol TensorFile: Sendable {
  /// How the format is called, such as `safetensors`.
  static var format: String { get }
  /// Whether a file that begins with these bytes is of this format.
  static func matches(_ prefix: [UInt8]) -> Bool

  /// Reads what a file that matches holds, but for the tensors.
  init(_ file: SourceFile) throws(CheckpointError)

  var url: URL { get }
  /// All files that the tensors lie in: by default the one.
  var files: [URL] { get }
  /// Tensor names in the order of the file.
  var names: [String] { get }
  var metadata: [String: String] { get }
  func shape(of name: String) -> [Int]?
  /// The type in the file.
  func storedType(of name: String) -> SafetensorsType?
  /// A tensor as stored, or as near to it as a tensor's types allow.
  func tensor(_ name: String) throws(CheckpointError) -> Tensor
  /// Everything in the file, in its order.
  func stateDict() throws(CheckpointError) -> StateDict
}

extension TensorFile {
  public var files: [URL] { [url] }

  /// Opens a file, which may be compressed by Zstandard.
  public init(url: URL) throws(CheckpointError) { try self.init(SourceFile(decompressing: url)) }

  public func stateDict() throws(CheckpointError) -> StateDict {
    var state = StateDict(metadata: metadata)
    for name in names { state[name] = try tensor(name) }
    return state
  }
}

/// The formats that can be read, plain or compressed by Zstandard.
public enum TensorFormats {
  public static let all: [any TensorFile.Type] = [ShardedTensors.self] + single
  /// Those of one file.
  static let single: [any TensorFile.Type] = [SafetensorsFile.self, NpzFile.self, PyTorchFile.self]
  /// Enough for the name of an archive's first member.
  private static let prefixLength = 1024

  /// Opens a file of any known format, told apart by its first bytes.
  public static func open(_ url: URL) throws(CheckpointError) -> any TensorFile { try open(url, of: all) }

  static func open(_ url: URL, of formats: [any TensorFile.Type]) throws(CheckpointError) -> any TensorFile {
    let file = try SourceFile(decompressing: url)
    let prefix = try file.prefix(prefixLength)
    guard let format = formats.first(where: { $0.matches(prefix) }) else {
      throw .malformed(
        file: url.path,
        problem: "\(Self.looks(prefix)) of no format this program reads: "
          + formats.map { $0.format }.joined(separator: ", "))
    }
    return try format.init(file)
  }

  /// What servers send in place of a file that they do not give.
  private static func looks(_ prefix: [UInt8]) -> String {
    let start = String(decoding: prefix.prefix(256), as: UTF8.self).drop { $0.isWhitespace }.lowercased()
    return start.hasPrefix("<!doctype html") || start.hasPrefix("<html") ? "it is a web page, and" : "it is"
  }
}
