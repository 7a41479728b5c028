import Foundation
import TensorCore

/// A safetensors file: opening reads only the header, each tensor is read when it is asked for.
///
/// Tensors are copies: whatever becomes of the file later, they stay as they are. A file that is written to while it is
/// open is an error for what is read afterwards.
public struct SafetensorsFile: TensorFile {
  public static let format = "safetensors"

  public let url: URL
  /// Tensor names in the order of the header.
  public let names: [String]
  public let metadata: [String: String]
  private let entries: [String: SafetensorsHeader.Entry]
  private let file: SourceFile

  public init(_ file: SourceFile) throws(CheckpointError) {
    let header = try SafetensorsHeader(of: file)
    self.url = file.url
    self.file = file
    self.names = header.names
    self.metadata = header.metadata
    self.entries = header.entries
  }

  /// Whether the file begins like a safetensors file: a plausible header length and an opening brace.
  public static func matches(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 9 else { return false }
    let length = prefix.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length <= UInt64(SafetensorsHeader.maximumByteCount)
      && prefix.dropFirst(8).first == UInt8(ascii: "{")
  }

  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The type `tensor(_:)` gives; nil where the tensor is missing or of a type that cannot be read.
  public func dtype(of name: String) -> DType? { entries[name]?.type.tensorType }

  /// The type in the file.
  public func storedType(of name: String) -> SafetensorsType? { entries[name]?.type }

  /// A tensor as stored.
  ///
  /// Integers of other widths become `i32` if every value fits, `F64` is rounded to `f32`, `BOOL` becomes
  /// `u8`.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    let entry = try entry(name)
    let elements = try file.read(entry.range)
    do {
      return try Tensor.stored(as: entry.type, shape: entry.shape, in: elements, at: 0)
    } catch {
      throw failure(name, error.message)
    }
  }

  /// A floating-point tensor as `f32`, whatever its stored width.
  public func floatTensor(_ name: String) throws(CheckpointError) -> Tensor {
    let stored = try tensor(name)
    guard let converted = stored.convertedToFloat() else {
      throw failure(name, "numbers with a fraction are expected, not \(stored.dtype.rawValue)")
    }
    return converted
  }

  private func entry(_ name: String) throws(CheckpointError) -> SafetensorsHeader.Entry {
    guard let entry = entries[name] else { throw .missingTensor(file: url.path, name: name) }
    return entry
  }

  private func failure(_ name: String, _ problem: String) -> CheckpointError {
    .badTensor(file: url.path, name: name, problem: problem)
  }
}
