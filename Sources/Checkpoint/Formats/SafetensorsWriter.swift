import Foundation
import TensorCore

extension SafetensorsFile {
  /// A tensor that a file is to hold.
  public struct Description: Sendable, Equatable {
    public let name: String
    public let shape: [Int]
    public let dtype: DType

    public init(name: String, shape: [Int], dtype: DType = .f32) {
      (self.name, self.shape, self.dtype) = (name, shape, dtype)
    }

    fileprivate var byteCount: Int { shape.reduce(1, *) * dtype.byteWidth }
  }

  /// Writes a state dict atomically; the same names, order, tensors and metadata give the same bytes.
  public static func write(_ state: StateDict, to url: URL) throws(CheckpointError) {
    let tensors = state.map { Description(name: $0.name, shape: $0.tensor.shape, dtype: $0.tensor.dtype) }
    let layout = try Layout(tensors, metadata: state.metadata, file: url)
    try AtomicFile.write(to: url) { (output) throws(CheckpointError) in
      try output.append(layout.start)
      for description in layout.order {
        guard let tensor = state[description.name] else { continue }
        try withExtendedLifetime(tensor) { () throws(CheckpointError) in try output.append(tensor.bytes) }
      }
    }
  }

  /// Writes a file atomically without its tensors ever being in memory together: each is asked for once, when its turn has
  /// come, in the order given but for wide elements, which are first. What `tensor` throws is thrown, and nothing written.
  public static func write(
    _ tensors: [Description], metadata: [String: String] = [:], to url: URL, tensor: (String) throws -> Tensor
  ) throws {
    let layout = try Layout(tensors, metadata: metadata, file: url)
    var failure: (any Error)?
    do {
      try AtomicFile.write(to: url) { (output) throws(CheckpointError) in
        try output.append(layout.start)
        for description in layout.order {
          let next: Tensor
          do {
            next = try tensor(description.name)
          } catch {
            failure = error
            throw .writeFailed(file: url.path, reason: "a tensor could not be made")
          }
          guard next.shape == description.shape, next.dtype == description.dtype else {
            throw .badTensor(
              file: url.path, name: description.name,
              problem: "it is \(next.shape) of \(next.dtype.rawValue), not as was said")
          }
          try withExtendedLifetime(next) { () throws(CheckpointError) in try output.append(next.bytes) }
        }
      }
    } catch {
      throw failure ?? error
    }
  }
}

/// Where the tensors of a file lie, and what comes before them.
private struct Layout {
  /// In the order of their data: wide elements first, so that every tensor is aligned. The header keeps the given order.
  let order: [SafetensorsFile.Description]
  /// The header and its length.
  let start: [UInt8]

  init(
    _ tensors: [SafetensorsFile.Description], metadata: [String: String], file: URL
  ) throws(CheckpointError) {
    guard !tensors.contains(where: { $0.name == SafetensorsHeader.metadataKey }) else {
      throw .badTensor(
        file: file.path, name: SafetensorsHeader.metadataKey, problem: "the format reserves this name")
    }
    order = tensors.enumerated().sorted {
      ($1.element.dtype.byteWidth, $0.offset) < ($0.element.dtype.byteWidth, $1.offset)
    }.map(\.element)
    let header = Self.header(tensors, metadata, dataOrder: order)
    guard header.count <= SafetensorsHeader.maximumByteCount else {
      throw .cannotCreate(file: file.path, reason: "its header would exceed the format's limit of 100 MB")
    }
    start = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
  }

  private static func header(
    _ tensors: [SafetensorsFile.Description], _ metadata: [String: String],
    dataOrder: [SafetensorsFile.Description]
  ) -> [UInt8] {
    var offsets: [String: Int] = [:]
    var position = 0
    for tensor in dataOrder {
      offsets[tensor.name] = position
      position += tensor.byteCount
    }
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\(quoted(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    for tensor in tensors {
      let start = offsets[tensor.name] ?? 0
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let type = SafetensorsType(tensor.dtype).rawValue
      fields.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(start),\(start + tensor.byteCount)]}")
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    // The data begin on a 64-byte boundary of the file: what is mapped is aligned for SIMD.
    while (header.count + 8) % 64 != 0 { header.append(UInt8(ascii: " ")) }
    return header
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case ..<" ": result += "\\u" + String(0x1_0000 + scalar.value, radix: 16).dropFirst()
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
