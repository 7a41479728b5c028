import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct SafetensorsRoundTripTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var sample: StateDict {
    var state = StateDict(metadata: ["format": "pt", "note": "tab\t, \"quote\", newline\n, é, 🎈, \u{1}"])
    let bytes = Tensor(uninitialized: [3], dtype: .u8)
    bytes.mutableBytes.copyBytes(from: [1, 2, 255])
    state["pixels"] = bytes
    state["z.weight"] = Tensor([1, -2, .infinity, -0.0, 3.5, .leastNonzeroMagnitude], shape: [2, 3])
    state["a.ids"] = Tensor([Int32.min, 0, Int32.max], shape: [3, 1])
    state["scalar"] = Tensor(scalar: 7)
    state["empty"] = Tensor([Float](), shape: [0, 4])
    return state
  }

  @Test func whatIsWrittenIsRead() throws {
    let url = folder.file("a.safetensors")
    try SafetensorsFile.write(sample, to: url)
    let read = try SafetensorsFile(url: url).stateDict()
    #expect(read.names == sample.names)
    #expect(read.metadata == sample.metadata)
    for (name, tensor) in sample {
      let other = try #require(read[name])
      #expect(other.shape == tensor.shape)
      #expect(other.dtype == tensor.dtype)
      #expect(Array(other.bytes) == Array(tensor.bytes), "\(name)")
    }
  }

  @Test func writingIsDeterministicAndAligned() throws {
    let (first, second) = (folder.file("a"), folder.file("b"))
    try SafetensorsFile.write(sample, to: first)
    try SafetensorsFile.write(sample, to: second)
    let bytes = try Data(contentsOf: first)
    #expect(try bytes == Data(contentsOf: second))
    #expect(bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } % 8 == 0)
    #expect(try folder.contents() == ["a", "b"], "no temporary file stays behind")
  }

  @Test func writingToATensorLeavesTheFileAlone() throws {
    let url = folder.file("a")
    try SafetensorsFile.write(["x": Tensor([1.0, 2], shape: [2])], to: url)
    let before = try Data(contentsOf: url)
    let tensor = try SafetensorsFile(url: url).tensor("x")
    tensor.mutableFloats[0] = 9
    #expect(tensor.array == [9, 2])
    #expect(try Data(contentsOf: url) == before)
  }

  @Test func aTensorOutlivesItsFile() throws {
    let url = folder.file("a")
    try SafetensorsFile.write(["x": Tensor([1.0, 2], shape: [2])], to: url)
    let tensor = try SafetensorsFile(url: url).tensor("x")
    try FileManager.default.removeItem(at: url)
    #expect(tensor.array == [1, 2])
  }

  @Test func aFailedWriteKeepsTheOldFile() throws {
    let url = folder.file("a")
    try SafetensorsFile.write(["x": Tensor(scalar: 1)], to: url)
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write(["__metadata__": Tensor(scalar: 2)], to: url)
    }
    #expect(try SafetensorsFile(url: url).tensor("x").array == [1])
    let missing = folder.file("no/such/folder/a")
    let error = #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write(["x": Tensor(scalar: 2)], to: missing)
    }
    #expect(error?.kind == .cannotCreateOutput)
  }
}
