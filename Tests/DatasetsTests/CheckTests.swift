import Datasets
import Foundation
import TestSupport
import Testing

/// What a check finds of files, and what it keeps for the next.
@Suite("Checks of datasets")
struct CheckTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var catalog: DatasetCatalog {
    DatasetCatalog(environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.url.path)
  }

  private var journal: URL { folder.file("journals") }

  private func check(
    _ text: String = "", decodes: Bool = true, onProgress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> [DatasetCheck] {
    let text = text.isEmpty ? "folder:" + folder.path("p") : text
    return try catalog.check(
      text,
      options: CheckOptions(
        decodes: decodes, journal: CheckJournal(of: text, in: journal), onProgress: onProgress))
  }

  private func write(_ path: String, grey: UInt8, side: Int = 6) throws {
    try folder.file(at: path, SampleImages.png(grey: grey, width: side, height: side + 1))
  }

  @Test("Images of every class, copies, sizes, and images that sets share")
  func contents() throws {
    for (path, grey) in [("cat/a", 1), ("cat/b", 2), ("cat/c", 1), ("dog/d", 3), ("dog/e", 2)] {
      try write("p/train/\(path).png", grey: UInt8(grey))
    }
    try write("p/test/cat/f.png", grey: 2)
    try write("p/test/dog/g.png", grey: 9, side: 40)
    let checks = try check()
    #expect(checks.map { $0.classes?.counts.map(\.images) } == [[3, 2], [1, 1]])
    #expect(checks[0].classes?.words == "2 × 2–3" && checks[1].classes?.words == "2 × 1")
    let train = try #require(checks[0].contents)
    #expect(train.copies.map(\.paths) == [["cat/a.png", "cat/c.png"], ["cat/b.png", "dog/e.png"]])
    #expect(train.copies.map(\.contradicts) == [false, true] && train.surplus == 1)
    #expect(train.contradictions?.count == 1)
    #expect(checks[1].contents?.shorterSide?.most == 40 && checks[1].contents?.longerSide?.most == 41)
    #expect(checks[1].contents?.shorterSide?.least == 6)
    let shared = SharedImages.among(checks)
    #expect(shared.count == 1 && shared[0].paths == [["cat/b.png", "cat/f.png"]])
    #expect(shared[0].sets.map { $0.hasSuffix("train") } == [true, false])
    #expect(try JSONEncoder().encode(checks[0].classes).count > 0)
  }

  @Test("Every image that cannot be read or decoded is listed")
  func bad() throws {
    for name in ["a", "c", "e"] { try write("p/cat/\(name).png", grey: UInt8(name.utf8.first ?? 0)) }
    for name in ["b", "d"] { try folder.file(at: "p/cat/\(name).png", "no image") }
    for _ in 0..<2 {
      let checks = try check()
      #expect(checks[0].contents?.bad.map(\.path) == ["cat/b.png", "cat/d.png"])
      #expect(checks[0].status == "bad" && checks[0].failure?.description.contains("2 images") == true)
    }
    // Bytes alone can be read.
    #expect(try check(decodes: false)[0].contents?.bad.isEmpty == true)
  }

  /// What the journals hold, without the heading.
  private func lines() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: journal.path).flatMap { name in
      try String(contentsOf: journal.appendingPathComponent(name), encoding: .utf8)
        .split(separator: "\n").dropFirst().map(String.init)
    }
  }

  @Test("A check that is interrupted goes on where it was, and one that comes again reads nothing twice")
  func resumed() throws {
    struct Stop: Error {}
    for index in 0..<300 { try write("p/cat/\(index).png", grey: UInt8(index % 250), side: 6 + index / 250) }
    // A file that was written just now may be written again unnoticed.
    Thread.sleep(forTimeInterval: 0.2)
    #expect(throws: Stop.self) { _ = try check { _ in throw Stop() } }
    let first = try lines()
    #expect(first.count == 256)
    let whole = try check()
    #expect(try lines().count == 300 && lines().prefix(256) == first[...])
    let again = try check()
    #expect(try lines().count == 300)
    #expect(again[0].contents?.bytes?.most == whole[0].contents?.bytes?.most)
    #expect(again[0].contents?.copies.count == 0 && again[0].contents?.longerSide?.most == 8)
    // What was not decoded before is.
    #expect(try check(decodes: false)[0].contents?.longerSide != nil)
  }

  @Test("A file that changed is looked at again, though its size and time are as before")
  func changed() throws {
    try write("p/cat/a.png", grey: 1)
    let size = try SampleImages.png(grey: 1, width: 6, height: 7).count
    let other = try #require(
      try (2...250).first { try SampleImages.png(grey: UInt8($0), width: 6, height: 7).count == size })
    try write("p/cat/b.png", grey: UInt8(other))
    Thread.sleep(forTimeInterval: 0.2)
    #expect(try check()[0].contents?.copies.count == 0)
    let file = folder.file("p/cat/b.png")
    let time = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
    let bytes = try Data(contentsOf: folder.file("p/cat/a.png"))
    #expect(try Data(contentsOf: file).count == bytes.count)
    try FileHandle(forWritingTo: file).write(contentsOf: bytes)
    try FileManager.default.setAttributes([.modificationDate: time ?? Date()], ofItemAtPath: file.path)
    Thread.sleep(forTimeInterval: 0.2)
    #expect(try check()[0].contents?.copies.count == 1)
  }

  @Test("A damaged journal changes nothing that is found")
  func damaged() throws {
    for index in 0..<4 { try write("p/cat/\(index).png", grey: UInt8(index / 2)) }
    Thread.sleep(forTimeInterval: 0.2)
    _ = try check()
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: journal.path).first)
    let file = journal.appendingPathComponent(name)
    let whole = try Data(contentsOf: file)
    for position in stride(from: 0, to: whole.count, by: 7) {
      var bytes = whole
      bytes[position] ^= 1
      try bytes.write(to: file)
      #expect(try check()[0].contents?.copies.map(\.paths.count) == [2, 2], "byte \(position)")
      try whole.prefix(position).write(to: file)
      #expect(try check()[0].contents?.copies.map(\.paths.count) == [2, 2], "\(position) bytes")
    }
  }
}
