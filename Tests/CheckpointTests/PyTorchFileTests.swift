import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// Tensors are what PyTorch says they are (fixtures made by make_pytorch.py), and files are never trusted.
@Suite("PyTorch files")
struct PyTorchFileTests {
  private static let files = ["state", "views", "legacy", "training", "module", "script"]
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expected(_ prefix: String) throws -> [String: Tensor] {
    let all = try Fixture.load("pytorch/expected.safetensors", bundle: .module)
    let pairs = all.filter { $0.hasPrefix(prefix) }.map {
      (String($0.name.dropFirst(prefix.count)), $0.tensor)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  private func open(_ name: String) throws -> any TensorFile {
    try TensorFormats.open(Fixture.url("pytorch/\(name).pt", bundle: .module))
  }

  private func expectSame(_ actual: StateDict, _ expected: [String: Tensor]) throws {
    #expect(Set(actual.names) == Set(expected.keys))
    for (name, tensor) in expected {
      let read = try #require(actual[name], "\(name)")
      #expect(read.shape == tensor.shape && read.dtype == tensor.dtype, "\(name)")
      #expect(read.bytes.elementsEqual(tensor.bytes), "\(name)")
    }
  }

  @Test("A state dictionary, a module of an unknown class and a TorchScript archive hold the same tensors")
  func models() throws {
    let tensors = try expected("state.")
    for name in ["state", "module", "script"] { try expectSame(open(name).stateDict(), tensors) }
  }

  @Test("In a training checkpoint, the weights are found and their entry is named")
  func training() throws {
    let file = try open("training")
    #expect(file.metadata == ["entry": "state_dict"])
    let tensors = try expected("state.")
    try expectSame(file.stateDict().renamed { String($0.dropFirst("module.".count)) }, tensors)
  }

  @Test("Of weights and their averages the weights are read, and that the averages are not is said")
  func averaged() throws {
    let file = try open("averaged")
    #expect(file.metadata == ["entry": "state_dict", "others": "'state_dict_ema'"])
    try expectSame(file.stateDict(), expected("state."))
  }

  @Test("Entries that contain each other are no end of searching")
  func endless() throws { try expectSame(open("endless").stateDict(), expected("state.")) }

  @Test("Views, element types and shared data are read as they are", arguments: ["views", "legacy"])
  func views(name: String) throws {
    try expectSame(open(name).stateDict(), expected("views."))
  }

  @Test("A tensor that is read by itself is what it is among all", arguments: files + ["views"])
  func single(name: String) throws {
    let file = try open(name)
    for (tensor, value) in try file.stateDict() {
      let alone = try file.tensor(tensor)
      #expect(alone.shape == value.shape && alone.dtype == value.dtype, "\(tensor)")
      #expect(storedBytes(of: alone) == storedBytes(of: value), "\(tensor)")
    }
  }

  /// Whether all tensors of a state lie within one piece of memory, of so many bytes.
  private func share(_ state: StateDict, bytes: Int) -> Bool {
    let addresses = state.compactMap { $0.tensor.bytes.baseAddress }
    guard let first = addresses.min(), let last = addresses.max() else { return false }
    return last - first < bytes
  }

  @Test("Where all is read, what lies plainly in the file is not copied")
  func sharing() throws {
    let file = try open("state")
    let size = try Data(contentsOf: file.url).count
    #expect(
      share(try file.stateDict().filter { $0.hasSuffix(".weight") || $0.hasSuffix(".bias") }, bytes: size))
  }

  // MARK: Writing

  @Test("What is written is read again bit for bit, views and shapes of all kinds included")
  func roundTrip() throws {
    let state = try open("views").stateDict()
    try PyTorchFile.write(state, to: folder.file("again.pt"))
    let again = try TensorFormats.open(folder.file("again.pt"))
    #expect(again.names == state.names)
    try expectSame(again.stateDict(), expected("views."))
    // Data lie on boundaries, so that they can be used in place.
    let tensor = try #require(again.stateDict()["shared"])
    #expect(tensor.bytes.baseAddress.map { Int(bitPattern: $0) % tensor.dtype.byteWidth } == 0)
  }

  // MARK: Hostile files

  /// Reads everything; errors are expected, crashes are not.
  private func survive(_ bytes: some DataProtocol, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let url = try folder.write(bytes, to: "hostile.pt")
    do {
      _ = try TensorFormats.open(url).stateDict()
    } catch {
      #expect(error.kind == .badData, sourceLocation: sourceLocation)
    }
  }

  @Test("Files cut off anywhere are refused or read, never trusted", arguments: files)
  func truncation(name: String) throws {
    let whole = try Data(contentsOf: Fixture.url("pytorch/\(name).pt", bundle: .module))
    for length in stride(from: 1, to: whole.count, by: 37) { try survive(whole.prefix(length)) }
  }

  @Test("Damaged bytes are refused or read, never trusted", arguments: files)
  func mutations(name: String) throws {
    let whole = try Data(contentsOf: Fixture.url("pytorch/\(name).pt", bundle: .module))
    var random = SeededRandom(17)
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0...random.int(below: 4) {
        damaged[random.int(below: damaged.count)] = UInt8(random.int(below: 256))
      }
      try survive(damaged)
    }
  }

  @Test("Calls in a pickle are never made")
  func calls() throws {
    let marker = folder.file("called")
    let command = "touch \(marker.path)"
    let pickle: [UInt8] =
      [0x80, 2] + Array("cos\nsystem\n(X".utf8) + [UInt8(command.utf8.count), 0, 0, 0] + Array(command.utf8)
      + Array("tR.".utf8)
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let number: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    let keys: [UInt8] = [0x80, 2, 0x5D, 0x2E]
    let url = try folder.write(magic + number + number + pickle + keys, to: "evil.pt")
    let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
    #expect(error?.description.contains("no tensors") == true)
    #expect(!FileManager.default.fileExists(atPath: marker.path))
  }

