import Checkpoint
import Foundation
import TestSupport
import Testing

/// What a killed process leaves is removed by the next; what is somebody's is not.
@Suite("Temporary files and outputs that must be new")
struct TemporaryFilesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A process that has ended.
  private func deadProcess() throws -> ProcessIdentity {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    var identity = ProcessIdentity.current
    identity.pid = process.processIdentifier
    identity.began += 1
    return identity
  }

  private func name(_ writer: ProcessIdentity) -> String {
    ".clipft-\(writer.machine)-\(writer.pid)-\(writer.began)-x.tmp"
  }

  @Test("A process is alive, was, or cannot be known about")
  func identities() throws {
    #expect(ProcessIdentity.current.isAlive == true)
    #expect(try deadProcess().isAlive == false)
    var reused = ProcessIdentity.current
    reused.began += 1
    #expect(reused.isAlive == false, "another process has its number")
    var elsewhere = ProcessIdentity.current
    elsewhere.machine = "elsewhere"
    #expect(elsewhere.isAlive == nil)
  }

  @Test("Writing removes what dead processes of this machine left there, and nothing else")
  func staleFiles() throws {
    var elsewhere = try deadProcess()
    elsewhere.machine = "elsewhere"
    let kept = [name(.current), name(elsewhere), ".clipft-notes", ".clipft.tmp", "a.tmp"]
    for file in kept + [name(try deadProcess())] { try folder.write("x", to: file) }
    try AtomicFile.write("new", to: folder.file("result"))
    #expect(Set(try folder.contents()) == Set(kept + ["result"]))
  }

  @Test("A new folder appears whole, and never in the place of another")
  func newFolder() throws {
    let place = folder.file("deep/out")
    try NewOutput.folder(at: place) { try AtomicFile.write("1", to: $0.appendingPathComponent("a")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["a"])
    let error = #expect(throws: CheckpointError.self) {
      try NewOutput.folder(at: place) { try AtomicFile.write("2", to: $0.appendingPathComponent("b")) }
    }
    #expect(error?.kind == .cannotCreateOutput)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["a"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("deep").path) == ["out"])
  }

  @Test("Of two files made together, both appear or none")
  func newFiles() throws {
    func make() throws {
      try NewOutput.files(in: folder.url) {
        try AtomicFile.write("new", to: $0.appendingPathComponent("a"))
        try AtomicFile.write("new", to: $0.appendingPathComponent("b"))
      }
    }
    try folder.write("old", to: "b")
    #expect(throws: CheckpointError.self) { try make() }
    #expect(try folder.contents() == ["b"])
    #expect(try String(contentsOf: folder.file("b"), encoding: .utf8) == "old")
    try FileManager.default.removeItem(at: folder.file("b"))
    try make()
    #expect(try folder.contents() == ["a", "b"])
  }
}
