import Foundation
import TensorCore

/// A file that `torch.save` or `torch.jit.save` wrote. Of an archive, opening reads only the description, and each tensor is
/// read when it is asked for; a file from before PyTorch 1.6 is read into memory.
///
/// State dictionaries, training checkpoints, whole modules and TorchScript archives; of modules, tensors are recovered
/// from the description without anything being imported or run.
public struct PyTorchFile: TensorFile {
  public static let format = "PyTorch"

  public let url: URL
  /// Tensor names in the order of the file.
  public let names: [String]
  /// `entry`: the part of a training checkpoint in which the tensors were found, such as `state_dict`; `others`:
  /// parts beside it that hold tensors too; `container`: `TorchScript` if it is an archive of that.
  public let metadata: [String: String]
  private let tensors: [String: PickledTensor]
  /// Bytes of each storage in the file.
  private let storages: [String: Range<Int>]
  private let file: SourceFile
  /// The whole file, where it was read to be understood.
  private let whole: Storage?

  public init(_ file: SourceFile) throws(CheckpointError) {
    let url = file.url
    let isArchive = try file.prefix(ZipDirectory.signature.count).elementsEqual(ZipDirectory.signature)
    let whole = isArchive ? nil : try file.contents()
    let contents: Contents
    do {
      contents = try whole.map { try Self.legacy($0.bytes, file: url.path) } ?? Self.archive(file)
    } catch let error as CheckpointError {
      throw error
    } catch let error as PickleReader.Problem {
      throw .malformed(file: url.path, problem: "its pickle has \(error.message)")
    } catch {
      throw .malformed(file: url.path, problem: "it is cut off")
    }
    let states = withExtendedLifetime(contents) { PickledStates(contents.root) }
    guard !states.tensors.isEmpty else {
      throw .malformed(file: url.path, problem: "it holds no tensors by name")
    }
    self.url = url
    self.file = file
    self.whole = whole
    storages = contents.storages
    var metadata = contents.isTorchScript ? ["container": "TorchScript"] : [:]
    if !states.key.isEmpty { metadata["entry"] = states.key }
    if !states.others.isEmpty { metadata["others"] = states.others.map { "'\($0)'" }.joined(separator: ", ") }
    self.metadata = metadata
    var tensors: [String: PickledTensor] = [:]
    var names: [String] = []
    for (name, tensor) in states.tensors {
      guard let size = tensor.type.byteCount(of: tensor.shape), size <= file.byteCount else {
        throw .badTensor(file: url.path, name: name, problem: "its shape is larger than the file")
      }
      if tensors.updateValue(tensor, forKey: name) == nil { names.append(name) }
    }
    self.names = names
    self.tensors = tensors
  }

