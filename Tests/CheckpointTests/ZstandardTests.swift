import Checkpoint
import Foundation
import SampleFiles
import TensorCore
import TestSupport
import Testing

/// Weights of every format may lie compressed; what is unpacked is bounded and leaves nothing behind.
@Suite("Weights compressed by Zstandard")
struct ZstandardTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "A compressed file holds what the plain one holds",
    arguments: ["element_types.safetensors", "pytorch/state.pt", "pytorch/legacy.pt", "numpy/compressed.npz"])
  func formats(name: String) throws {
    let url = try Fixture.url(name, bundle: .module)
    let plain = try TensorFormats.open(url)
    let bytes = try Data(contentsOf: url)
    for frames in [
      ZstandardFrames.compressing(bytes), ZstandardFrames.storing(bytes),
      ZstandardFrames.compressing(bytes.prefix(100)) + ZstandardFrames.compressing(bytes.dropFirst(100)),
    ] {
      let file = try TensorFormats.open(folder.write(frames, to: "weights.zst"))
      #expect(file.names == plain.names && file.metadata == plain.metadata)
      for name in plain.names where plain.storedType(of: name)?.tensorType != nil {
        guard let expected = try? plain.tensor(name) else { continue }
        #expect(try storedBytes(of: file.tensor(name)) == storedBytes(of: expected), "\(name)")
      }
    }
  }

  @Test("Shards may be compressed each")
  func shards() throws {
    try SafetensorsFile.write(["a": Tensor(scalar: 3)], to: folder.file("plain"))
    try folder.write(ZstandardFrames.compressing(Data(contentsOf: folder.file("plain"))), to: "m.safetensors")
    let index = try folder.write(#"{"weight_map": {"a": "m.safetensors"}}"#, to: "index.json")
    #expect(try TensorFormats.open(index).tensor("a").item == 3)
  }

  @Test("Damaged, cut off, empty and foreign contents are refused by what they are")
  func refused() throws {
    let bytes = try Data(contentsOf: Fixture.url("pytorch/state.pt", bundle: .module))
    let whole = ZstandardFrames.compressing(bytes)
    func expectRefused(_ data: Data, _ words: String) throws {
      let url = try folder.write(data, to: "bad.zst")
      let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
      #expect(error?.kind == .badData)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    for length in stride(from: 4, to: whole.count, by: 101) {
      try expectRefused(whole.prefix(length), "end too soon")
    }
    try expectRefused(whole + Data("more".utf8), "not a whole Zstandard file")
    try expectRefused(ZstandardFrames.compressing(Data()), "empty")
    try expectRefused(ZstandardFrames.compressing(whole), "no format")
    try expectRefused(ZstandardFrames.compressing(Data("hello".utf8)), "no format")
    try expectRefused(ZstandardFrames.storing(bytes, declaredSize: 7), "not a whole Zstandard file")
  }

  @Test("What grows beyond reason is refused before it fills the disk")
  func bombs() throws {
    let bomb = ZstandardFrames.compressing(Data(count: 1 << 27))
    for data in [bomb, ZstandardFrames.storing(Data(count: 100), declaredSize: .max)] {
      let url = try folder.write(data, to: "bomb.zst")
      let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(url) }
      #expect(error?.description.contains("grows too much") == true, "\(error?.description ?? "")")
    }
  }

  @Test("Unpacked data outlive the file, and no file is left behind")
  func lifetime() throws {
    let temporary = FileManager.default.temporaryDirectory.path
    func leftovers() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: temporary).filter {
        $0.hasPrefix("clipft-") && !$0.hasPrefix("clipft-tests-")
      }
    }
    let before = try leftovers()
    try SafetensorsFile.write(["a": Tensor([1, 2] as [Float], shape: [2])], to: folder.file("plain"))
    let url = try folder.write(
      ZstandardFrames.compressing(Data(contentsOf: folder.file("plain"))), to: "a.zst")
    let tensor = try TensorFormats.open(url).tensor("a")
    try FileManager.default.removeItem(at: url)
    #expect(tensor.array == [1, 2])
    #expect(try leftovers().allSatisfy(before.contains))
  }
}
