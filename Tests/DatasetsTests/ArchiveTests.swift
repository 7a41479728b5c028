import Datasets
import Foundation
import SampleFiles
import TestSupport
import Testing

/// Class folders in archives, which are not unpacked.
@Suite("Archives of class folders")
struct ArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var catalog: DatasetCatalog {
    DatasetCatalog(environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.url.path)
  }

  private func open(_ name: String, _ split: DatasetSplit = .test) throws -> any ImageDataset {
    try catalog.open("archive:" + folder.path(name), options: DatasetOptions(split: split))
  }

  private static let names = [
    "photos/train/sea lion/é.PNG", "photos/train/cat/b/a.png", "photos/train/cat/.DS_Store",
    "photos/test/cat/c.png", "photos/notes.txt", "__MACOSX/photos/train/cat/._a.png",
  ]

  private func members() throws -> [(String, Data)] {
    try Self.names.enumerated().map { ($1, try SampleImages.png(grey: UInt8($0))) }
  }

  private func zip(deflated: Bool = false) throws -> Data {
    var zip = ZipWriter()
    zip.add("photos/", Data())
    for (name, bytes) in try members() { zip.add(name, bytes, deflated: deflated) }
    return zip.finished
  }

  private func tar() throws -> Data {
    var tar = TarWriter()
    tar.add("photos/", Data(), kind: "5")
    for (name, bytes) in try members() { tar.add(name, bytes) }
    return tar.finished
  }

  /// One member after another, as `cat a.gz b.gz` makes them.
  private static func gzip(_ parts: [Data]) -> Data { parts.reduce(Data()) { $0 + ZlibStreams.gzip($1) } }

  @Test("Zip and tar, packed or not, are read as the folders they hold; what is no data is counted")
  func kinds() throws {
    let tar = try tar()
    try folder.file(at: "photos.zip", zip())
    try folder.file(at: "packed.zip", zip(deflated: true))
    try folder.file(at: "photos.tar", tar)
    try folder.file(at: "photos.tar.gz", Self.gzip([tar]))
    try folder.file(at: "joined.tgz", Self.gzip([tar.prefix(700), tar.dropFirst(700)]) + Data(count: 512))
    try folder.file(at: "photos.tar.zst", ZstandardFrames.compressing(tar))
    // The same files on disk.
    for (name, bytes) in try members() { try folder.file(at: "disk/" + name, bytes) }
    let disk = try catalog.open(
      "folder:" + folder.path("disk/photos"), options: DatasetOptions(split: .train))
    for name in ["photos.zip", "packed.zip", "photos.tar", "photos.tar.gz", "joined.tgz", "photos.tar.zst"] {
      let train = try open(name, .train)
      #expect(train.paths == ["cat/b/a.png", "sea lion/é.PNG"] && train.paths == disk.paths, "\(name)")
      #expect(train.labels == [0, 1] && train.classNames == ["cat", "sea lion"])
      for index in 0..<2 { #expect(try train.bytes(at: index) == disk.bytes(at: index)) }
      #expect(train.leftOut["txt"] == 1 && train.leftOut[LeftOutFiles.system] ?? 0 >= 1, "\(train.leftOut)")
      #expect(try open(name).count == 1)
      #expect(throws: DatasetError.self) { try open(name, .val) }
      #expect(
        try catalog.splits(of: DatasetSpecifier.parse("archive:" + folder.path(name))) == [.train, .test])
    }
  }

  @Test("Where it is not clear which folder is meant, the advice can be followed")
  func inner() throws {
    var zip = ZipWriter()
    for name in ["cat", "dog"] { zip.add("pets/\(name)/a.png", try SampleImages.png(grey: 1)) }
    try folder.file(at: "x.zip", zip.finished)
    let error = #expect(throws: DatasetError.self) { try open("x.zip") }
    #expect(error?.description.contains("archive:\(folder.path("x.zip"))?folder=pets") == true)
    #expect(try open("x.zip?folder=pets").classNames == ["cat", "dog"])
    #expect(throws: DatasetError.self) { try open("x.zip?folder=none") }
    let wrong = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("x.zip")) }
    #expect(wrong?.description.contains("write archive:") == true)
    let other = #expect(throws: DatasetError.self) { try catalog.open("archive:" + folder.path()) }
    #expect(other?.description.contains("write folder:") == true)
  }

  @Test("An archive that is written anew is read anew")
  func rewritten() throws {
    try folder.file(at: "photos.zip", zip())
    #expect(try open("photos.zip", .train).count == 2)
    var zip = ZipWriter()
    zip.add("photos/train/dog/a.png", try SampleImages.png(grey: 1))
    zip.add("photos/test/dog/a.png", try SampleImages.png(grey: 1))
    try folder.file(at: "photos.zip", zip.finished)
    #expect(try open("photos.zip", .train).classNames == ["dog"])
  }

  @Test("A split that is there and cannot be read is an error")
  func unreadableSplit() throws {
    var zip = ZipWriter()
    zip.add("photos/train/cat/a.png", try SampleImages.png(grey: 1))
    zip.add("photos/test/cat/readme.txt", Data("none".utf8))
    try folder.file(at: "photos.zip", zip.finished)
    let specifier = try DatasetSpecifier.parse("archive:" + folder.path("photos.zip"))
    #expect(try catalog.splits(of: specifier) == [.train, .test])
    #expect(throws: DatasetError.self) { try catalog.openIfPresent(specifier, split: .test) }
    #expect(try catalog.openIfPresent(specifier, split: .val) == nil)
  }

  @Test("What is damaged, cut off, encrypted, leads elsewhere or is packed in another way is an error")
  func damaged() throws {
    for (name, whole) in [
      ("x.zip", try zip(deflated: true)), ("x.tar", try tar()), ("x.tgz", Self.gzip([try tar()])),
    ] {
      for length in stride(from: 0, to: whole.count, by: 53) {
        try folder.file(at: name, whole.prefix(length))
        #expect(throws: DatasetError.self, "\(length) bytes of \(name)") {
          let train = try open(name, .train)
          for index in 0..<train.count { _ = try train.bytes(at: index) }
        }
      }
    }
    let png = try SampleImages.png(grey: 1)
    func problem(_ make: (inout ZipWriter) -> Void) throws -> String {
      var zip = ZipWriter()
      make(&zip)
      try folder.file(at: "bad.zip", zip.finished)
      let error = #expect(throws: DatasetError.self) {
        let test = try open("bad.zip")
        for index in 0..<test.count { _ = try test.bytes(at: index) }
      }
      return error?.description ?? ""
    }
    #expect(try problem { $0.add("../cat/a.png", png) }.contains("would lie outside"))
    #expect(try problem { $0.add("/cat/a.png", png) }.contains("would lie outside"))
    #expect(try problem { $0.add("cat/a.png", png, checksum: 1) }.contains("checksum"))
    #expect(try problem { $0.add("cat/a.png", png, method: 14) }.contains("method 14"))
    #expect(
      try problem {
        $0.add("cat/a.png", png)
        $0.add("cat//a.png", png)
      }.contains("twice"))
    var linked = TarWriter()
    linked.add("cat/a.png", png)
    linked.add("cat/b.png", Data(), kind: "2")
    try folder.file(at: "linked.tar", linked.finished)
    #expect(throws: DatasetError.self) { try open("linked.tar") }
    for (name, start) in [
      ("x.tar.bz2", Data("BZh91AY".utf8)), ("x.tar.xz", Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])),
    ] {
      try folder.file(at: name, start + Data(count: 1024))
      let error = #expect(throws: DatasetError.self) { try open(name) }
      #expect(error?.description.contains("which is not read") == true)
    }
  }

  @Test("A gzip bomb is refused before it fills the disk")
  func bomb() throws {
    try folder.file(at: "bomb.tar.gz", Self.gzip([Data(count: 64 << 20)]))
    #expect(throws: DatasetError.self) { try open("bomb.tar.gz") }
  }
}
