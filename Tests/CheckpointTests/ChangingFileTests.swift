import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// A file that another program writes to gives the numbers it had, or an error; never others, and never an end by a signal.
@Suite("Files that change")
struct ChangingFileTests {
  private let folder: TemporaryFolder
  private let state: StateDict = [
    "a": Tensor((0..<600).map { Float($0) }, shape: [600]),
    "b": Tensor((0..<600).map { Float(-$0) }, shape: [600]),
  ]

  init() throws { folder = try TemporaryFolder() }

  private func write(_ state: StateDict, _ name: String) throws -> URL {
    let file = folder.file(name)
    try name.hasSuffix(".pt") ? PyTorchFile.write(state, to: file) : SafetensorsFile.write(state, to: file)
    return file
  }

  /// Changes bytes of the file itself, as `cp` onto it does.
  private func overwrite(_ file: URL, with bytes: Data) throws {
    let handle = try FileHandle(forWritingTo: file)
    defer { try? handle.close() }
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: bytes)
  }

  @Test(
    "Tensors stay as they were read when their file is written over", arguments: ["w.safetensors", "w.pt"])
  func overwritten(name: String) throws {
    let file = try write(state, name)
    let read = try TensorFormats.open(file).stateDict()
    let other = try write(state.mapValues { Tensor(zeros: $0.shape) }, "other." + file.pathExtension)
    try overwrite(file, with: Data(contentsOf: other))
    #expect(read["a"]?.array == state["a"]?.array)
  }

  @Test("Tensors stay as they were read when their file is cut short", arguments: ["w.safetensors", "w.pt"])
  func cutShort(name: String) throws {
    let file = try write(state, name)
    let read = try TensorFormats.open(file).stateDict()
    try overwrite(file, with: Data("short".utf8))
    #expect(read["b"]?.array == state["b"]?.array)
  }

  @Test("A file cut short or written over between two tensors is an error")
  func between() throws {
    for bytes in [Data("short".utf8), try Data(contentsOf: write(state, "same.safetensors"))] {
      let file = try write(state, "w.safetensors")
      let open = try TensorFormats.open(file)
      _ = try open.tensor("a")
      // Times of files are coarse.
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file.path)
      try overwrite(file, with: bytes)
      let error = #expect(throws: CheckpointError.self) { try open.tensor("b") }
      #expect(error == .changed(file: file.path))
      #expect(error?.description.contains("run again") == true)
    }
  }

  @Test("A file that is replaced as a whole is read on as it was opened")
  func replaced() throws {
    let file = try write(state, "w.safetensors")
    let open = try TensorFormats.open(file)
    try SafetensorsFile.write(["a": Tensor(zeros: [1])], to: file)
    #expect(try open.tensor("b").array == state["b"]?.array)
  }

  @Test(
    "What git left in place of a file is named, with what to do", arguments: ["w.safetensors", "config.json"])
  func pointer(name: String) throws {
    let text = "version https://git-lfs.github.com/spec/v1\noid sha256:a630\nsize 605157884\n"
    let file = try folder.write(text, to: name)
    for read in [{ _ = try TensorFormats.open(file) }, { _ = try InputFile.read(file) }]
      as [() throws -> Void]
    {
      let error = #expect(throws: CheckpointError.self) { try read() }
      #expect(error?.description.contains("git lfs pull") == true)
    }
  }

  @Test("A web page in place of weights is called that")
  func page() throws {
    let file = try folder.write("<!DOCTYPE html>\n<html><body>Sign in</body></html>", to: "model.safetensors")
    let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(file) }
    #expect(error?.description.contains("web page") == true)
  }
}
