import Datasets
import Foundation
import ImageCodec
import SampleFiles
import TestSupport
import Testing

func decoded(_ bytes: Data) throws -> [UInt8] { try ImageDecoder.decode(bytes, name: "image").pixels }

/// Datasets written in other layouts.
@Suite("Written datasets")
struct WritingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sample(_ split: DatasetSplit) throws -> InMemoryDataset {
    // The last two are of a class each, and called as others would be numbered.
    let names = ["x/one.png", "y/one.png", "two.PNG", "one-1.png", "three.jpg", ".hidden.png"]
    return try InMemoryDataset(
      name: "sample", role: .target,
      classes: ["cat", "sea lion", "none"].map { DatasetClass(id: $0, name: $0) },
      items: try names.enumerated().map { index, name in
        let image = SampleImages.image(grey: UInt8(10 * index + (split == .train ? 0 : 5)))
        let bytes =
          try name.hasSuffix("jpg") ? ImageEncoder.jpeg(image, quality: 90) : ImageEncoder.png(image)
        return .init(path: name, label: [1, 1, 0, 1, 0, 1][index], bytes: bytes)
      })
  }

  private func contents(_ dataset: any ImageDataset) throws -> [String] {
    try (0..<dataset.count).map {
      "\(dataset.classNames[dataset.label(at: $0)]) \(try dataset.bytes(at: $0).base64EncodedString())"
    }
  }

  @Test("Class folders hold the same images of the same classes, none lost to another of its name")
  func folders() throws {
    let parts: [(DatasetSplit?, any ImageDataset)] = [
      (.train, try sample(.train)), (.test, try sample(.test)),
    ]
    var told = 0
    try ClassFolderWriter.write(parts, to: folder.file("out")) { told += 1 }
    #expect(told == 12)
    let catalog = DatasetCatalog(environment: [:])
    for (split, dataset) in parts {
      let read = try catalog.open(
        "folder:" + folder.path("out"), options: DatasetOptions(split: split ?? .test))
      #expect(try contents(read).sorted() == contents(dataset).sorted())
      #expect(read.leftOut.isEmpty)
    }
    #expect(ClassFolderWriter.changesClasses(of: parts[0].1))
    // What is there stays.
    #expect(throws: (any Error).self) { try ClassFolderWriter.write(parts, to: folder.file("out")) {} }
    let odd = try InMemoryDataset(
      name: "odd", role: .target, classes: [DatasetClass(id: "a/b", name: "a/b")],
      items: [.init(path: "x.png", label: 0, bytes: SampleImages.png(grey: 1))])
    #expect(throws: DatasetError.self) {
      try ClassFolderWriter.write([(nil, odd)], to: folder.file("odd")) {}
    }
  }

  @Test(
    "Shards hold the same images in the same order, with the names of classes and the prompts",
    arguments: [1, 2, 100])
  func shards(size: Int) throws {
    let parts: [(DatasetSplit, any ImageDataset)] = [
      (.train, try sample(.train)), (.test, try sample(.test)),
    ]
    try ShardWriter.write(
      parts, templates: ["a photo of a {}."], to: folder.file("out"), imagesPerShard: size
    ) {}
    let catalog = DatasetCatalog(environment: [:])
    let specifier = try DatasetSpecifier.parse("wds:" + folder.path("out"))
    #expect(try catalog.splits(of: specifier) == [.train, .test])
    for (split, dataset) in parts {
      let read = try catalog.open(specifier, options: DatasetOptions(split: split))
      #expect(try contents(read) == contents(dataset) && read.classNames == dataset.classNames)
      #expect(read.leftOut.isEmpty)
    }
    #expect(try catalog.templates(of: specifier) == ["a photo of a {}."])
    #expect(try catalog.labelSpace(of: specifier.text).templates == ["a photo of a {}."])
  }

  @Test("Nothing is left of what was interrupted")
  func interrupted() throws {
    struct Stop: Error {}
    let train = try sample(.train)
    #expect(throws: Stop.self) {
      try ClassFolderWriter.write([(nil, train)], to: folder.file("a")) { throw Stop() }
    }
    #expect(throws: Stop.self) {
      try ShardWriter.write([(.test, train)], templates: nil, to: folder.file("b")) { throw Stop() }
    }
    #expect(try folder.contents() == [])
  }
}
