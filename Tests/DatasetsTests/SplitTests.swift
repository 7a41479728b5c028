import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Splits of a dataset")
struct SplitTests {
  private let folder: TemporaryFolder
  private let catalog: DatasetCatalog

  init() throws {
    folder = try TemporaryFolder()
    catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.path())
  }

  private func photos(_ paths: String...) throws {
    for path in paths { try folder.image("p/\(path)/x.png") }
  }

  private var own: DatasetSpecifier { .stored(StoredImages(ClassFolders(argument: folder.path("p")))) }

  private func refusal(
    _ split: DatasetSplit, classes: [String]? = nil, _ sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) {
      try catalog.openIfPresent(own, split: split, options: DatasetOptions(classes: classes))
    }
    return error?.description ?? ""
  }

  @Test("a folder without splits, a list and shards are not divided")
  func undivided() throws {
    try photos("heron", "egret")
    #expect(try catalog.splits(of: own) == [])
    #expect(try catalog.openIfPresent(own, split: .val) == nil)
    #expect(try catalog.splits(of: .parse("list:x.txt")) == [])
    #expect(try catalog.openIfPresent(.parse("wds:x.tar"), split: .test) == nil)
  }

  @Test("a split that is not there is none; of a manifest, the one asked for is opened")
  func present() throws {
    try photos("train/heron", "val/heron")
    #expect(try catalog.splits(of: own) == [.train, .val])
    #expect(try catalog.openIfPresent(own, split: .test) == nil)
    #expect(try catalog.openIfPresent(own, split: .val)?.count == 1)

    try folder.file(
      at: "manifests/pets.yaml",
      "name: pets\nfamily: pets\nrole: target\nlayout: folder\nclasses: [heron]\n"
        + "splits: {train: {path: pets/train}, val: {path: pets/val}}\n")
    try folder.image("data/pets/val/heron/x.png")
    let manifest = DatasetSpecifier.manifest(name: "pets", split: .train)
    #expect(try catalog.splits(of: manifest) == [.train, .val])
    #expect(try catalog.openIfPresent(manifest, split: .val)?.count == 1)
    #expect(try catalog.openIfPresent(manifest, split: .test) == nil)
  }

  @Test(
    "folders of splits are known in any case and under their usual names",
    arguments: [
      ("Train", "VAL", "Test"), ("training", "valid", "testing"), ("training_set", "dev", "test_set"),
      ("TrainSet", "Validation-Set", "eval"),
    ])
  func names(train: String, val: String, test: String) throws {
    try photos("\(train)/heron", "\(val)/egret", "\(test)/stork")
    for (split, name) in [(DatasetSplit.train, "heron"), (.val, "egret"), (.test, "stork")] {
      #expect(try catalog.openIfPresent(own, split: split)?.classNames == [name])
    }
  }

  @Test("a split that is there and cannot be used is an error, whatever is wrong with it")
  func damaged() throws {
    try photos("train/heron")
    let files = FileManager.default
    try files.createDirectory(atPath: folder.path("p/val"), withIntermediateDirectories: true)
    #expect(refusal(.val).contains("p/val"))
    try files.removeItem(atPath: folder.path("p/val"))
    try files.createSymbolicLink(atPath: folder.path("p/val"), withDestinationPath: "gone")
    #expect(refusal(.val).contains("leads nowhere"))
    try files.removeItem(atPath: folder.path("p/val"))
    try folder.file(at: "p/Val.tar.gz", "packed")
    #expect(refusal(.val).contains("unpack it"))
    try folder.image("p/test/x.png")
    #expect(refusal(.test).contains("no class folders"))
    try folder.file(at: "p/test/heron/notes.txt", "no image")
    #expect(refusal(.test).contains("p/test/heron"))
    // What is not asked for does not matter.
    #expect(try catalog.openIfPresent(own, split: .train)?.count == 1)
  }

  @Test("two folders for one split are an error that names both")
  func ambiguous() throws {
    try photos("train/heron", "val/heron", "valid/heron")
    let words = refusal(.val)
    #expect(words.contains("val and valid") && words.contains("folder:"))
    #expect(try catalog.openIfPresent(own, split: .train)?.count == 1)
    try photos("Train/heron")
    #expect(refusal(.train).contains("Train and train"))
  }

  @Test("a split may lack classes of the training images, which are named, but has no others")
  func classes() throws {
    try photos("train/heron", "train/egret", "train/stork", "val/heron", "val/egret", "test/crane")
    let classes = ["egret", "heron", "stork"]
    let val = try #require(
      try catalog.openIfPresent(own, split: .val, options: DatasetOptions(classes: classes)))
    #expect(val.classNames == classes && val.labels == [0, 1])
    #expect(val.classesWithoutImages.map(\.name) == ["stork"])
    #expect(refusal(.test, classes: classes).contains("crane"))
    #expect(refusal(.train, classes: classes + ["ibis"]).contains("ibis"))
  }

  @Test(
    "a split with class folders divides a folder, whatever else lies beside it, which is counted",
    arguments: ["train", "training_set", "Test"])
  func besideOthers(split: String) throws {
    try photos("\(split)/heron", "\(split)/egret", "unlabeled", "holdout/heron")
    let wanted = try #require(DatasetSplit(folderName: split))
    #expect(try catalog.splits(of: own) == [wanted])
    let dataset = try catalog.open(own, options: DatasetOptions(split: wanted))
    #expect(dataset.classNames == ["egret", "heron"])
    #expect(dataset.leftOut == ["unlabeled/": 1, "holdout/": 1])
  }

  @Test("a class may be called as a split is, if it holds images or is named as a class")
  func classCalledTrain() throws {
    try photos("train", "car")
    #expect(try catalog.open(own).classNames == ["car", "train"])
    try FileManager.default.removeItem(atPath: folder.path("p"))
    try photos("train/steam", "train/diesel", "car")
    #expect(try catalog.open(own, options: DatasetOptions(classes: ["car", "train"])).labels == [0, 1, 1])
  }

  @Test("what operating systems leave behind is no class and no split")
  func droppings() throws {
    try photos("train/heron", "test/heron", "__MACOSX/heron", "test/@eaDir")
    try folder.file(at: "p/test/Thumbs.db", "")
    try folder.file(at: "p/test/lost+found/x", "")
    try folder.file(at: "p/.ipynb_checkpoints/x", "")
    #expect(try catalog.splits(of: own) == [.train, .test])
    #expect(try catalog.openIfPresent(own, split: .test)?.classNames == ["heron"])
  }

  @Test(
    "folders that only wrap others are passed through where there is no doubt",
    arguments: [
      "p/heron", "train/train/heron", "archive/train/heron", "p/p/Train/heron", "Train/training/heron",
    ])
  func wrapped(path: String) throws {
    try photos(path)
    let dataset = try catalog.open(own, options: DatasetOptions(split: .train))
    #expect(dataset.paths == ["heron/x.png"])
  }

  @Test("a single folder of folders may be a wrapper or a class: nobody guesses")
  func doubtfulWrapper() throws {
    try photos("birds/heron", "birds/egret")
    let error = #expect(throws: DatasetError.self) { try catalog.open(own) }
    #expect(error?.description.contains("write folder:\(folder.path("p/birds"))") == true)
    #expect(try catalog.open(own, options: DatasetOptions(classes: ["birds"])).count == 2)
    #expect(try catalog.open("folder:" + folder.path("p/birds")).classNames == ["egret", "heron"])
  }
}
