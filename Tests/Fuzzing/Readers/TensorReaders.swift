import Checkpoint
import Foundation
import SampleFiles
import TensorCore

/// Files of weights, in every format.
enum TensorReaders {
  private static let weights = "weights"

  static func all() throws -> [FuzzReader] {
    let state = try views()
    let plain = try bytes { try SafetensorsFile.write(state, to: $0) }
    let archive = try bytes { try PyTorchFile.write(state, to: $0) }
    let torch = try ["state", "views", "training", "module", "script"].map { try fixture("pytorch/\($0).pt") }
    let legacy = try fixture("pytorch/legacy.pt")
    let arrays = try ["numpy/plain.npz", "numpy/compressed.npz"].map(fixture) + [false, true].map(npz)
    return [
      reader("safetensors", [plain, try fixture("pytorch/expected.safetensors")], safetensorsWords) {
        $2.random.chance(0.6) ? Damage.safetensorsHeader(&$0, $1, &$2) : $2.mutate(&$0, others: $1)
      },
      shards(plain),
      reader("pytorch-zip", torch + [archive], pickleWords) {
        $2.random.chance(0.5) ? Damage.zipMember(&$0, $1, &$2) : $2.mutate(&$0, others: $1)
      },
      reader("pytorch-legacy", [legacy], pickleWords),
      reader("npz", arrays, npzWords) {
        $2.random.chance(0.5) ? Damage.zipMember(&$0, $1, &$2) : $2.mutate(&$0, others: $1)
      },
      compressed([plain, archive, legacy] + arrays),
    ]
  }

  private static let safetensorsWords = [
    "\"dtype\"", "\"shape\"", "\"data_offsets\"", "__metadata__", "F32", "F16", "BF16", "I64", "BOOL",
    "[0,0]",
    "\\u0000", "\\ud800", "{", "}", "[", "]",
  ]
  private static let pickleWords = [
    "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "(", "t",
    "u", "}",
    "]", "R", "Q", "b", ".", "\u{1}h", "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}",
    "PK\u{6}\u{7}",
    "/data.pkl", "/data/0", "state_dict",
  ]
  private static let npzWords = [
    "'descr'", "'fortran_order'", "'shape'", "True", "False", "'<f4'", "'|O'", "'|V2'", "'>f8'", "(", ")",
    ",", "}",
    "\u{93}NUMPY", "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", ".npy",
  ]

  private static func reader(
    _ name: String, _ seeds: [Data], _ words: [String],
    damage: @escaping @Sendable (inout [UInt8], [[UInt8]], inout Mutator) -> Void = {
      $2.mutate(&$0, others: $1)
    }
  ) -> FuzzReader {
    FuzzReader(
      name: name, seeds: seeds.map { [weights: $0] }, targets: [weights], words: words, damage: damage
    ) { try read($0.appendingPathComponent(weights)) }
  }

  private static func shards(_ plain: Data) -> FuzzReader {
    let index = "index.json"
    let names = (try? names(of: plain)) ?? []
    let map = names.map { "\"\($0)\": \"a.safetensors\"" }.joined(separator: ", ")
    let seed = [
      index: Data("{\"metadata\": {\"total_size\": 16}, \"weight_map\": {\(map)}}".utf8),
      "a.safetensors": plain,
    ]
    return FuzzReader(
      name: "shards", seeds: [seed], targets: [index, "a.safetensors"],
      words: safetensorsWords + [
        "\"weight_map\"", "a.safetensors", "../", "/dev/zero", "index.json", "PK\u{3}\u{4}",
      ]
    ) { try read($0.appendingPathComponent(index)) }
  }

  /// What is damaged is the compressed file, or what is in it.
  private static func compressed(_ contents: [Data]) -> FuzzReader {
    let contents = contents.map { [UInt8]($0) }
    return reader(
      "zst", contents.map { ZstandardFrames.compressing(Data($0)) }, ["(\u{b5}/\u{fd}", "P*M\u{18}"]
    ) {
      (bytes, others, mutator) in
      guard mutator.random.chance(0.3) else { return mutator.mutate(&bytes, others: others) }
      var plain = contents[mutator.random.int(below: contents.count)]
      mutator.mutate(&plain, others: contents)
      let data = Data(plain)
      bytes = [UInt8](
        mutator.random.chance(0.5) ? ZstandardFrames.compressing(data) : ZstandardFrames.storing(data))
      if mutator.random.chance(0.2) { mutator.mutate(&bytes, others: others) }
    }
  }

  /// Reads every tensor, also behind one that cannot be read.
  static func read(_ url: URL) throws {
    let file = try TensorFormats.open(url)
    var failure: CheckpointError?
    var state = StateDict(metadata: file.metadata)
    var elements = 0
    for name in file.names {
      elements += (file.shape(of: name) ?? []).reduce(1, *) + (file.storedType(of: name)?.byteWidth ?? 0)
      do {
        let tensor = try file.tensor(name)
        state[name] = tensor
        _ = tensor.bytes.reduce(UInt8(0), ^)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    _ = try? KeyMapRegistry.canonical(state)
  }

  // MARK: Seeds

  private static func fixture(_ name: String) throws -> Data {
    try Repository.file("Tests/CheckpointTests/Fixtures/\(name)")
  }

  private static func views() throws -> StateDict {
    let url = try temporary(fixture("pytorch/views.pt"))
    defer { try? FileManager.default.removeItem(at: url) }
    return try TensorFormats.open(url).stateDict()
  }

  private static func names(of data: Data) throws -> [String] {
    let url = try temporary(data)
    defer { try? FileManager.default.removeItem(at: url) }
    return try TensorFormats.open(url).names
  }

  private static func temporary(_ data: Data) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "clipft-fuzz-\(UUID().uuidString)")
    try data.write(to: url)
    return url
  }

  static func bytes(_ write: (URL) throws -> Void) throws -> Data {
    let url = try temporary(Data())
    defer { try? FileManager.default.removeItem(at: url) }
    try write(url)
    return try Data(contentsOf: url)
  }

  private static func npz(deflated: Bool) -> Data {
    var zip = ZipWriter()
    for (name, type, order, shape, count) in [
      ("a", "<f4", "False", "(2, 3)", 24), ("b/c", "<f2", "True", "(3, 2, 2)", 24),
      ("d", "|V2", "False", "(5,)", 10),
      ("e", "<i8", "True", "(2, 2)", 32), ("f", "<f8", "False", "()", 8), ("g", "|b1", "False", "(0, 3)", 0),
    ] {
      let header = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
      let start = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
      zip.add("\(name).npy", Data(start + Array(header.utf8)) + Data(count: count), deflated: deflated)
    }
    return zip.finished
  }
}
