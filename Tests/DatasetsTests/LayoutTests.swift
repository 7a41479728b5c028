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

/// Tables of images.
@Suite("csv files")
struct TableFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.image("\(name).png") }
  }

  private func open(_ text: String, _ choices: String = "", split: DatasetSplit = .test) throws
    -> any ImageDataset
  {
    try folder.file(at: "t.csv", text)
    return try TableFile(argument: folder.path("t.csv") + choices)
      .open(LayoutRequest(split: split, name: "t", role: .shift))
  }

  @Test("Columns are named, or those that are usually called so; tabs separate as well; quotes hold anything")
  func columns() throws {
    #expect(
      try open("where,what,x\na.png,cat,1\nb.png,dog,2\n", "?path=where&label=what").classNames == [
        "cat", "dog",
      ])
    #expect(try open("x\tFilename\tLabel\n1\ta.png\tcat\n").classNames == ["cat"])
    #expect(
      try open("\u{feff}label,path\r\n\"a \"\"b\"\", c\nd\",a.png\r\n\n").classNames == ["a \"b\", c\nd"])
    try folder.image("deep/c.png")
    #expect(try open("path,label\nc.png,x\n", "?root=\(folder.path("deep"))").count == 1)
  }

  @Test(
    "What cannot be understood is said with its line",
    arguments: [
      ("", "line 1: it is empty"), ("path\na.png\n", "line 1: its first line names one column"),
      ("path,label\na.png\n", "line 2: it has 1 fields, and the first line names 2 columns"),
      ("path,label\na.png,\n", "line 2: its path or label is empty"),
      ("path,label\na.png,\"x\n", "line 2: a double quote is never closed"),
      ("path,path\na.png,x\n", "line 1: two columns have one name"),
      ("where,label\na.png,x\n", "line 1: no column is that of the path; say csv:FILE?path=COLUMN"),
      ("path,label,class\na.png,x,y\n", "line 1: several columns may be that of the label"),
      ("path,label,split\na.png,x,train\n", "line 1: it has a column split; write csv:FILE?split=split"),
      ("path,label\n", "it has no rows"),
      ("path,label\na.png,\"do\"g\n", "line 2: something follows the double quote"),
      ("path,label\na.png,0\nb.png,1.0\na.png,0\n", "line 3: label '1.0' is no whole number"),
    ])
  func refused(text: String, words: String) throws {
    let error = #expect(throws: DatasetError.self) { try open(text) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(
    "Whole numbers are classes where none are known, and none is made up; else names of classes, or their places"
  )
  func numbers() throws {
    let text = "path,label\na.png,7\nb.png, 3 \n"
    let own = try open(text)
    #expect(own.classNames == ["3", "7"] && own.labels == [1, 0])
    func labels(_ names: [String]) throws -> [Int32] {
      let known = names.map { DatasetClass(id: $0, name: $0) }
      return try TableFile(argument: folder.path("t.csv"))
        .open(LayoutRequest(split: .test, name: "t", role: .shift, classes: known)).labels
    }
    #expect(try labels(["7", "5", "3"]) == [0, 2])
    #expect(try labels((0..<8).map { "class \($0)" }) == [7, 3])
    #expect(throws: DatasetError.self) { try labels(["x", "y"]) }
    // Identifiers that are numbers are none of these: a file without a 0 is read as one with it.
    let flowers = (1...8).map { DatasetClass(id: String($0), name: "flower \($0)") }
    let request = LayoutRequest(split: .test, name: "t", role: .shift, classes: flowers)
    #expect(try TableFile(argument: folder.path("t.csv")).open(request).labels == [7, 3])
  }

  @Test("Columns make up groups, which go with the images")
  func groups() throws {
    let text = "path,label,y,place\na.png,cat,0,sea\nb.png,dog,1,land\n"
    #expect(try open(text, "?label=label").groups == nil)
    let one = try #require(try open(text, "?label=label&group=place").groups)
    #expect(one.names == ["land", "sea"] && one.ofImage == [1, 0])
    let dataset = try open(text, "?label=label&group=y+place")
    let two = try #require(dataset.groups)
    #expect(two.names == ["y 0, place sea", "y 1, place land"])
    #expect(try dataset.subset([1]).groups?.ofImage == [1])
    #expect(throws: DatasetError.self) { try open(text, "?label=label&group=where") }
    #expect(throws: DatasetError.self) { try open("path,label,g\na.png,x,\n", "?group=g") }
  }

  @Test("A column divides the rows into splits, or is told to be none")
  func splits() throws {
    let text = "path,label,split\na.png,x,train\nb.png,y,Validation\n"
    #expect(try open(text, "?split=split", split: .val).paths == ["b.png"])
    #expect(try open(text, "?split=none").count == 2)
    let others = try open(text, "?split=split&test=train")
    #expect(others.paths == ["a.png"] && others.leftOut == [LeftOutFiles.otherRows: 1])
    let missing = #expect(throws: DatasetError.self) { try open(text, "?split=split") }
    #expect(missing?.description.contains("column split has no test rows") == true)
    let unknown = #expect(throws: DatasetError.self) {
      try open("path,label,split\na.png,x,extra\n", "?split=split")
    }
    #expect(unknown?.description.contains("line 2: 'extra' is no split") == true)
  }

  @Test("Splits are named by their values where these are no usual ones; rows of other values are of none")
  func splitValues() throws {
    let text = "path,label,fold\na.png,x,id_test\nb.png,y,test\nb.png,y,extra\n"
    #expect(try open(text, "?split=fold&test=id_test").paths == ["a.png"])
    #expect(try open(text, "?split=fold&test=test").paths == ["b.png"])
    let table = try TableFile(argument: folder.path("t.csv") + "?split=fold&train=extra&val=id_test")
    #expect(try table.splits(classes: nil) == [.train, .val])
    #expect(try TableFile(argument: table.argument).argument == table.argument)
    let none = #expect(throws: DatasetError.self) { try open(text, "?split=fold&val=id_val") }
    #expect(none?.description.contains("column fold has no test rows") == true)
    let lost = #expect(throws: DatasetError.self) { try open(text, "?split=fold&test=id_tset") }
    #expect(lost?.description.contains("column fold has no test rows, which are called id_tset") == true)
    for choices in ["?test=id_test", "?split=none&test=id_test", "?split=fold&val=test&test=test"] {
      #expect(throws: DatasetError.self) { try open(text, choices) }
    }
  }
}

