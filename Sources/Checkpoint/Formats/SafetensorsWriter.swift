import Foundation
import TensorCore

extension SafetensorsFile {
  /// Writes a state dict atomically; the same names, order, tensors and metadata give the same bytes.
  public static func write(_ state: StateDict, to url: URL) throws(CheckpointError) {
    guard !state.contains(SafetensorsHeader.metadataKey) else {
      throw .badTensor(
        file: url.path, name: SafetensorsHeader.metadataKey, problem: "the format reserves this name")
    }
    // Wide elements first, so that every tensor is aligned; the header keeps the given order.
    let layout = state.enumerated().sorted {
      ($1.element.tensor.dtype.byteWidth, $0.offset) < ($0.element.tensor.dtype.byteWidth, $1.offset)
    }.map(\.element)
    let header = headerBytes(state, dataOrder: layout)
    guard header.count <= SafetensorsHeader.maximumByteCount else {
      throw .cannotCreate(file: url.path, reason: "its header would exceed the format's limit of 100 MB")
    }
    try AtomicFile.write(to: url) { (output) throws(CheckpointError) in
      let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
      try output.append(length + header)
      for (_, tensor) in layout {
        try withExtendedLifetime(tensor) { () throws(CheckpointError) in try output.append(tensor.bytes) }
      }
    }
  }

  private static func headerBytes(_ state: StateDict, dataOrder: [(name: String, tensor: Tensor)]) -> [UInt8]
  {
    var offsets: [String: Int] = [:]
    var position = 0
    for (name, tensor) in dataOrder {
      offsets[name] = position
      position += tensor.byteCount
    }
    var fields: [String] = []
    if !state.metadata.isEmpty {
      let pairs = state.metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\(quoted(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    for (name, tensor) in state {
      let start = offsets[name] ?? 0
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let type = SafetensorsType(tensor.dtype).rawValue
      fields.append(
        "\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
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
