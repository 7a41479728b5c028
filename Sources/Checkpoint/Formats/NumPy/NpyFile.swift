import Foundation

/// A `.npy` file on disk: its header is read when it is opened, its elements when they are asked for.
package struct NpyFile: Sendable {
  package let path: String
  package let shape: [Int]
  private let elements: String
  private let headerSize: Int
  private let elementSize: Int
  private let state: FileState

  /// Reads the header. Throws unless the array is in C order, its elements are whole numbers, and its bytes are all there.
  package init(_ path: String) throws(CheckpointError) {
    self.path = path
    let (header, state) = try RegularFile.withOpen(path) { (descriptor, size) throws(CheckpointError) in
      let bytes = try RegularFile.read(
        descriptor, offset: 0, count: min(size, NpyHeader.maximumByteCount), path: path)
      let header = bytes.withUnsafeBytes { bytes in
        Result { () throws(NpyHeader.Problem) in try NpyHeader(bytes) }
      }
      switch header {
      case .success(let header): return (header, try FileState(of: descriptor, path: path))
      case .failure(let problem): throw .malformed(file: path, problem: problem.message)
      }
    }
    guard let width = Self.widths[header.elements] else {
      throw .malformed(
        file: path,
        problem: header.elements.hasSuffix("O")
          ? "it holds Python objects, which are never loaded, store numbers instead"
          : "its elements are \(header.elements), not whole numbers")
    }
    guard !header.isFortranOrder || header.shape.count < 2 else {
      throw .malformed(
        file: path, problem: "its array is in Fortran order, save numpy.ascontiguousarray of it")
    }
    var count = width
    for extent in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw .malformed(file: path, problem: "its shape \(header.shape) is beyond counting")
      }
      count = product
    }
    guard state.byteCount == header.byteCount + count else {
      throw .malformed(
        file: path,
        problem:
          "its shape \(header.shape) does not fit the \(state.byteCount - header.byteCount) bytes of its elements"
      )
    }
    shape = header.shape
    elements = header.elements
    headerSize = header.byteCount
    elementSize = width
    self.state = state
  }

  /// Whether an element is a byte without sign.
  package var holdsBytes: Bool { elements == "|u1" }

  /// The bytes of some elements, counted in the order of storage.
  package func bytes(_ range: Range<Int>) throws(CheckpointError) -> [UInt8] {
    try RegularFile.withOpen(path) { (descriptor, _) throws(CheckpointError) in
      guard try FileState(of: descriptor, path: path) == state else { throw .changed(file: path) }
      return try RegularFile.read(
        descriptor, offset: headerSize + range.lowerBound * elementSize, count: range.count * elementSize,
        path: path)
    }
  }

  /// All elements. Throws if one is beyond 64 bits with a sign.
  package func integers() throws(CheckpointError) -> [Int] {
    let count = shape.reduce(1, *)
    let bytes = try bytes(0..<count)
    let numbers: [Int?] = bytes.withUnsafeBytes { bytes in
      func read<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> [Int?] {
        (0..<count).map {
          Int(exactly: bytes.loadUnaligned(fromByteOffset: $0 * elementSize, as: Number.self).littleEndian)
        }
      }
      return switch elements {
      case "|u1", "|b1": read(UInt8.self)
      case "|i1": read(Int8.self)
      case "<u2": read(UInt16.self)
      case "<i2": read(Int16.self)
      case "<u4": read(UInt32.self)
      case "<i4": read(Int32.self)
      case "<u8": read(UInt64.self)
      default: read(Int64.self)
      }
    }
    let whole = numbers.compactMap(\.self)
    guard whole.count == count else { throw .malformed(file: path, problem: "it has numbers beyond 64 bits") }
    return whole
  }

  private static let widths = [
    "|b1": 1, "|u1": 1, "|i1": 1, "<u2": 2, "<i2": 2, "<u4": 4, "<i4": 4, "<u8": 8, "<i8": 8,
  ]
}
