import Checkpoint
import Experiments
import Foundation
import TestSupport
import Testing
import Training

/// Two processes never write into one run folder.
@Suite("Run folders are one process's")
struct RunLockTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var file: URL { folder.file(RunLock.fileName) }

  /// Puts a lock of another process in the folder; seconds since it was last touched.
  private func put(_ process: ProcessIdentity, silentFor seconds: TimeInterval = 0) throws {
    let holder = RunLock.Holder(process: process, since: "2026-01-01T00:00:00Z")
    try JSONFormat.encode(holder).write(to: file)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file.path)
  }

  private var elsewhere: ProcessIdentity {
    ProcessIdentity(host: "node7", pid: 42, began: 1, machine: "another")
  }

  /// A process that had this one's number before it.
  private var gone: ProcessIdentity {
    var process = ProcessIdentity.current
    process.began += 1
    return process
  }

  @Test("A lock that is held is refused, naming host and process, and free once it is given back")
  func exclusion() throws {
    let lock = try RunLock.acquire(folder.url)
    let error = #expect(throws: TrainingError.self) { try RunLock.acquire(folder.url) }
    let me = ProcessIdentity.current
    #expect(error?.kind == .cannotCreateOutput)
    #expect(error?.description.contains("process \(me.pid) on \(me.host)") == true)
    lock.release()
    #expect(try folder.contents().isEmpty)
    _ = try RunLock.acquire(folder.url)
  }

  @Test("The lock of a process that is gone is taken over")
  func deadHolder() throws {
    try put(gone)
    #expect(RunLock.holder(of: folder.url) == nil)
    let lock = try RunLock.acquire(folder.url)
    #expect(lock.previous?.process == gone)
    #expect(try folder.contents() == [RunLock.fileName])
  }

  @Test("A process that has ended and was not waited for holds no lock")
  func unreapedHolder() throws {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    defer { free(arguments[0]) }
    try #require(posix_spawn(&pid, "/bin/true", nil, nil, &arguments, nil) == 0)
    defer { waitpid(pid, nil, 0) }
    var fields: [Substring] = []
    while fields.first != "Z" {
      let status = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      fields = status[status.index(after: try #require(status.lastIndex(of: ")")))...].split(separator: " ")
    }
    var process = ProcessIdentity.current
    (process.pid, process.began) = (pid, try #require(UInt64(fields[19])))
    #expect(process.isAlive == false)
    try put(process)
    #expect(try RunLock.acquire(folder.url).previous?.process == process)
  }

  @Test("A machine that cannot be asked keeps its lock while it is heard of, and for ten minutes after")
  func remoteHolder() throws {
    try put(elsewhere, silentFor: 300)
    let error = #expect(throws: TrainingError.self) { try RunLock.acquire(folder.url) }
    #expect(error?.description.contains("process 42 on node7") == true)
    #expect(RunLock.holder(of: folder.url)?.process == elsewhere)
    try put(elsewhere, silentFor: 3600)
    #expect(try RunLock.acquire(folder.url).previous?.process == elsewhere)
  }

  @Test("A lock that cannot be read is nobody's to take")
  func unreadable() throws {
    try folder.write("nonsense", to: RunLock.fileName)
    #expect(throws: TrainingError.self) { try RunLock.acquire(folder.url) }
    #expect(try folder.contents() == [RunLock.fileName])
  }

  @Test("Whoever lost the lock learns of it, and leaves that of the new holder")
  func lostLock() throws {
    let lock = try RunLock.acquire(folder.url)
    try lock.check()
    try put(elsewhere)
    let error = #expect(throws: TrainingError.self) { try lock.check() }
    #expect(error?.description.contains("node7") == true)
    lock.release()
    #expect(RunLock.holder(of: folder.url)?.process == elsewhere)
  }

  @Test("Many that choose a name at once get one each")
  func numbering() throws {
    let claims = try (0..<5).map { _ in try RunFolder.createNumbered("a-full", in: folder.url) }
    #expect(
      claims.map(\.folder.url.lastPathComponent) == [
        "a-full", "a-full-2", "a-full-3", "a-full-4", "a-full-5",
      ])
    claims[1].abandon()
    #expect(try RunFolder.createNumbered("a-full", in: folder.url).folder.url.lastPathComponent == "a-full-2")
  }

  @Test("A name whose process died before its run began is used again")
  func abandonedName() throws {
    try FileManager.default.createDirectory(at: folder.file("a"), withIntermediateDirectories: true)
    let holder = RunLock.Holder(process: gone, since: "2026-01-01T00:00:00Z")
    try JSONFormat.encode(holder).write(to: folder.file("a/run.lock"))
    #expect(try RunFolder.createNumbered("a", in: folder.url).folder.url.lastPathComponent == "a")
  }

  @Test("Giving a folder up removes what this process made, and nothing else")
  func abandoning() throws {
    let own = try RunFolder(folder.file("new")).createExclusively()
    own.abandon()
    #expect(try folder.contents().isEmpty)

    try FileManager.default.createDirectory(at: folder.file("run"), withIntermediateDirectories: true)
    let other = try RunFolder(folder.file("run")).createExclusively()
    try folder.write("{}", to: "run/run.json")
    try folder.write("mine", to: "run/notes.txt")
    other.abandon()
    #expect(try contents("run") == ["notes.txt"])
  }

  private func contents(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file(name).path).sorted()
  }

  @Test(
    "A folder with files of another kind is refused and left as it is",
    arguments: ["notes.txt", "images/a.png"])
  func foreignFolder(file: String) throws {
    let place = folder.file("mine/\(file)")
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: place)
    let before = try contents("mine")
    for _ in 0..<2 {
      let error = #expect(throws: CheckpointError.self) {
        try RunFolder(folder.file("mine")).createExclusively()
      }
      #expect(error?.kind == .cannotCreateOutput && error?.description.contains(before[0]) == true)
      #expect(try contents("mine") == before)
    }
    // Not even the lock of a process that has gone makes them a run's.
    let holder = RunLock.Holder(process: gone, since: "2026-01-01T00:00:00Z")
    try JSONFormat.encode(holder).write(to: folder.file("mine/run.lock"))
    #expect(throws: CheckpointError.self) { try RunFolder(folder.file("mine")).createExclusively() }
    #expect(try String(contentsOf: place, encoding: .utf8) == "mine")
  }

  @Test(
    "What a process left that died before its run began is in nobody's way, and is cleared with the next attempt"
  )
  func abandonedFolder() throws {
    try FileManager.default.createDirectory(at: folder.file("a/images"), withIntermediateDirectories: true)
    let holder = RunLock.Holder(process: gone, since: "2026-01-01T00:00:00Z")
    try JSONFormat.encode(holder).write(to: folder.file("a/run.lock"))
    for name in ["images/train.tsv", "images/validation.tsv", "head0.safetensors"] {
      try folder.write("part", to: "a/" + name)
    }
    let claim = try RunFolder(folder.file("a")).createExclusively()
    #expect(claim.lock.previous != nil)
    claim.abandon()
    #expect(try contents("a").isEmpty)
    try RunFolder(folder.file("a")).createExclusively().release()
  }
}