/// CoOp's split files.
@Suite("Split files of CoOp")
struct SplitFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.image("pets/images/\(name).png") }
  }

  private func open(_ text: String, split: DatasetSplit = .train) throws -> any ImageDataset {
    try folder.file(at: "pets/split_zhou_Pets.json", text)
    return try SplitFile(argument: folder.path("pets/split_zhou_Pets.json"))
      .open(LayoutRequest(split: split, name: "pets", role: .target))
  }

  @Test(
    "Images lie where CoOp has them, classes are in the order of their labels, and labels need not be whole")
  func classes() throws {
    let text = #"{"train": [["b.png", 7, "sea_lion"], ["a.png", 2, "cat"]], "test": [["a.png", 9, "dog"]]}"#
    let train = try open(text)
    #expect(train.classNames == ["cat", "sea lion", "dog"] && train.labels == [1, 0])
    #expect(train.paths == ["b.png", "a.png"])
    #expect(try open(text, split: .test).labels == [2])
  }

  @Test(
    "What is no split file is refused",
    arguments: [
      ("[1]", "it is no split file"), (#"{"train": [["a.png", 0]]}"#, "it is no split file"),
      (#"{"valid": []}"#, "'valid' is no split"), ("{}", "it has no split"),
      (#"{"test": [["a.png", 0, "x"]]}"#, "it has no train split, only test"),
      (#"{"train": [["a.png", 0, "x"], ["b.png", 0, "y"]]}"#, "label 0 is called x and y"),
      (#"{"train": [["a.png", 0, "x"], ["b.png", 1, "x"]]}"#, "labels 0 and 1 are both called x"),
      (#"{"train": []}"#, "its train split names no images"),
    ])
  func refused(text: String, words: String) throws {
    let error = #expect(throws: DatasetError.self) { try open(text) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }
}

/// CIFAR's binary files.
@Suite("CIFAR's binary files")
struct CIFARTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A record whose pixel p of plane c is (seed + p + 100 c) mod 256.
  private func record(_ labels: [UInt8], seed: Int) -> Data {
    let pixels = (0..<3072).map { (index: Int) -> UInt8 in
      let (plane, place) = index.quotientAndRemainder(dividingBy: 1024)
      return UInt8((seed + place + 100 * plane) % 256)
    }
    return Data(labels + pixels)
  }

  @Test("CIFAR-10: labels, names, order over files, and pixels")
  func ten() throws {
    try folder.file(at: "c/batches.meta.txt", "airplane\nautomobile\n\n")
    for file in 1...5 {
      try folder.file(
        at: "c/data_batch_\(file).bin", record([UInt8(file % 2)], seed: file) + record([0], seed: 7))
    }
    try folder.file(at: "c/test_batch.bin", record([1], seed: 9))
    let catalog = DatasetCatalog(environment: [:], dataRoot: folder.url.path)
    let specifier = try DatasetSpecifier.parse("cifar:" + folder.path("c"))
    #expect(try catalog.splits(of: specifier) == [.train, .test])
    let train = try catalog.open(specifier, options: DatasetOptions(split: .train))
    #expect(
      train.classNames == ["airplane", "automobile"] && train.labels == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    #expect(train.paths[3] == "data_batch_2.bin/1")
    let image = try train.image(at: 4)
    #expect(image.width == 32 && image.height == 32)
    // Row 1, column 2: the 34th pixel of each plane.
    let expected: [UInt8] = [37, 137, 237]
    #expect(Array(image.pixels[102..<105]) == expected)
    // Labels follow classes that are known.
    let options = DatasetOptions(split: .test, classes: ["automobile", "airplane"])
    #expect(try catalog.open(specifier, options: options).labels == [0])
  }

  @Test("CIFAR-100: the fine label counts, and what is cut or out of range is refused")
  func hundred() throws {
    try folder.file(at: "c/fine_label_names.txt", "apple\naquarium_fish\n")
    try folder.file(at: "c/test.bin", record([9, 1], seed: 1))
    func open(_ split: DatasetSplit = .test) throws -> any ImageDataset {
      try CIFARBinaries(argument: folder.path("c")).open(
        LayoutRequest(split: split, name: "c", role: .target))
    }
    #expect(try open().labels == [1] && open().classNames == ["apple", "aquarium fish"])
    #expect(throws: DatasetError.self) { try open(.train) }
    #expect(throws: DatasetError.self) { try open(.val) }
    try folder.file(at: "c/test.bin", record([9, 2], seed: 1))
    #expect(throws: DatasetError.self) { try open() }
    try folder.file(at: "c/test.bin", record([9, 1], seed: 1).dropLast())
    #expect(throws: DatasetError.self) { try open() }
    #expect(throws: DatasetError.self) {
      try CIFARBinaries(argument: folder.url.path).open(LayoutRequest(split: .test, name: "c", role: .target))
    }
  }
}
