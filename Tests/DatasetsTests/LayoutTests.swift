import Datasets
import Foundation
import SampleFiles
import TestSupport
import Testing

/// What every layout keeps: the same images give the same labels, classes, order and bytes, and a split that is there and
/// cannot be read is never passed over.
@Suite("Layouts of datasets")
struct LayoutTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var catalog: DatasetCatalog {
    DatasetCatalog(environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.url.path)
  }

  /// Of each split, paths and their classes, in the order that every layout gives.
  private static let images: [DatasetSplit: [(path: String, label: Int)]] = [
    .train: [("train/cat/a.png", 0), ("train/cat/b c.png", 0), ("train/sea lion/d.png", 1)],
    .test: [("test/cat/é.png", 0), ("test/sea lion/f.png", 1)],
  ]
  private static let classes = ["cat", "sea lion"]

  private func write(_ split: DatasetSplit) throws -> [(path: String, label: Int, bytes: Data)] {
    try (Self.images[split] ?? []).enumerated().map { index, image in
      let bytes = try SampleImages.png(grey: UInt8(10 * index + (split == .train ? 1 : 100)))
      try folder.file(at: "photos/\(image.path)", bytes)
      return (image.path, image.label, bytes)
    }
  }

  /// How each layout writes the images; the argument that names those of a split.
  private static let layouts = ["folder", "archive", "list", "flat", "csv", "split", "wds", "index"]

  private func argument(_ layout: String, _ split: DatasetSplit) throws -> String {
    let rows = try [DatasetSplit.train, .test].map { ($0, try write($0)) }
    let own = rows.first { $0.0 == split }?.1 ?? []
    switch layout {
    case "folder": return "folder:" + folder.path("photos")
    case "archive":
      var zip = ZipWriter()
      for image in rows.flatMap(\.1) { zip.add(image.path, image.bytes) }
      try folder.file(at: "photos/photos.zip", zip.finished)
      return "archive:" + folder.path("photos/photos.zip")
    case "flat":
      let place = "photos/\(split.rawValue)"
      try folder.file(
        at: "photos/\(split.rawValue)-labels.txt", own.map { "\(Self.classes[$0.label])\n" }.joined())
      return "flat:" + folder.path(place) + "?labels=\(split.rawValue)-labels.txt"
    case "index":
      try folder.file(at: "photos/\(split.rawValue)-places.npy", NpyFiles.of(Array(own.indices)))
      return "index:" + folder.path("photos/\(split.rawValue)-places.npy")
        + "?split=\(split.rawValue)&of=folder:" + folder.path("photos")
    case "list":
      let name = "photos/\(split.rawValue).txt"
      try folder.file(at: name, own.map { "\($0.path)\t\(Self.classes[$0.label])\n" }.joined())
      return "list:" + folder.path(name)
    case "csv":
      let lines = rows.flatMap { split, rows in
        rows.map { "\(split.rawValue),\"\($0.path)\",\(Self.classes[$0.label])" }
      }
      try folder.file(at: "photos/t.csv", "part,filepath,label\n" + lines.joined(separator: "\r\n"))
      return "csv:" + folder.path("photos/t.csv") + "?split=part"
    case "split":
      let parts = rows.map { split, rows in
        let entries = rows.map {
          "[\"\($0.path)\", \($0.label), \"\(Self.classes[$0.label].replacing(" ", with: "_"))\"]"
        }
        return "\"\(split.rawValue)\": [\(entries.joined(separator: ", "))]"
      }
      try folder.file(at: "photos/split_zhou_Photos.json", "{\(parts.joined(separator: ", "))}")
      return "split:" + folder.path("photos/split_zhou_Photos.json")
    default:
      var tar = TarWriter()
      for (index, image) in own.enumerated() {
        tar.add("\(index).png", image.bytes)
        tar.add("\(index).cls", Data(Self.classes[image.label].utf8))
      }
      try folder.file(at: "photos/\(split.rawValue).tar", tar.finished)
      return "wds:" + folder.path("photos/\(split.rawValue).tar")
    }
  }

  @Test("The tests know every layout")
  func known() {
    // Those with images of their own kind have tests of their own.
    #expect(DatasetLayouts.all.map { $0.prefix }.sorted() == (Self.layouts + ["cifar", "npy"]).sorted())
    #expect(Set(DatasetLayouts.all.map { $0.name }).count == DatasetLayouts.all.count)
  }

  @Test("The same images in any layout", arguments: layouts, [DatasetSplit.train, .test])
  func same(layout: String, split: DatasetSplit) throws {
    let argument = try argument(layout, split)
    let expected = try write(split)
    for text in [argument, try DatasetSpecifier.parse(argument).absolute.text] {
      let dataset = try catalog.open(text, options: DatasetOptions(split: split))
      #expect(dataset.labels == expected.map { Int32($0.label) })
      #expect(dataset.classNames == Self.classes)
      for (index, image) in expected.enumerated() { #expect(try dataset.bytes(at: index) == image.bytes) }
      if layout != "wds" {
        #expect(
          dataset.paths.map { $0.hasPrefix(split.rawValue) ? $0 : "\(split.rawValue)/\($0)" }
            == expected.map(\.path))
      }
    }
    // With classes that are known, labels follow those.
    let options = DatasetOptions(split: .test, classes: ["dog", "sea lion", "cat"])
    let other = try catalog.open(try self.argument(layout, .test), options: options)
    #expect(other.classNames == ["dog", "sea lion", "cat"] && other.count == 2)
    let cat = try write(.test)[0].bytes
    for index in 0..<2 { #expect(other.label(at: index) == (try other.bytes(at: index) == cat ? 2 : 1)) }
  }

  @Test("A manifest names any of them", arguments: layouts)
  func manifest(layout: String) throws {
    let argument = try argument(layout, .test)
    let kind = try #require(DatasetLayouts.all.first { $0.prefix == layout })
    var path = String(argument.dropFirst(layout.count + 1))
    if layout == "folder" { path += "/test" }
    path = path.replacing("of=folder:\(folder.url.path)", with: "of=folder:..")
    try folder.file(
      at: "manifests/pets.yaml",
      "name: pets\nfamily: pets\nrole: target\nlayout: \(kind.name)\nclasses: [cat, sea lion]\n"
        + "splits: {test: {path: \"\(path.replacing(folder.url.path + "/", with: ""))\", count: 2}}\n")
    let catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.url.path, workingDirectory: folder.url.path)
    #expect(try catalog.open("pets").labels == [0, 1])
    #expect(catalog.presence(of: try catalog.manifest(named: "pets"), split: .test) == .complete(images: 2))
    try FileManager.default.removeItem(at: folder.file("photos"))
    guard case .absent = catalog.presence(of: try catalog.manifest(named: "pets"), split: .test) else {
      Issue.record("\(layout) is not told to be absent")
      return
    }
  }

  @Test("A split that is there and cannot be read is an error", arguments: ["folder", "csv", "split"])
  func unreadable(layout: String) throws {
    let argument = try argument(layout, .train)
    let specifier = try DatasetSpecifier.parse(argument)
    #expect(try catalog.splits(of: specifier) == [.train, .test])
    #expect(try catalog.openIfPresent(specifier, split: .val) == nil)
    #expect(throws: DatasetError.self) {
      try catalog.open(specifier, options: DatasetOptions(split: .val))
    }
    // Its images go, its place stays.
    try FileManager.default.removeItem(at: folder.file("photos/test"))
    try folder.file(at: "photos/test/cat/readme.txt", "none")
    #expect(try catalog.splits(of: specifier).contains(.test))
    #expect(throws: DatasetError.self) { try catalog.openIfPresent(specifier, split: .test) }
    #expect(try catalog.openIfPresent(specifier, split: .train)?.count == 3)
  }

  @Test(
    "A root that is named is the only one, though the images lie elsewhere, too",
    arguments: ["list", "csv", "manifest"])
  func root(layout: String) throws {
    for (place, grey) in [("l", 1), ("far", 2)] {
      try folder.image("\(place)/cat/a.png", grey: UInt8(grey))
    }
    try folder.file(at: "l/l.txt", "cat/a.png\tcat\n")
    try folder.file(at: "l/l.csv", "path,label\ncat/a.png,cat\n")
    try folder.file(
      at: "manifests/m.yaml",
      "name: m\nfamily: m\nrole: target\nlayout: list\nclasses: [cat]\n"
        + "splits: {test: {path: l/l.txt, root: far}, val: {path: l/l.txt, root: none}}\n")
    let catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.url.path, workingDirectory: folder.url.path)
    func open(_ root: String) throws -> any ImageDataset {
      switch layout {
      case "list": try catalog.open("list:\(folder.path("l/l.txt"))?root=\(folder.path(root))")
      case "csv": try catalog.open("csv:\(folder.path("l/l.csv"))?root=\(folder.path(root))")
      default: try catalog.open(root == "none" ? "m:val" : "m:test")
      }
    }
    #expect(try open("far").bytes(at: 0) == SampleImages.png(grey: 2))
    let error = #expect(throws: DatasetError.self) { try open("none") }
    #expect(error?.kind == .inputNotFound)
  }

  @Test("A link to a class that leads nowhere, and domains that hold the classes, are errors")
  func doubtfulFolders() throws {
    for domain in ["photo", "sketch"] {
      for name in ["cat", "dog"] { try folder.image("d/\(domain)/\(name)/a.png") }
    }
    let domains = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("d")) }
    #expect(domains?.description.contains("not clear which are the classes") == true)
    #expect(try catalog.open("folder:" + folder.path("d/photo")).classNames == ["cat", "dog"])
    let options = DatasetOptions(classes: ["photo", "sketch"])
    #expect(try catalog.open("folder:" + folder.path("d"), options: options).count == 4)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("d/photo/elk"), withDestinationPath: "/nowhere")
    let broken = #expect(throws: DatasetError.self) { try catalog.open("folder:" + folder.path("d/photo")) }
    #expect(broken?.description.contains("elk in it is a link that leads nowhere") == true)
  }

  @Test("Numbered folders are places among names that are given")
  func numbered() throws {
    for name in ["0", "1", "2"] { try folder.image("n/\(name)/a.png") }
    let options = DatasetOptions(classes: ["cat", "dog", "elk"])
    let named = try catalog.open("folder:" + folder.path("n"), options: options)
    #expect(named.classNames == ["cat", "dog", "elk"] && named.labels == [0, 1, 2])
    #expect(throws: DatasetError.self) {
      try catalog.open("folder:" + folder.path("n"), options: DatasetOptions(classes: ["cat", "dog"]))
    }
  }

  @Test(
    "What is not there is said before slow work",
    arguments: ["folder", "archive", "list", "csv", "split", "cifar"])
  func absent(layout: String) throws {
    let specifier = try DatasetSpecifier.parse("\(layout):\(folder.path("none"))")
    let error = #expect(throws: DatasetError.self) { try catalog.requirePresence(of: [specifier]) }
    #expect(error?.kind == .inputNotFound)
  }
}