  /// Whether a file begins like one of PyTorch's: a zip archive, or a pickle of protocol 2 or later.
  public static func matches(_ prefix: [UInt8]) -> Bool {
    if prefix.starts(with: ZipDirectory.signature) { return true }
    guard let first = prefix.first, let version = prefix.dropFirst().first else { return false }
    return first == 0x80 && (2...5).contains(version)
  }

  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }
  public func storedType(of name: String) -> SafetensorsType? { tensors[name]?.type }

  /// A tensor as stored; types as with safetensors.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor { try tensor(name, in: whole) }

  /// Views of the file in memory where the layout allows it, else copies: tensors may share their data, so that the file
  /// is read once.
  public func stateDict() throws(CheckpointError) -> StateDict {
    let contents = if let whole { whole } else { try file.contents() }
    var state = StateDict(metadata: metadata)
    for name in names { state[name] = try tensor(name, in: contents) }
    return state
  }

  /// `contents` is the whole file; nil reads what the tensor needs.
  private func tensor(_ name: String, in contents: Storage?) throws(CheckpointError) -> Tensor {
    guard let tensor = tensors[name] else { throw .missingTensor(file: url.path, name: name) }
    guard let range = storages[tensor.storage.key] else {
      throw failure(name, "its data '\(tensor.storage.key)' are missing")
    }
    let width = tensor.type.byteWidth
    guard (0...range.count / width).contains(tensor.offset),
      tensor.strides.allSatisfy({ $0 >= 0 }), let last = tensor.lastElement,
      last < range.count / width, let size = tensor.type.byteCount(of: tensor.shape), size <= range.count
    else { throw failure(name, "it reaches beyond its data") }
    var start = range.lowerBound + tensor.offset * width
    // Of no elements, the last one is before the first.
    let end = max(start, range.lowerBound + (last + 1) * width)
    var data: Storage
    if let contents { data = contents } else { (data, start) = (try file.read(start..<end), 0) }
    if !tensor.isContiguous {
      let source = UnsafeRawBufferPointer(start: data.pointer + start, count: data.byteCount - start)
      data = StridedElements.gathered(
        from: source, shape: tensor.shape, strides: tensor.strides, width: width)
      start = 0
    }
    do {
      return try Tensor.stored(as: tensor.type, shape: tensor.shape, in: data, at: start)
    } catch {
      throw failure(name, error.message)
    }
  }

  private func failure(_ name: String, _ problem: String) -> CheckpointError {
    .badTensor(file: url.path, name: name, problem: problem)
  }

  // MARK: Containers

  private struct Contents {
    let root: PickleValue
    let arena: PickleArena
    let storages: [String: Range<Int>]
    var isTorchScript = false
  }

  /// `NAME/data.pkl` and `NAME/data/KEY`.
  private static func archive(_ source: SourceFile) throws -> Contents {
    let file = source.url.path
    func bytes(_ range: Range<Int>) throws(CheckpointError) -> [UInt8] {
      let storage = try source.read(range)
      return withExtendedLifetime(storage) { Array(storage.bytes) }
    }
    let directory = try ZipDirectory(size: source.byteCount, file: file) {
      (offset, count) throws(CheckpointError) in try bytes(offset..<offset + count)
    }
    // Compressed members are source code only.
    let members = Dictionary(
      uniqueKeysWithValues: directory.members.filter { $0.compression == .none }.map { ($0.path, $0.range) })
    guard let path = members.keys.filter({ $0.hasSuffix("/data.pkl") }).min(by: { $0.count < $1.count }),
      let pickle = members[path]
    else { throw CheckpointError.malformed(file: file, problem: "the archive is not one of PyTorch's") }
    let root = path.dropLast("data.pkl".count)
    if let order = members[root + "byteorder"], try !bytes(order).elementsEqual("little".utf8) {
      throw CheckpointError.malformed(file: file, problem: "its numbers are big-endian")
    }
    var storages: [String: Range<Int>] = [:]
    let prefix = root + "data/"
    for (path, range) in members where path.hasPrefix(prefix) {
      storages[String(path.dropFirst(prefix.count))] = range
    }
    return try bytes(pickle).withUnsafeBytes { bytes in
      var reader = PickleReader(bytes)
      return Contents(
        root: try reader.read(), arena: reader.arena, storages: storages,
        isTorchScript: members[root + "constants.pkl"] != nil)
    }
  }

  /// Before PyTorch 1.6: pickles of a magic number, a version, the machine, the object and the storages' keys, and then
  /// each storage with its count of elements before it.
  private static func legacy(_ bytes: UnsafeRawBufferPointer, file: String) throws -> Contents {
    var pickles = PickleReader(bytes)
    guard case .long = try pickles.read(), pickles.position < bytes.count else {
      throw CheckpointError.malformed(file: file, problem: "it is a pickle, but not one of PyTorch's")
    }
    for _ in 0..<2 { _ = try pickles.read() }
    let root = try pickles.read()
    guard case .list(let keys) = try pickles.read() else {
      throw CheckpointError.malformed(file: file, problem: "the list of its data is missing")
    }
    var widths: [String: Int] = [:]
    for (_, tensor) in PickledStates(root).tensors {
      widths[tensor.storage.key] = tensor.storage.type?.byteWidth ?? 1
    }
    var reader = ByteReader(bytes, at: pickles.position)
    var storages: [String: Range<Int>] = [:]
    for key in keys.items {
      guard let key = key.text, let count = Int(exactly: try reader.number(UInt64.self)) else {
        throw CheckpointError.malformed(file: file, problem: "the sizes of its data are damaged")
      }
      // The width of what no tensor uses is unknown, and with it where the next one starts.
      guard let width = widths[key] else { break }
      let (size, overflows) = count.multipliedReportingOverflow(by: width)
      guard !overflows else { throw ByteReader.EndOfData(offset: reader.position) }
      storages[key] = reader.position..<reader.position + (try reader.take(size)).count
    }
    return Contents(root: root, arena: pickles.arena, storages: storages)
  }
}

extension PickledTensor {
  /// Position in the storage of the last element; nil if it is beyond counting. Of no elements, −1.
  fileprivate var lastElement: Int? {
    guard !shape.contains(0) else { return -1 }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (step, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carries) = last.addingReportingOverflow(step)
      guard !overflows, !carries else { return nil }
      last = sum
    }
    return last
  }

  fileprivate var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() {
      guard extent == 1 || stride == expected else { return false }
      // No product of extents overflows but where one of them is 0, and there is nothing to read.
      expected &*= extent
    }
    return true
  }
}
