import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// Label files of MATLAB, written by scipy.
@Suite("Files of MATLAB")
struct MatFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: "mat", subdirectory: "Fixtures"))
  }

  @Test("Numbers, texts and cells, compressed")
  func labels() throws {
    let variables = try MatFile(fixture("labels").path).variables
    #expect(variables["labels"]?.integers == [77, 77, 3, 102, 1])
    #expect(variables["labels"] == .numbers([77, 77, 3, 102, 1], shape: [1, 5]))
    #expect(variables["trnid"]?.integers == [3, 1, 300])
    #expect(variables["scale"] == .numbers([0.5], shape: [1, 1]) && variables["scale"]?.integers == nil)
    #expect(variables["names"] == .cells([.text("cat"), .text("sea lion")]))
  }

  @Test("Structures, as ILSVRC's development kit has them")
  func structures() throws {
    guard case .structures(let synsets) = try MatFile(fixture("meta").path).variables["synsets"] else {
      Issue.record("synsets are no structures")
      return
    }
    #expect(synsets.map { $0["ILSVRC2012_ID"]?.integers } == [[490], [12], [1001]])
    #expect(synsets.map { $0["WNID"]?.text } == ["n01440764", "n01443537", "n00001740"])
    #expect(synsets[0]["words"]?.text == "tench, Tinca tinca" && synsets[2]["words"]?.text == "entité")
  }

  @Test(
    "What is cut off, damaged, of another version or no such file is refused, or read as something else; never a crash"
  )
  func damaged() throws {
    func read(_ bytes: Data) throws -> [String: MatValue] {
      try MatFile(folder.write(bytes, to: "x.mat").path).variables
    }
    for name in ["labels", "meta"] {
      let whole = try Data(contentsOf: fixture(name))
      for length in 0..<128 { #expect(throws: CheckpointError.self) { try read(whole.prefix(length)) } }
      // The first variable of one alone is whole at some places in between.
      for length in stride(from: 129, to: whole.count, by: 5) { _ = try? read(whole.prefix(length)) }
      #expect(throws: CheckpointError.self) { try read(whole.dropLast(16)) }
      var random = SeededRandom(5)
      for _ in 0..<3000 {
        var bytes = [UInt8](whole)
        for _ in 0..<2 {
          bytes[128 + random.int(below: bytes.count - 128)] = UInt8(truncatingIfNeeded: random.next())
        }
        _ = try? read(Data(bytes))
      }
    }
    let error = #expect(throws: CheckpointError.self) {
      try read(Data("MATLAB 7.3 MAT-file, Platform: GLNXA64".utf8) + Data(count: 200))
    }
    #expect(error?.description.contains("-v7") == true)
  }
}
