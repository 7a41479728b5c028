import Datasets
import Foundation
import TestSupport
import Testing

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
