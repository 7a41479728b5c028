import Foundation
import TensorCore

/// A safetensors file, mapped into memory: opening reads only the header, tensors page in as they are used.
///
/// The file may be replaced (by renaming another over it) while tensors are in use, but not cut short in
/// place.
public struct SafetensorsFile: TensorFile {
  public static let format = "safetensors"

  public let url: URL
  /// Tensor names in the order of the header.
  public let names: [String]
  public let metadata: [String: String]
  private let entries: [String: SafetensorsHeader.Entry]
  private let storage: Storage

  public init(_ file: MappedFile) throws(CheckpointError) {
    let header = try SafetensorsHeader(of: file.bytes, file: file.url.path)
    self.url = file.url
    self.storage = file.storage
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

  /// A tensor as stored: a view of the mapped file where the types agree and the data are aligned, else a
  /// copy.
  ///
  /// Integers of other widths become `i32` if every value fits, `F64` is rounded to `f32`, `BOOL` becomes
  /// `u8`.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    let entry = try entry(name)
    do {
      return try Tensor.stored(
        as: entry.type, shape: entry.shape, in: storage, at: entry.range.lowerBound)
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
