import Datasets
import Foundation
import ImageCodec
import SampleFiles
import TestSupport
import Testing

@Suite("Files that are left out")
struct LeftOutTests {
  private let folder: TemporaryFolder
  private let catalog: DatasetCatalog

  init() throws {
    folder = try TemporaryFolder()
    catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.path())
  }

  @Test("files that are no images are counted by suffix, whatever its case, wherever they lie")
  func counted() throws {
    for path in [
      "p/cat/a.png", "p/cat/b/notes.TXT", "p/cat/c.txt", "p/cat/LICENSE", "p/labels.json", "p/loose.png",
    ] {
      try folder.image(path)
    }
    for path in ["p/.DS_Store", "p/cat/Thumbs.db", "p/cat/._a.png", "p/cat/.hidden.png"] {
      try folder.file(at: path, "")
    }
    #expect(mkfifo(folder.path("p/cat/pipe.png"), 0o600) == 0)
    let dataset = try catalog.open("folder:" + folder.path("p"))
    let expected = [
      "txt": 2, "": 1, "json": 1, "png": 1, LeftOutFiles.hidden: 1, LeftOutFiles.system: 3,
      LeftOutFiles.special: 1,
    ]
    #expect(dataset.paths == ["cat/a.png"])
    #expect(dataset.leftOut == expected)
    // Whoever passes the images on, passes on what is missing.
    #expect(try dataset.subset([0]).leftOut == expected)
    #expect(try dataset.restricted(to: dataset.classes).leftOut == expected)
    #expect(try dataset.skippingBadImages().dataset.leftOut == expected)
  }

  @Test(
    "images of a kind that is not read are an error with their number, suffix and first path",
    arguments: ["psd", "TGA", "ico", "heic", "avif", "jp2", "jxl", "nef"])
  func unread(suffix: String) throws {
    try folder.image("p/cat/a.png")
    try folder.image("p/cat/deep/x.\(suffix)")
    try folder.image("p/cat/y.\(suffix)")
    let specifier = "folder:" + folder.path("p")
    let error = #expect(throws: DatasetError.self) { try catalog.open(specifier) }
    #expect(error?.description.contains("2 .\(suffix.lowercased())") == true)
    #expect(error?.description.contains("deep/x.\(suffix)") == true)
    #expect(error?.description.contains("--allow-partial") == true)
    let part = try catalog.open(specifier, options: DatasetOptions(allowPartial: true))
    #expect(part.paths == ["cat/a.png"] && part.leftOut == [suffix.lowercased(): 2])
    #expect(throws: DatasetError.self) { try ImageFiles([folder.path("p")]) }
  }

  @Test("WebP is read, also under another name; a class folder without images says what it holds")
  func webp() throws {
    let webp = try #require(
      Data(base64Encoded: "UklGRh4AAABXRUJQVlA4TBEAAAAvBQABAAdQhSpUof+BiOh/AAA="))
    try folder.file(at: "p/cat/a.WebP", webp)
    try folder.file(at: "p/cat/b.jpg", webp)
    let dataset = try catalog.open("folder:" + folder.path("p"))
    #expect(dataset.count == 2)
    #expect(try dataset.image(at: 0) == dataset.image(at: 1))
    #expect(try dataset.image(at: 0).width == 6)
    try folder.file(at: "p/dog/a.txt", "")
    let error = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("p")) }
    #expect(error?.description.contains("only 1 .txt") == true)
  }

  @Test("what lies beside the splits is counted: files by suffix, a folder by its name")
  func besideSplits() throws {
    for path in [
      "p/train/cat/a.png", "p/test/cat/b.png", "p/extra/cat/c.png", "p/extra/d.gif", "p/README.md",
    ] {
      try folder.image(path)
    }
    let dataset = try catalog.open("folder:" + folder.path("p"), options: DatasetOptions(split: .test))
    #expect(dataset.leftOut == ["extra/": 2, "md": 1])
    #expect(LeftOutFiles.words(dataset.leftOut) == "2 in extra/, 1 .md")
  }

  @Test("a class folder that is itself divided into splits is an error: its parts would count as one")
  func splitsBelowClasses() throws {
    try folder.image("p/cat/train/a.png")
    try folder.image("p/cat/Test/b.png")
    try folder.image("p/dog/train/a.png")
    let error = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("p")) }
    #expect(error?.description.contains("train and Test") == true)
  }

  @Test(
    "a name that is not UTF-8 is shown with escapes where it would be an image, and counted where it would not"
  )
  func foreignNames() throws {
    try folder.image("p/cat/a.png")
    func write(_ name: [UInt8]) {
      let path = Array((folder.path("p/cat") + "/").utf8) + name + [0]
      path.withUnsafeBytes { bytes in
        guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return }
        close(open(start, O_CREAT | O_WRONLY, 0o600))
      }
    }
    write([0x63, 0xE9] + Array(".txt".utf8))
    #expect(try catalog.open("folder:" + folder.path("p")).leftOut == ["txt": 1])
    write([0x63, 0xE9] + Array(".jpg".utf8))
    let error = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("p")) }
    #expect(error?.description.contains(#"c\xE9.jpg"#) == true)
    #expect(error?.description.contains("rename") == true)
  }

  @Test(
    "members of a shard that are neither image nor label are counted; images that are not read are an error")
  func shards() throws {
    var tar = TarWriter()
    for (name, contents) in [
      ("s0.png", try SampleImages.png(grey: 1)), ("s0.cls", Data("0".utf8)), ("s0.json", Data("{}".utf8)),
      ("s0.seg.png", Data()), ("README", Data()),
    ] { tar.add(name, contents) }
    try folder.file(at: "x.tar", tar.finished)
    #expect(try catalog.open("wds:" + folder.path("x.tar")).leftOut == ["json": 1, "seg.png": 1, "": 1])
    tar.add("s1.heic", Data())
    tar.add("s1.cls", "0")
    try folder.file(at: "y.tar", tar.finished)
    let error = #expect(throws: DatasetError.self) { try catalog.open("wds:" + folder.path("y.tar")) }
    #expect(error?.description.contains("only .heic") == true)
    let part = try catalog.open("wds:" + folder.path("y.tar"), options: DatasetOptions(allowPartial: true))
    #expect(part.count == 1 && part.leftOut["heic"] == 1)
  }

  @Test(
    "a check calls nothing complete of which files are left out or no count is known, and names every split")
  func checks() throws {
    try folder.image("p/train/cat/a.png")
    try folder.image("p/val/cat/b.png")
    try folder.image("p/test/cat/c.png")
    let specifier = "folder:" + folder.path("p")
    var checks = try catalog.check(specifier)
    #expect(checks.map(\.split) == [.train, .val, .test])
    #expect(checks.map(\.status) == Array(repeating: "no expected count known", count: 3))
    #expect(checks.allSatisfy { $0.failure == nil && $0.found == 1 })
    try folder.file(at: "p/val/cat/notes.txt", "")
    try folder.image("p/test/dog/d.png")
    try folder.image("p/train/cat/e.psd")
    checks = try catalog.check(specifier)
    #expect(checks.map(\.status) == ["bad", "files left out", "bad"])
    #expect(checks[0].found == 1 && checks[0].leftOut == ["psd": 1])
    #expect(checks[0].failure?.description.contains("1 .psd") == true)
    #expect(checks[2].failure?.description.contains("dog") == true)

    try folder.file(
      at: "manifests/pets.yaml",
      "name: pets\nfamily: pets\nrole: target\nlayout: folder\nclasses: [cat]\n"
        + "splits: {test: {path: pets, count: 1}}\n")
    try folder.image("data/pets/cat/a.png")
    try folder.file(at: "data/pets/cat/Thumbs.db", "")
    #expect(try catalog.check("pets").map(\.status) == ["complete"])
    try folder.file(at: "data/pets/cat/a.json", "")
    #expect(try catalog.check("pets").map(\.status) == ["files left out"])
  }
}
