import Datasets
import Foundation
import TestSupport
import Testing

/// Images are known by their content, and lists of them by what they hold.
@Suite("A list of images")
struct ImageListTests {
  private func entry(_ path: String, _ classID: String, _ digit: Character) -> ImageList.Entry {
    .init(path: path, classID: classID, sha256: String(repeating: digit, count: 64))
  }

  @Test("is read as it was written, whatever its paths are called")
  func roundTrip() throws {
    let list = ImageList([
      entry("a/1.jpg", "a", "1"), entry("tab\there/2.jpg", "tab\there", "2"),
      entry("line\nbreak\\n \r.png", "ü ö", "3"), entry("", "", "4"),
    ])
    let data = Data(list.tabSeparated.utf8)
    #expect(try ImageList(tabSeparated: data, file: "list") == list)
    #expect(list.tabSeparated.split(separator: "\n").count == 5)
    #expect(try ImageList(tabSeparated: Data(ImageList([]).tabSeparated.utf8), file: "none").count == 0)
  }

  @Test("is read however long it is")
  func long() throws {
    let folder = try TemporaryFolder()
    let list = ImageList([entry(String(repeating: "a", count: 70_000_000), "a", "1")])
    try Data(list.tabSeparated.utf8).write(to: folder.file("train.tsv"))
    #expect(try ImageList(contentsOf: folder.file("train.tsv")).sha256 == list.sha256)
  }

  @Test(
    "that is cut or is something else is refused by name",
    arguments: [
      "", "path\tclass\tsha256", "a\tb\tc\n", "path\tclass\tsha256\na\tb\tc\n", "path\tclass\tsha256\nx\n",
    ])
  func damage(text: String) {
    let error = #expect(throws: DatasetError.self) {
      try ImageList(tabSeparated: Data(text.utf8), file: "x/train.tsv")
    }
    #expect(error?.description.contains("x/train.tsv") == true && error?.kind == .badData)
  }

  @Test("has one hash for the same images and classes in any order and under any name")
  func identity() {
    let (one, two) = (entry("a/1.jpg", "a", "1"), entry("b/2.jpg", "b", "2"))
    #expect(ImageList([one, two]).sha256 == ImageList([two, entry("x.png", "a", "1")]).sha256)
    #expect(ImageList([one, two]).sha256 != ImageList([one]).sha256)
    #expect(ImageList([one, two]).sha256 != ImageList([one, one]).sha256)
    #expect(ImageList([one, two]).sha256 != ImageList([one, entry("b/2.jpg", "a", "2")]).sha256)
  }

  @Test("tells images that it has under several classes, however often")
  func contradictions() {
    let agreeing = ImageList([
      entry("a/1.jpg", "a", "1"), entry("a/2.jpg", "a", "1"), entry("b/3.jpg", "b", "3"),
    ])
    #expect(agreeing.contradictions == nil)
    let others = [
      entry("b/1.jpg", "b", "1"), entry("c/1.jpg", "c", "1"), entry("a/3.jpg", "a", "3"),
    ]
    let found = ImageList(agreeing.entries + others).contradictions
    #expect(found?.count == 2 && found?.example == ["a/1.jpg", "b/1.jpg"])
    #expect(
      found?.words.contains("2 images are there under several classes, such as a/1.jpg and b/1.jpg") == true)
  }

  @Test("finds its images again, and names the one that is gone, has changed, or is of another class")
  func selection() throws {
    let dataset = try SampleImages.dataset(count: 6)
    let list = ImageList(try ImageList.entries(of: dataset, in: 0..<6))
    let some = ImageList([list.entries[4], list.entries[1]])
    #expect(try some.select(from: dataset).indices == [4, 1])
    try some.verify(ImageList(try ImageList.entries(of: dataset.subset([4, 1]), in: 0..<2)), of: dataset)
    let changed = #expect(throws: DatasetError.self) {
      try some.verify(ImageList([some.entries[0], list.entries[2]]), of: dataset.subset([4, 1]))
    }
    #expect(changed?.description.contains("\(list.entries[1].path) has changed since") == true)
    #expect(changed?.description.contains("put back the file that it was") == true)
    let gone = #expect(throws: DatasetError.self) {
      try ImageList([entry("gone.png", list.entries[0].classID, "1")]).select(from: dataset)
    }
    #expect(gone?.description.contains("gone.png") == true)
    let moved = #expect(throws: DatasetError.self) {
      try ImageList([entry(list.entries[0].path, "another", "1")]).select(from: dataset)
    }
    #expect(moved?.description.contains("another") == true)
  }
}

