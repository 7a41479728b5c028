import Foundation
import TensorCore

/// A file that `numpy.savez` or `savez_compressed` wrote: an archive of arrays, read into memory; compressed ones are
/// decompressed when they are asked for.
///
/// An array's name is its path in the archive without `.npy`. Arrays of Python objects are never loaded.
public struct NpzFile: TensorFile {
  public static let format = "NumPy archive"

  public let url: URL
  /// Array names in the order of the archive.
  public let names: [String]
  public let metadata: [String: String] = [:]
  private let arrays: [String: StoredArray]
  private let storage: Storage

  private struct StoredArray {
    let header: NpyHeader
    /// Nil for one that is no tensor.
    let type: SafetensorsType?
    let member: ZipDirectory.Member
  }

  public init(_ file: SourceFile) throws(CheckpointError) {
    url = file.url
    storage = try file.contents()
    var arrays: [String: StoredArray] = [:]
    var names: [String] = []
    for member in try ZipDirectory(of: storage.bytes, file: url.path).members
    where member.path.hasSuffix(Self.suffix) {
      let name = String(member.path.dropLast(Self.suffix.count))
      do throws(NpyHeader.Problem) {
        arrays[name] = try Self.array(member, UnsafeRawBufferPointer(rebasing: storage.bytes[member.range]))
      } catch {
        throw .badTensor(file: url.path, name: name, problem: error.message)
      }
      names.append(name)
    }
    guard !names.isEmpty else { throw .malformed(file: url.path, problem: "the archive holds no arrays") }
    self.names = names
    self.arrays = arrays
  }

  private static let suffix = ".npy"
  private static let types: [String: SafetensorsType] = [
    "|b1": .bool, "|u1": .u8, "|i1": .i8, "<u2": .u16, "<i2": .i16, "<u4": .u32, "<i4": .i32, "<u8": .u64,
    "<i8": .i64, "<f2": .f16, "<f4": .f32, "<f8": .f64,
    // NumPy has no name for bfloat16: JAX's arrays are two opaque bytes.
    "|V2": .bf16, "<V2": .bf16,
  ]

  /// Whether a file begins like an archive whose first member is an array.
  public static func matches(_ prefix: [UInt8]) -> Bool {
    guard prefix.starts(with: ZipDirectory.signature), prefix.count > 30 else { return false }
    let length = Int(prefix[26]) | Int(prefix[27]) << 8
    return prefix[30...].prefix(length).suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  public func shape(of name: String) -> [Int]? { arrays[name]?.header.shape }
  public func storedType(of name: String) -> SafetensorsType? { arrays[name]?.type }

  /// An array as stored: a view of the file in memory where the layout allows it, else a copy; types as with safetensors.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    guard let array = arrays[name] else { throw .missingTensor(file: url.path, name: name) }
    guard let type = array.type else {
      throw failure(
        name,
        "its type \(array.header.elements.debugDescription) is no plain little-endian number, convert it with astype"
      )
    }
    var (data, start) = (storage, array.member.range.lowerBound + array.header.byteCount)
    if array.member.compression != .none {
      guard let elements = decompressed(array) else {
        throw failure(name, "its compressed data are damaged or of another length than declared")
      }
      (data, start) = (elements, 0)
    }
    let shape = array.header.shape
    if array.header.isFortranOrder, shape.count > 1, !shape.contains(0) {
      var strides = [1]
      for extent in shape.dropLast() { strides.append(strides[strides.count - 1] * extent) }
      let source = UnsafeRawBufferPointer(start: data.pointer + start, count: data.byteCount - start)
      data = withExtendedLifetime(data) {
        StridedElements.gathered(from: source, shape: shape, strides: strides, width: type.byteWidth)
      }
      start = 0
    }
    do {
      return try Tensor.stored(as: type, shape: shape, in: data, at: start)
    } catch {
      throw failure(name, error.message)
    }
  }

  /// The elements alone, if they are as many as declared and their checksum holds.
  private func decompressed(_ array: StoredArray) -> Storage? {
    let input = UnsafeRawBufferPointer(
      start: storage.pointer + array.member.range.lowerBound, count: array.member.range.count)
    guard let inflater = Inflater(input, wrapper: .none) else { return nil }
    let header = Storage(byteCount: array.header.byteCount)
    let elements = Storage(byteCount: array.member.byteCount - header.byteCount)
    var checksum: UInt32 = 0
    for part in [header, elements] {
      let bytes = UnsafeMutableRawBufferPointer(start: part.pointer, count: part.byteCount)
      guard inflater.read(into: bytes) == bytes.count else { return nil }
      checksum = Checksum.crc32(UnsafeRawBufferPointer(bytes), after: checksum)
    }
    // The end of the data may be marked only behind the last byte.
    var beyond: UInt8 = 0
    let isWhole = withUnsafeMutableBytes(of: &beyond) { inflater.read(into: $0) } == 0 && inflater.isFinished
    return isWhole && checksum == array.member.checksum ? elements : nil
  }

  private func failure(_ name: String, _ problem: String) -> CheckpointError {
    .badTensor(file: url.path, name: name, problem: problem)
  }

  private static func array(
    _ member: ZipDirectory.Member, _ bytes: UnsafeRawBufferPointer
  ) throws(NpyHeader.Problem) -> StoredArray {
    let header: NpyHeader
    switch member.compression {
    case .none: header = try NpyHeader(bytes)
    case .deflate: header = try compressedHeader(bytes)
    case .other(let method):
      throw NpyHeader.Problem(message: "it is compressed by method \(method), write it with savez_compressed")
    }
    let type = types[header.elements]
    if let type {
      let declared = type.byteCount(of: header.shape)
      guard let declared, declared == member.byteCount - header.byteCount else {
        throw NpyHeader.Problem(
          message: "its shape \(header.shape) does not fit the \(member.byteCount) bytes of its member")
      }
    } else if header.elements.hasSuffix("O") {
      throw NpyHeader.Problem(
        message: "it holds Python objects, which are never loaded, store numbers instead")
    }
    return StoredArray(header: header, type: type, member: member)
  }

  private static func compressedHeader(
    _ bytes: UnsafeRawBufferPointer
  ) throws(NpyHeader.Problem) -> NpyHeader {
    let start = Storage(byteCount: NpyHeader.maximumByteCount)
    let buffer = UnsafeMutableRawBufferPointer(start: start.pointer, count: start.byteCount)
    guard let inflater = Inflater(bytes, wrapper: .none), let count = inflater.read(into: buffer) else {
      throw NpyHeader.Problem(message: "its compressed data are damaged or cut off")
    }
    return try withExtendedLifetime(start) { () throws(NpyHeader.Problem) in
      try NpyHeader(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
