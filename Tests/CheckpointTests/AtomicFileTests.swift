import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func contentsAreReplacedAsAWhole() throws {
    let url = folder.file("a.txt")
    try AtomicFile.write("first", to: url)
    try AtomicFile.write(Data("second".utf8), to: url)
    #expect(try String(contentsOf: url, encoding: .utf8) == "second")
    #expect(try folder.contents() == ["a.txt"])
  }

  @Test func aFailureHalfWayKeepsTheOldContents() throws {
    let url = folder.file("a.txt")
    try AtomicFile.write("old", to: url)
    let failure = CheckpointError.writeFailed(file: "a.txt", reason: "the disk is full")
    #expect(throws: failure) {
      try AtomicFile.write(to: url) { (output) throws(CheckpointError) in
        try output.append(Array("new".utf8))
        throw failure
      }
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
    #expect(try folder.contents() == ["a.txt"])
  }

  @Test func aLinkIsWrittenThrough() throws {
    let (target, link) = (folder.file("target"), folder.file("link"))
    try AtomicFile.write("old", to: target)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
    try AtomicFile.write("new", to: link)
    #expect(try String(contentsOf: target, encoding: .utf8) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target.path)
  }

  @Test func devicesAreWrittenToNotReplaced() throws {
    try AtomicFile.write("nothing", to: URL(fileURLWithPath: "/dev/null"))
    var status = stat()
    #expect(stat("/dev/null", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
    let error = #expect(throws: CheckpointError.self) {
      try AtomicFile.write("nothing", to: URL(fileURLWithPath: "/dev/full"))
    }
    #expect(error?.kind == .ioFailure)
  }

  @Test func whatCannotBeCreatedIsSaid() throws {
    for url in [folder.file("no/folder/a"), folder.url] {
      let error = #expect(throws: CheckpointError.self) { try AtomicFile.write("a", to: url) }
      #expect(error?.kind == .cannotCreateOutput)
      #expect(error?.description.contains(url.path) == true)
    }
  }

  @Test func inputsAreBounded() throws {
    let url = try folder.write("12345", to: "a")
    #expect(try InputFile.read(url, limit: 5) == Data("12345".utf8))
    #expect(throws: CheckpointError.self) { try InputFile.read(url, limit: 4) }
  }
}