/// Where data lie tells what they are for, where nobody says it.
@Suite("Roles of datasets")
struct RoleTests {
  private let folder: TemporaryFolder
  private let catalog: DatasetCatalog

  init() throws {
    folder = try TemporaryFolder()
    catalog = DatasetCatalog(environment: [:], dataRoot: folder.url.path, workingDirectory: folder.url.path)
    for name in ["photos/train", "photos/Val", "photos/test", "sketches/test"] {
      try FileManager.default.createDirectory(at: folder.file(name), withIntermediateDirectories: true)
    }
    try FileManager.default.createSymbolicLink(
      at: folder.file("link"), withDestinationURL: folder.file("photos"))
  }

  private func place(_ kind: String, _ path: String) throws -> DatasetPlace {
    try DatasetPlace(.parse("\(kind):\(folder.file(path).path)"), catalog: catalog)
  }

  @Test("Splits of a folder are parts of the same data, also through a link")
  func folders() throws {
    let own = try place("folder", "photos")
    for path in ["photos/train", "photos/Val", "photos/test", "link/test", "link", "photos/train/"] {
      #expect(try place("folder", path) == own, "\(path)")
    }
    #expect(try place("folder", "sketches/test") != own)
  }

  @Test("Lists and shards that differ in the name of the split are parts of the same data")
  func files() throws {
    for (one, other, same) in [
      ("train.txt", "test.txt", true), ("a/train.txt", "a/val.txt", true),
      ("a/train.txt", "b/test.txt", false),
      ("train-{000..146}.tar", "val-{00..06}.tar", true), ("train/{0..9}.tar", "test/{0..1}.tar", true),
      ("photos-train.txt", "sketches-test.txt", false), ("train800val200.txt", "test.txt", true),
      ("one.txt", "two.txt", false),
    ] {
      #expect(try (place("list", one) == place("list", other)) == same, "\(one) \(other)")
    }
  }

  @Test(
    "Without a run, the first set is the target, what lies elsewhere a shift; manifests and users say otherwise"
  )
  func withoutARun() throws {
    func roles(_ texts: String...) throws -> [DatasetRole] {
      let arguments = try texts.map { try SetArgument(parsing: $0) }
      return try SetArgument.roles(of: arguments, catalog: catalog)
    }
    let (photos, sketches) = (folder.file("photos").path, folder.file("sketches").path)
    #expect(try roles("folder:\(sketches)") == [.target])
    #expect(
      try roles("folder:\(photos)/test", "folder:\(sketches)", "folder:\(photos)") == [
        .target, .shift, .target,
      ])
    #expect(try roles("shift=folder:\(photos)", "folder:\(sketches)") == [.shift, .target])
    #expect(try roles("shapes-r", "shapes", "target=shapes-a") == [.shift, .target, .target])
    #expect(try roles("shapes-r", "folder:\(photos)") == [.shift, .target])
  }

  @Test("A role is given before the dataset, and nothing else is one")
  func arguments() throws {
    let argument = try SetArgument(parsing: "shift=folder:/a=b")
    #expect(argument.role == .shift && argument.text == "folder:/a=b")
    #expect(argument.absoluteText == "shift=folder:/a=b")
    #expect(try SetArgument(parsing: "folder:/target=x").role == nil)
    #expect(throws: DatasetError.self) { try SetArgument(parsing: "target=") }
    #expect(throws: DatasetError.self) { try SetArgument(parsing: "selection=shapes") }
  }
}
