import Foundation
import TensorCore

extension PyTorchFile {
  /// Writes a state dict atomically as `torch.save` would: a zip archive that `torch.load(weights_only=True)` accepts.
  ///
  /// Archives of 4 GiB and more are refused; safetensors has no such limit.
  public static func write(_ state: StateDict, to url: URL) throws(CheckpointError) {
    let size = state.reduce(0) { $0 + $1.tensor.byteCount }
    guard size < Int(UInt32.max) - 1 << 24 else {
      throw .cannotCreate(file: url.path, reason: "PyTorch files end at 4 GiB here; write safetensors")
    }
    try AtomicFile.write(to: url) { (output) throws(CheckpointError) in
      var archive = ZipWriter(output)
      try archive.add("archive/data.pkl", Array(PickleWriter.pickle(state)))
      try archive.add("archive/byteorder", Array("little".utf8))
      for (index, (_, tensor)) in state.enumerated() {
        try withExtendedLifetime(tensor) { () throws(CheckpointError) in
          try archive.add("archive/data/\(index)", tensor.bytes)
        }
      }
      try archive.add("archive/version", Array("3\n".utf8))
      try archive.finish()
    }
  }
}

/// Writes a zip archive of members that are stored as they are, their bytes on 64-byte boundaries.
private struct ZipWriter {
  private let output: AtomicFileOutput
  private var position = 0
  private var directory: [UInt8] = []
  private var count = 0

  init(_ output: AtomicFileOutput) { self.output = output }

  mutating func add(_ path: String, _ bytes: [UInt8]) throws(CheckpointError) {
    let result: Result<Void, CheckpointError> = bytes.withUnsafeBytes { bytes in
      do throws(CheckpointError) {
        try add(path, bytes)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  mutating func add(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
    let name = Array(path.utf8)
    let start = position
    // An extra field that readers skip fills up to the boundary.
    let header = 30 + name.count
    var padding = (64 - (start + header) % 64) % 64
    if padding > 0, padding < 4 { padding += 64 }
    let extra =
      padding == 0
      ? []
      : Self.bytes(UInt16(0x4246)) + Self.bytes(UInt16(padding - 4))
        + [UInt8](repeating: 0, count: padding - 4)
    let common = Self.common(bytes)
    let sizes = Self.bytes(UInt16(name.count))
    let local =
      Self.bytes(UInt32(0x0403_4B50)) + common + sizes + Self.bytes(UInt16(extra.count)) + name + extra
    try output.append(local)
    try output.append(bytes)
    position += local.count + bytes.count
    directory += Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(20)) + common + sizes
    // No extra field, comment, disk or attributes.
    directory += [UInt8](repeating: 0, count: 12) + Self.bytes(UInt32(start)) + name
    count += 1
  }

  mutating func finish() throws(CheckpointError) {
    let end =
      Self.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + Self.bytes(UInt16(count)) + Self.bytes(UInt16(count))
      + Self.bytes(UInt32(directory.count)) + Self.bytes(UInt32(position)) + [0, 0]
    try output.append(directory + end)
  }

  /// What a member's own header and its entry in the directory share, from the version needed to the size.
  private static func common(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let size = Self.bytes(UInt32(bytes.count))
    // Version 2.0, no flags, stored, no time, the first day there is.
    return [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + Self.bytes(Checksum.crc32(bytes)) + size + size
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

/// Writes the pickle of a dictionary of tensors, each with a storage of its own, numbered in order.
private enum PickleWriter {
  static func pickle(_ state: StateDict) -> [UInt8] {
    var out: [UInt8] = [0x80, 2]
    out += Array("}(".utf8)
    for (index, (name, tensor)) in state.enumerated() {
      out += text(name)
      out += global("torch._utils", "_rebuild_tensor_v2")
      out += Array("((".utf8) + text("storage") + global("torch", storageType(tensor.dtype))
      out += text(String(index)) + text("cpu") + integer(tensor.count) + Array("tQ".utf8)
      out += integer(0) + tuple(tensor.shape) + tuple(strides(of: tensor.shape))
      // Needs no gradient, has no hooks.
      out += [0x89] + global("collections", "OrderedDict") + Array(")RtR".utf8)
    }
    return out + Array("u.".utf8)
  }

  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [UInt8(ascii: "X")] + withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) } + bytes
  }

  private static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  /// As the shortest that holds it: 32 bits, or a long of 8 bytes.
  private static func integer(_ value: Int) -> [UInt8] {
    guard let short = Int32(exactly: value) else {
      return [0x8A, 8] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    return [UInt8(ascii: "J")] + withUnsafeBytes(of: short.littleEndian) { Array($0) }
  }

  private static func tuple(_ values: [Int]) -> [UInt8] {
    Array("(".utf8) + values.flatMap(integer) + Array("t".utf8)
  }

  private static func strides(of shape: [Int]) -> [Int] {
    var step = 1
    return shape.reversed().map { extent in
      defer { step *= max(1, extent) }
      return step
    }.reversed()
  }

  private static func storageType(_ type: DType) -> String {
    switch type {
    case .f32: "FloatStorage"
    case .bf16: "BFloat16Storage"
    case .f16: "HalfStorage"
    case .i32: "IntStorage"
    case .u8: "ByteStorage"
    }
  }
}
