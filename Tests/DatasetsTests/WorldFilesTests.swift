import Datasets
import Foundation
import TestSupport
import Testing

/// A folder holds the images of one world.
@Suite("The embedded world on disk")
struct WorldFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func draw(seed: UInt64, count: Int) throws -> String {
    try WorldFiles(root: folder.url.path, seed: seed).draw(.target, .test, count: count, name: "shapes")
  }

  @Test("the same seed draws what is missing, another is refused and draws nothing")
  func otherSeed() throws {
    let drawn = try draw(seed: 3, count: 4)
    #expect(try draw(seed: 3, count: 4) == drawn)
    let error = #expect(throws: DatasetError.self) { try draw(seed: 4, count: 5) }
    #expect(error?.kind == .cannotCreateOutput)
    #expect(error?.description.contains("seed 3") == true && error?.description.contains("--out") == true)
    #expect(throws: DatasetError.self) { try draw(seed: 4, count: 4) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("shapes")) == ["test-4"])
    #expect(try WorldFiles.drawn(in: folder.url.path)?.world.seed == 3)
  }

  @Test("a folder of the name of a set, of which nothing says that it was drawn, is not taken for one")
  func unmarked() throws {
    try folder.image("shapes/test-4/mine/a.png")
    let error = #expect(throws: DatasetError.self) { try draw(seed: 3, count: 4) }
    #expect(error?.kind == .cannotCreateOutput)
    #expect(error?.description.contains("shapes/test-4") == true)
    #expect(try folder.contents() == ["shapes"])
  }
}
