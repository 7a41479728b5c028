import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Class folders")
struct FolderDatasetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("classes are folders by name, images are found at any depth and sorted bytewise")
  func order() throws {
    for path in ["dog/b.png", "dog/a/z.png", "dog/B.jpg", "cat/1.PNG", "cat/.hidden.png", "cat/notes.txt"] {
      try folder.image(path)
    }
    let dataset = try FolderDataset(path: folder.path(), name: "pets", role: .shift)
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(dataset.paths == ["cat/1.PNG", "dog/B.jpg", "dog/a/z.png", "dog/b.png"])
    #expect(dataset.labels == [0, 1, 1, 1])
    #expect(try dataset.bytes(at: 0) == SampleImages.png(grey: 0))
  }

  @Test("folders that are all numbers are sorted as numbers")
  func numbers() throws {
    for name in ["10", "9", "100", "0"] { try folder.image("\(name)/x.png") }
    let dataset = try FolderDataset(path: folder.path(), name: "v2", role: .shift)
    #expect(dataset.classNames == ["0", "9", "10", "100"])
  }

  @Test("with a class list, labels follow the list, by identifier, name or number")
  func classList() throws {
    try folder.image("n02/x.png")
    try folder.image("Tabby_Cat/x.png")
    let classes = [DatasetClass(id: "n01", name: "tabby cat"), DatasetClass(id: "n02", name: "dog")]
    let dataset = try FolderDataset(path: folder.path(), name: "d", role: .shift, classes: classes)
    #expect(dataset.paths == ["Tabby_Cat/x.png", "n02/x.png"])
    #expect(dataset.classNames == ["tabby cat", "dog"])

    let numbered = try TemporaryFolder()
    try numbered.image("1/x.png")
    try numbered.image("0/y.png")
    let byNumber = try FolderDataset(
      path: numbered.path(), name: "d", role: .shift, classes: classes, naming: .index)
    #expect(byNumber.paths == ["0/y.png", "1/x.png"])
    #expect(byNumber.labels == [0, 1])
  }

  @Test("a folder that is no class is an error that suggests the right one")
  func unknownFolder() throws {
    try folder.image("tripod/x.png")
    let error = #expect(throws: DatasetError.self) {
      try FolderDataset(
        path: folder.path(), name: "d", role: .shift,
        classes: [DatasetClass(id: "a", name: "tripods"), DatasetClass(id: "b", name: "zebra")])
    }
    #expect(error?.description.contains("did you mean 'tripods'") == true)
    #expect(error?.kind == .badData)
  }

  @Test("a class without a folder is an error, unless a part will do")
  func missingClass() throws {
    try folder.image("a/x.png")
    let classes = ["a", "b"].map { DatasetClass(id: $0, name: $0) }
    #expect(throws: DatasetError.self) {
      try FolderDataset(path: folder.path(), name: "d", role: .shift, classes: classes)
    }
    let part = try FolderDataset(
      path: folder.path(), name: "d", role: .shift, classes: classes, allowPartial: true)
    #expect(part.classNames == ["a", "b"] && part.labels == [0])
  }

  @Test("a class folder without images is an error that names it")
  func emptyClass() throws {
    try folder.image("full/x.png")
    try folder.file(at: "empty/readme.txt", "nothing here")
    let error = #expect(throws: DatasetError.self) {
      try FolderDataset(path: folder.path(), name: "d", role: .shift)
    }
    #expect(error?.description.contains("/empty") == true)
  }

  @Test("a missing folder says where it was looked for and what it should hold")
  func missingFolder() throws {
    let error = #expect(throws: DatasetError.self) {
      try FolderDataset(path: folder.path("nowhere"), name: "d", role: .shift)
    }
    #expect(error?.kind == .inputNotFound)
    #expect(error?.description.contains(folder.path("nowhere")) == true)
    #expect(error?.description.contains("CLASS/IMAGE.jpg") == true)
  }

  @Test("loops of symbolic links end, and links to images and folders are followed")
  func links() throws {
    try folder.image("a/x.png")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.path("a/loop"), withDestinationPath: folder.path("a"))
    try files.createSymbolicLink(atPath: folder.path("b"), withDestinationPath: folder.path("a"))
    try files.createSymbolicLink(atPath: folder.path("a/gone.png"), withDestinationPath: "nowhere.png")
    let dataset = try FolderDataset(path: folder.path(), name: "d", role: .shift)
    #expect(dataset.classNames == ["a", "b"])
    #expect(dataset.paths.contains("b/x.png"))
    let dangling = try #require(dataset.paths.firstIndex(of: "a/gone.png"))
    #expect(throws: DatasetError.self) { try dataset.bytes(at: dangling) }
  }

  @Test("folders that link to one another in every way are each read once")
  func tangledLinks() throws {
    let names = (0..<12).map { "f\($0)" }
    for name in names { try folder.image("class/\(name)/x.png") }
    for from in names {
      for to in names {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("class/\(from)/to-\(to)"), withDestinationPath: folder.path("class/\(to)"))
      }
    }
    #expect(try FolderDataset(path: folder.path(), name: "d", role: .shift).count == 12)
  }

  @Test("a pipe with an image's name does not make reading hang")
  func pipe() throws {
    try folder.image("a/x.png")
    #expect(mkfifo(folder.path("a/pipe.png"), 0o600) == 0)
    #expect(try FolderDataset(path: folder.path(), name: "d", role: .shift).paths == ["a/x.png"])
  }
}
