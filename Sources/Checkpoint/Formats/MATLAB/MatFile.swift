import CZlib
import Foundation

/// Something in a file of MATLAB.
package indirect enum MatValue: Sendable, Equatable {
  /// In MATLAB's order, the first dimension the fastest.
  case numbers([Double], shape: [Int])
  case text(String)
  case cells([MatValue])
  /// An array of structures.
  case structures([[String: MatValue]])
  /// An object, function or sparse matrix, of which nothing is read.
  case other

  /// Whole numbers, in order; nil where it is anything else.
  package var integers: [Int]? {
    guard case .numbers(let numbers, _) = self else { return nil }
    let whole = numbers.compactMap { Int(exactly: $0) }
    return whole.count == numbers.count ? whole : nil
  }

  package var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// A file of MATLAB, level 5 (versions 5 to 7), as label files come: numbers, texts, cells and structures, read by a closed parser
/// with limits. Files of version 7.3 are HDF5 and are refused by name.
package struct MatFile: Sendable {
  package let variables: [String: MatValue]

  private static let largestFile = 1 << 28
  private static let headerSize = 128

  package init(_ path: String) throws(CheckpointError) {
    let bytes = try RegularFile.withOpen(path) { (descriptor, size) throws(CheckpointError) in
      guard size <= Self.largestFile else {
        throw .malformed(file: path, problem: "it has \(size) bytes, more than a file of labels has")
      }
      return try RegularFile.read(descriptor, offset: 0, count: size, path: path)
    }
    let result: Result<[String: MatValue], MatReader.Problem> = bytes.withUnsafeBytes { bytes in
      Result { () throws(MatReader.Problem) in
        guard bytes.count >= Self.headerSize else { throw MatReader.Problem(message: "it is cut off") }
        if bytes.prefix(19).elementsEqual("MATLAB 7.3 MAT-file".utf8) {
          throw MatReader.Problem(
            message: "it is of MATLAB's version 7.3, which is HDF5 and not read; save it with -v7")
        }
        guard bytes[126] == UInt8(ascii: "I"), bytes[127] == UInt8(ascii: "M") else {
          throw MatReader.Problem(message: "it is no little-endian file of MATLAB's version 5 to 7")
        }
        var reader = MatReader(UnsafeRawBufferPointer(rebasing: bytes[Self.headerSize...]))
        return try reader.variables()
      }
    }
    switch result {
    case .success(let variables): self.variables = variables
    case .failure(let problem): throw .malformed(file: path, problem: problem.message)
    }
  }
}

/// Reads the elements of such a file: a type, a number of bytes, and these, one after another.
struct MatReader {
  struct Problem: Error {
    let message: String
  }

  /// What may still be read, in numbers, characters and fields, and in bytes decompressed.
  private struct Budget {
    var values = 1 << 24
    var bytes = 1 << 28
  }

  private static let deepest = 8
  private static let (compressed, matrix) = (UInt32(15), UInt32(14))

  private var bytes: UnsafeRawBufferPointer
  private var position = 0
  private var budget = Budget()

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func variables() throws(Problem) -> [String: MatValue] {
    var variables: [String: MatValue] = [:]
    while position < bytes.count {
      let (type, content) = try element()
      let (name, value): (String, MatValue)
      switch type {
      case Self.compressed: (name, value) = try inflated(content)
      case Self.matrix:
        (name, value) = try within(content) { (reader) throws(Problem) in try reader.array(depth: 0) }
      default: continue
      }
      guard variables.updateValue(value, forKey: name) == nil else {
        throw Problem(message: "it has the variable '\(name)' twice")
      }
    }
    return variables
  }

  /// An element and what follows it up to a multiple of eight bytes.
  private mutating func element() throws(Problem) -> (type: UInt32, content: UnsafeRawBufferPointer) {
    let first = try number()
    // Up to four bytes lie in the tag itself.
    guard first >> 16 == 0 else {
      let count = Int(first >> 16)
      guard count <= 4, bytes.count - position >= 4 else { throw damaged }
      defer { position += 4 }
      return (first & 0xFFFF, UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
    }
    let count = Int(try number())
    guard count <= bytes.count - position else { throw Problem(message: "it is cut off") }
    defer { position = min(bytes.count, position + (first == Self.compressed ? count : (count + 7) / 8 * 8)) }
    return (first, UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
  }

  private mutating func number() throws(Problem) -> UInt32 {
    guard bytes.count - position >= 4 else { throw Problem(message: "it is cut off") }
    defer { position += 4 }
    return bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian
  }

  private var damaged: Problem { Problem(message: "its data are damaged") }

  /// Reads inside an element with what is left of the budget.
  private mutating func within<Result>(
    _ content: UnsafeRawBufferPointer, _ body: (inout MatReader) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    var reader = MatReader(content)
    reader.budget = budget
    let result = try body(&reader)
    budget = reader.budget
    return result
  }

  private mutating func inflated(_ content: UnsafeRawBufferPointer) throws(Problem) -> (String, MatValue) {
    guard let inflater = Inflater(content, wrapper: .zlib) else { throw damaged }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { piece.deallocate() }
    var all: [UInt8] = []
    while !inflater.isFinished {
      guard let count = inflater.read(into: piece) else { throw damaged }
      guard count <= budget.bytes else { throw Problem(message: "it grows too much when decompressed") }
      budget.bytes -= count
      all += piece[..<count]
    }
    let result: Swift.Result<((String, MatValue), Budget), Problem> = all.withUnsafeBytes { bytes in
      Swift.Result { () throws(Problem) in
        var reader = MatReader(bytes)
        reader.budget = budget
        let (type, content) = try reader.element()
        guard type == Self.matrix else { throw damaged }
        let read = try reader.within(content) { (reader) throws(Problem) in try reader.array(depth: 0) }
        return (read, reader.budget)
      }
    }
    let (read, left) = try result.get()
    budget = left
    return read
  }

  /// The parts of a matrix: flags, dimensions, name, and what its class says.
  private mutating func array(depth: Int) throws(Problem) -> (String, MatValue) {
    guard depth <= Self.deepest else { throw Problem(message: "it is nested too deeply") }
    // Cells may be empty elements.
    guard !bytes.isEmpty else { return ("", .numbers([], shape: [0, 0])) }
    let flags = try element().content
    guard flags.count >= 8 else { throw damaged }
    // Of complex numbers, the real parts alone would be others.
    let kind = flags[1] & 0x08 == 0 ? flags[0] : 0
    guard let extents = try integers(element()), let name = text(try element()) else { throw damaged }
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, product <= budget.values else {
        throw Problem(message: "it is too large")
      }
      count = product
    }
    budget.values -= count
    switch kind {
    case 1: return (name, .cells(try elements(count, depth)))
    case 2:
      guard let length = try integers(element())?.first, length > 0, length <= 64,
        let names = fieldNames(try element(), length: length)
      else { throw damaged }
      guard count <= budget.values / max(1, names.count) else { throw Problem(message: "it is too large") }
      var structures: [[String: MatValue]] = []
      for _ in 0..<count {
        var fields: [String: MatValue] = [:]
        for (field, value) in zip(names, try elements(names.count, depth)) { fields[field] = value }
        structures.append(fields)
      }
      return (name, .structures(structures))
    case 4:
      guard let text = text(try element()) else { throw damaged }
      return (name, .text(text))
    case 6...15:
      guard let numbers = numbers(try element()), numbers.count == count else { throw damaged }
      return (name, .numbers(numbers, shape: extents))
    default: return (name, .other)
    }
  }

  private mutating func elements(_ count: Int, _ depth: Int) throws(Problem) -> [MatValue] {
    var values: [MatValue] = []
    for _ in 0..<count {
      let (type, content) = try element()
      guard type == Self.matrix else { throw damaged }
      values.append(try within(content) { (reader) throws(Problem) in try reader.array(depth: depth + 1).1 })
    }
    return values
  }

  // MARK: Contents of elements

  private func numbers(_ element: (type: UInt32, content: UnsafeRawBufferPointer)) -> [Double]? {
    let bytes = element.content
    func read<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> [Double] {
      (0..<bytes.count / MemoryLayout<Number>.size).map {
        Double(
          bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: Number.self).littleEndian)
      }
    }
    switch element.type {
    case 1: return read(Int8.self)
    case 2: return read(UInt8.self)
    case 3: return read(Int16.self)
    case 4: return read(UInt16.self)
    case 5: return read(Int32.self)
    case 6: return read(UInt32.self)
    case 7:
      return (0..<bytes.count / 4).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)) }
    case 9: return (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    case 12: return read(Int64.self)
    case 13: return read(UInt64.self)
    default: return nil
    }
  }

  private func integers(_ element: (type: UInt32, content: UnsafeRawBufferPointer)) -> [Int]? {
    numbers(element)?.compactMap { Int(exactly: $0) }
  }

  private func text(_ element: (type: UInt32, content: UnsafeRawBufferPointer)) -> String? {
    let bytes = element.content
    switch element.type {
    case 1, 2, 16: return String(validating: bytes, as: UTF8.self)
    case 4, 17:
      let units = (0..<bytes.count / 2).map {
        bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self).littleEndian
      }
      return String(validating: units, as: UTF16.self)
    default: return nil
    }
  }

  /// Names of `length` bytes each, those that are shorter filled with zeros.
  private func fieldNames(
    _ element: (type: UInt32, content: UnsafeRawBufferPointer), length: Int
  ) -> [String]? {
    guard element.content.count % length == 0 else { return nil }
    return stride(from: 0, to: element.content.count, by: length).map { start in
      String(decoding: element.content[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
