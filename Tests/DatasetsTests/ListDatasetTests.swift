import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Image lists")
struct ListDatasetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func list(_ text: String, classes: [String]? = nil, roots: [String] = []) throws -> ListDataset {
    try folder.file(at: "lists/list.txt", text)
    return try ListDataset(
      file: folder.path("lists/list.txt"), name: "l", role: .shift,
      classes: classes?.map { DatasetClass(id: $0, name: $0) }, roots: roots)
  }

  @Test("a line splits at its last space, so paths may have spaces")
  func spaces() throws {
    try folder.image("lists/soap dispenser _ 0.28.png", grey: 7)
    try folder.image("lists/b.png")
    let dataset = try list("soap dispenser _ 0.28.png 1\r\n\nb.png\t0\n")
    #expect(dataset.paths == ["soap dispenser _ 0.28.png", "b.png"])
    #expect(dataset.labels == [1, 0])
    #expect(dataset.classNames == ["0", "1"])
    #expect(try dataset.bytes(at: 0) == SampleImages.png(grey: 7))
  }

  @Test("labels may be names, known or not beforehand")
  func names() throws {
    try folder.image("lists/a.png")
    try folder.image("lists/b.png")
    #expect(try list("a.png dog\nb.png cat\n").classNames == ["cat", "dog"])
    #expect(try list("a.png dog\nb.png Cat\n", classes: ["dog", "cat"]).labels == [0, 1])
  }

  @Test("paths are found below the data root as well")
  func roots() throws {
    try folder.image("images/a.png")
    #expect(try list("a.png 0", roots: [folder.path("images")]).root == folder.path("images"))
    let error = #expect(throws: DatasetError.self) {
      try list("nowhere.png 0", roots: [folder.path("images")])
    }
    #expect(error?.kind == .inputNotFound)
    #expect(error?.description.contains(folder.path("images")) == true)
  }

  @Test(
    "a line that cannot be used is an error with its number",
    arguments: ["a.png 0\na.png -1", "a.png 0\na.png 9223372036854775807", "a.png 0\na.png"])
  func badLines(text: String) throws {
    try folder.image("lists/a.png")
    let error = #expect(throws: DatasetError.self) { try list(text) }
    #expect(error?.description.contains("line 2") == true)
  }

  @Test("labels beyond a given class list, unknown names, empty lists and bytes that are no text are errors")
  func refused() throws {
    try folder.image("lists/a.png")
    #expect(throws: DatasetError.self) { try list("a.png 2", classes: ["x", "y"]) }
    #expect(throws: DatasetError.self) { try list("a.png z", classes: ["x", "y"]) }
    #expect(throws: DatasetError.self) { try list("\n \n") }
    try folder.file(at: "lists/bytes.txt", Data([0xFF, 0xFE, 0x20, 0x30]))
    #expect(throws: DatasetError.self) {
      try ListDataset(file: folder.path("lists/bytes.txt"), name: "l", role: .shift)
    }
    #expect(throws: DatasetError.self) {
      try ListDataset(file: folder.path("none.txt"), name: "l", role: .shift)
    }
  }
}