  @Test("Values nested a million deep, and extents beyond counting, are survived")
  func depth() throws {
    let header: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let number: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    let keys: [UInt8] = [0x80, 2, 0x5D, 0x2E]
    let tuples = [UInt8](repeating: 0x85, count: 1_000_000)
    try survive(header + number + number + [0x80, 2, 0x4E] + tuples + [0x2E] + keys)
    let lists = [UInt8](repeating: 0x5D, count: 500_000) + [UInt8](repeating: 0x61, count: 499_999)
    try survive(header + number + number + [0x80, 2] + lists + [0x2E] + keys)
    // A tensor of no elements, the largest offset and the largest extents.
    let largest: [UInt8] = [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127]
    let storage =
      Array("((X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\0".utf8)
      + Array("0X\u{3}\0\0\0cpuK\u{1}tQ".utf8)
    let extents = Array("(K\0".utf8) + largest + largest + Array("t".utf8)
    let tensor =
      Array("}X\u{1}\0\0\0actorch._utils\n_rebuild_tensor_v2\n".utf8) + storage + largest + extents + extents
      + Array("tRs".utf8)
    let data: [UInt8] = [
      0x80, 2, 0x5D, 0x58, 1, 0, 0, 0, 0x30, 0x61, 0x2E, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
    try survive(header + number + number + [0x80, 2] + tensor + [0x2E] + data)
  }

  @Test("A few bytes that refer to the same long value again and again do not fill the memory")
  func amplification() throws {
    let header: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let number: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    func legacy(_ pickle: [UInt8]) -> [UInt8] {
      header + number + number + [0x80, 2] + pickle + [0x2E, 0x80, 2, 0x5D, 0x2E]
    }
    func times(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
      Array(repeatElement(bytes, count: count).joined())
    }
    // Tensors of 100,000 dimensions, all with the extents of one tuple.
    let extents = Array("(".utf8) + times(100_000, [0x4B, 1]) + [0x74, 0x71, 0]
    let rebuild = Array("ctorch._utils\n_rebuild_tensor_v2\nq\u{1}".utf8)
    let storage =
      Array("((X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\0".utf8)
      + Array("0X\u{3}\0\0\0cpuK\u{1}tQq\u{2}t".utf8)
    let tensor = Array("h\u{1}(h\u{2}K\0h\0h\0tR".utf8)
    try survive(legacy(extents + rebuild + storage + times(20_000, tensor)))
    // Names of classes, and of tensors, out of one text of a million bytes.
    let text = [0x58, 0x40, 0x42, 0x0F, 0] + [UInt8](repeating: 0x61, count: 1_000_000) + [0x71, 0]
    try survive(legacy(text + times(20_000, [0x68, 0, 0x68, 0, 0x93])))
    let dictionaries = times(20_000, [0x7D, 0x68, 0, 0x68, 0, 0x73])
    try survive(legacy(text + dictionaries))
  }

  @Test("A description larger than any model's is refused")
  func largeDescriptions() throws {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let nothings = Data(magic + [0x80, 2]) + Data(repeating: 0x4E, count: 9_000_000)
    let long = Data(magic + [0x80, 2, 0x63]) + Data(repeating: 0x61, count: 100_000) + Data("\nb\n.".utf8)
    let index = Data("{".utf8) + Data(repeating: 0x20, count: 1 << 26)
    for (bytes, words) in [(nothings, "more instructions"), (long, "cut off"), (index, "an index of shards")]
    {
      let url = try folder.write(bytes, to: "large")
      let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("A shape beyond the file is refused before anything counts its elements")
  func shapes() throws {
    let whole = try Data(contentsOf: Fixture.url("pytorch/legacy.pt", bundle: .module))
    let extents = Data("K\u{4}K\u{6}".utf8)
    let place = try #require(whole.range(of: extents) ?? whole.range(of: Data("K\u{6}K\u{4}".utf8)))
    var damaged = whole
    damaged.replaceSubrange(place, with: [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127, 0x4B, 2])
    let url = try folder.write(damaged, to: "large.pt")
    let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
    #expect(error?.description.contains("larger than the file") == true)
  }

  @Test("Other files are refused by what they are")
  func otherFormats() throws {
    for text in ["hello", "\u{80}\u{2}.", "PK\u{3}\u{4}", "{\"weight_map\": 3}"] {
      let url = try folder.write(text, to: "other")
      #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
    }
  }

  // MARK: Shards

  @Test("Shards are read as one file, from beside their index only")
  func shards() throws {
    let tensor = Tensor([1, 2] as [Float], shape: [2])
    try SafetensorsFile.write(["a": tensor], to: folder.file("m-1.safetensors"))
    try SafetensorsFile.write(["b": tensor], to: folder.file("m-2.safetensors"))
    let index =
      #"{"metadata": {"total_size": 16}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}"#
    let file = try TensorFormats.open(folder.write(index, to: "index.json"))
    #expect(file.names == ["a", "b"])
    #expect(try file.stateDict()["b"]?.array == [1, 2])
    for shard in ["../m-1.safetensors", "/etc/passwd", "..", "missing.safetensors", "m-2.safetensors"] {
      let bad = #"{"weight_map": {"a": "\#(shard)"}}"#
      #expect(throws: CheckpointError.self) { try TensorFormats.open(folder.write(bad, to: "bad.json")) }
    }
  }
}
