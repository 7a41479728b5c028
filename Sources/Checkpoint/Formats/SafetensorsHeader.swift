/// The table of contents of a safetensors file, checked: every tensor lies within the data, and together they
/// cover it without overlap or hole.
struct SafetensorsHeader {
  struct Entry: Sendable {
    let type: SafetensorsType
    let shape: [Int]
    /// Bytes of the tensor, counted from the start of the file.
    let range: Range<Int>
  }

  static let metadataKey = "__metadata__"
  /// The limit of the reference implementation.
  static let maximumByteCount = 100_000_000
  static let maximumRank = 64

  var names: [String] = []
  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]

  init(of source: SourceFile) throws(CheckpointError) {
    let (file, byteCount) = (source.url.path, source.byteCount)
    guard byteCount >= 8 else {
      throw .malformed(file: file, problem: "\(byteCount) bytes are too few for a safetensors file")
    }
    let length = try source.read(0..<8)
    let declared = withExtendedLifetime(length) {
      UInt64(littleEndian: length.bytes.loadUnaligned(as: UInt64.self))
    }
    guard declared <= UInt64(Self.maximumByteCount) else {
      throw .malformed(
        file: file, problem: "a safetensors header of \(declared) bytes exceeds the limit of 100 MB")
    }
    let dataStart = 8 + Int(declared)
    guard dataStart <= byteCount else {
      throw .malformed(
        file: file, problem: "the safetensors header needs \(declared) bytes, \(byteCount - 8) are there")
    }
    let header = try source.read(8..<dataStart)
    do throws(HeaderScanner.Problem) {
      try withExtendedLifetime(header) { () throws(HeaderScanner.Problem) in
        try parse(UnsafeRawBufferPointer(start: header.pointer, count: dataStart - 8), dataStart: dataStart)
      }
    } catch {
      throw .malformed(
        file: file, problem: "the safetensors header has \(error.message) at byte \(8 + error.offset)")
    }
    try checkCoverage(of: dataStart..<byteCount, file: file)
  }

  private mutating func parse(
    _ bytes: UnsafeRawBufferPointer, dataStart: Int
  ) throws(HeaderScanner.Problem) {
    var scanner = HeaderScanner(bytes)
    guard bytes.first == UInt8(ascii: "{") else { throw scanner.problem("no '{' at its start") }
    var hasMetadata = false
    var names: [String] = []
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    try scanner.object { (scanner, key) throws(HeaderScanner.Problem) in
      if key == Self.metadataKey {
        guard !hasMetadata else { throw scanner.problem("two blocks of metadata") }
        hasMetadata = true
        try scanner.object { (scanner, key) throws(HeaderScanner.Problem) in
          let value = try scanner.string()
          guard metadata.updateValue(value, forKey: key) == nil else {
            throw scanner.problem("the metadata key '\(key)' twice")
          }
        }
      } else {
        let entry = try Self.parseEntry(&scanner, name: key, dataStart: dataStart)
        guard entries.updateValue(entry, forKey: key) == nil else {
          throw scanner.problem("the tensor '\(key)' twice")
        }
        names.append(key)
      }
    }
    try scanner.end()
    self.names = names
    self.entries = entries
    self.metadata = metadata
  }

  private static func parseEntry(
    _ scanner: inout HeaderScanner, name: String, dataStart: Int
  ) throws(HeaderScanner.Problem) -> Entry {
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, field) throws(HeaderScanner.Problem) in
      switch field {
      case "dtype" where type == nil:
        let text = try scanner.string()
        type = SafetensorsType(rawValue: text)
        guard type != nil else { throw scanner.problem("the unknown type '\(text)' for tensor '\(name)'") }
      case "shape" where shape == nil: shape = try scanner.naturalNumbers(limit: maximumRank)
      case "data_offsets" where offsets == nil: offsets = try scanner.naturalNumbers(limit: 2)
      default: throw scanner.problem("an unknown or repeated field '\(field)' for tensor '\(name)'")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw scanner.problem("no complete dtype, shape and data_offsets for tensor '\(name)'")
    }
    guard let byteCount = type.byteCount(of: shape) else {
      throw scanner.problem("a shape too large for tensor '\(name)'")
    }
    let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
    guard offsets[0] <= offsets[1], !overflow, offsets[1] - offsets[0] == byteCount else {
      throw scanner.problem("offsets that do not fit the shape and type of tensor '\(name)'")
    }
    return Entry(type: type, shape: shape, range: offsets[0] + dataStart..<end)
  }

  private func checkCoverage(of data: Range<Int>, file: String) throws(CheckpointError) {
    let ordered = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }
    var position = data.lowerBound
    for (name, entry) in ordered {
      guard entry.range.upperBound <= data.upperBound else {
        throw .badTensor(file: file, name: name, problem: "its data lie beyond the end of the file")
      }
      guard entry.range.lowerBound == position else {
        let problem =
          entry.range.lowerBound < position ? "overlap another tensor" : "leave a hole before them"
        throw .badTensor(file: file, name: name, problem: "its data \(problem)")
      }
      position = entry.range.upperBound
    }
    guard position == data.upperBound else {
      throw .malformed(
        file: file, problem: "\(data.upperBound - position) bytes after the last tensor belong to none")
    }
  }
}
