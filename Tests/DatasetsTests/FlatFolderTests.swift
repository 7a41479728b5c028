import Datasets
import Foundation
import TestSupport
import Testing

/// Images in one folder with a file of labels.
@Suite("Flat folders with a file of labels")
struct FlatFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for (grey, name) in ["b.JPEG", "a.JPEG", "c.JPEG"].enumerated() {
      try folder.file(at: "val/\(name)", SampleImages.png(grey: UInt8(grey)))
    }
  }

  private func open(
    _ labels: String, file: String = "labels.txt", _ more: String = "", classes: [String]? = nil,
    allowPartial: Bool = false
  ) throws -> any ImageDataset {
    try folder.file(at: file, labels)
    var request = LayoutRequest(
      split: .test, name: "v", role: .target,
      classes: classes?.map { DatasetClass(id: $0, name: "the " + $0) })
    request.allowsPartial = allowPartial
    return try FlatFolder(argument: folder.path("val") + "?labels=\(file)\(more)").open(request)
  }

  @Test("A label a line is for the images in the order of their names")
  func inOrder() throws {
    let dataset = try open("n2\nn1\nn2\n", classes: ["n1", "n2"])
    #expect(dataset.paths == ["a.JPEG", "b.JPEG", "c.JPEG"] && dataset.labels == [1, 0, 1])
    #expect(try open("2\n1\n2\n", "&first=1", classes: ["x", "y"]).labels == [1, 0, 1])
    #expect(throws: DatasetError.self) { try open("2\n1\n2\n", classes: ["x", "y"]) }
    let error = #expect(throws: DatasetError.self) { try open("n1\nn2\n") }
    #expect(error?.description.contains("it has 2 labels, but") == true)
  }

  @Test("A line or a row names its image, with or without suffix; of Kaggle's boxes, the class counts")
  func named() throws {
    #expect(try open("c.JPEG 1\na.JPEG 0\nb.JPEG 1\n").labels == [1, 0, 1])
    let rows = "ImageId,PredictionString\nb,n1 3 4 5 6 \na,n2 1 2 3 4 n2 5 6 7 8 \nc,n1 1 1 1 1\n"
    let dataset = try open(rows, file: "solution.csv")
    #expect(dataset.paths == ["b.JPEG", "a.JPEG", "c.JPEG"] && dataset.classNames == ["n1", "n2"])
    #expect(dataset.labels == [0, 1, 0])
  }

  @Test("Numbers that are no places are given identifiers by another file")
  func identifiers() throws {
    try folder.file(at: "ids.txt", "490 n1\n12 n2\n7 n3\n")
    let ids = "&ids=" + folder.path("ids.txt")
    #expect(try open("12\n490\n490\n", ids, classes: ["n1", "n2"]).labels == [1, 0, 0])
    let unknown = #expect(throws: DatasetError.self) { try open("12\n490\n5\n", ids) }
    #expect(unknown?.description.contains("line 3") == true)
    #expect(throws: DatasetError.self) { try FlatFolder(argument: "val?labels=x&ids=y&first=1") }
  }

  @Test(
    "Lists of MATLAB are labels and places, its structures identifiers, as ILSVRC's and Oxford's data have them"
  )
  func matlab() throws {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("CheckpointTests/Fixtures")
    for name in ["d.JPEG", "e.JPEG"] { try folder.file(at: "val/\(name)", SampleImages.png(grey: 9)) }
    func open(_ more: String) throws -> any ImageDataset {
      try FlatFolder(argument: folder.path("val") + "?labels=" + fixtures.path + "/labels.mat" + more).open(
        LayoutRequest(split: .test, name: "v", role: .target))
    }
    let several = #expect(throws: DatasetError.self) { try open("&first=1") }
    #expect(several?.description.contains("labels, trnid; say variable=NAME") == true)
    let dataset = try open("&variable=labels&first=1")
    #expect(dataset.classNames == ["1", "3", "77", "102"] && dataset.labels == [2, 2, 1, 3, 0])
    #expect(throws: DatasetError.self) { try open("&variable=trnid&first=1") }
    try folder.file(at: "truth.txt", "12\n490\n1001\n12\n12\n")
    let kit = try FlatFolder(
      argument: folder.path("val") + "?labels=" + folder.path("truth.txt") + "&ids=" + fixtures.path
        + "/meta.mat"
    ).open(LayoutRequest(split: .test, name: "v", role: .target))
    #expect(kit.classNames == ["n00001740", "n01440764", "n01443537"] && kit.labels == [2, 1, 0, 2, 2])
    try folder.file(at: "setid.mat", Data(contentsOf: fixtures.appendingPathComponent("labels.mat")))
    func places(_ variable: String) throws -> any ImageDataset {
      let of = "flat:" + folder.path("val") + "?labels=" + folder.path("truth.txt")
      return try DatasetCatalog(environment: [:]).open(
        "index:" + folder.path("setid.mat") + "?variable=\(variable)&first=1&of=" + of)
    }
    #expect(throws: DatasetError.self) { try places("trnid") }
    #expect(throws: DatasetError.self) { try places("none") }
  }

  @Test("A file may name some of the images, without suffixes, by labels with blanks, as FGVC-Aircraft's do")
  func variants() throws {
    let text = "c Boeing 717\na F/A-18\n"
    let error = #expect(throws: DatasetError.self) { try open(text) }
    #expect(error?.description.contains("&unlisted=skip") == true)
    let dataset = try open(text, "&unlisted=skip")
    #expect(dataset.paths == ["c.JPEG", "a.JPEG"] && dataset.classNames == ["Boeing 717", "F/A-18"])
    #expect(dataset.leftOut == [LeftOutFiles.otherRows: 1])
    #expect(throws: DatasetError.self) { try open(text, "&unlisted=keep") }
    #expect(throws: DatasetError.self) { try open(text + "z Boeing 717\n", "&unlisted=skip") }
  }

  @Test("Images without a label are an error, or left out and counted")
  func unlabelled() throws {
    let error = #expect(throws: DatasetError.self) { try open("a.JPEG 0\nb.JPEG 1\n") }
    #expect(error?.description.contains("the first being c.JPEG") == true)
    let partial = try open("a.JPEG 0\nb.JPEG 1\n", allowPartial: true)
    #expect(partial.count == 2 && partial.leftOut == [LeftOutFiles.unlabelled: 1])
    #expect(throws: DatasetError.self) { try open("a.JPEG 0\nb.JPEG 1\nc.JPEG 0\nd.JPEG 1\n") }
    let twice = #expect(throws: DatasetError.self) { try open("a.JPEG 0\nb.JPEG 1\nc.JPEG 0\nb.JPEG 1\n") }
    #expect(twice?.description.contains("line 4: b.JPEG has a label already") == true)
  }

  @Test(
    "What the argument lacks is said",
    arguments: ["val", "val?labels=", "val?label=x", "val?labels=x&labels=y", "val?labels=x&first=2"])
  func argument(text: String) throws { #expect(throws: DatasetError.self) { try FlatFolder(argument: text) } }
}
