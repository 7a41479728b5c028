import Datasets
import Foundation
import SampleFiles
import TestSupport
import Testing

/// Arrays of NumPy: of images, and of places.
@Suite("Arrays of NumPy")
struct ArrayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Images of 2 × 3 pixels; byte b of image i is 20 i + b.
  private static func images(_ count: Int) -> Data {
    let bytes = (0..<count * 18).map { (index: Int) -> UInt8 in UInt8(index / 18 * 20 + index % 18) }
    return NpyFiles.of("|u1", shape: [count, 2, 3, 3], Data(bytes))
  }

  private func open(_ more: String = "", classes: [String]? = nil) throws -> any ImageDataset {
    try ArrayFile(argument: folder.path("x.npy") + "?labels=y.npy" + more).open(
      LayoutRequest(
        split: .test, name: "x", role: .shift, classes: classes?.map { DatasetClass(id: $0, name: $0) }))
  }

  @Test("Images and labels, all of them or some rows")
  func rows() throws {
    try folder.file(at: "x.npy", Self.images(4))
    try folder.file(at: "y.npy", NpyFiles.of([3, 1, 1, 0]))
    let all = try open()
    #expect(all.count == 4 && all.classNames == ["0", "1", "3"] && all.labels == [2, 1, 1, 0])
    let image = try all.image(at: 1)
    #expect(image.width == 3 && image.height == 2 && image.pixels == (20..<38).map { UInt8($0) })
    #expect(try decoded(all.file(at: 1)) == image.pixels)
    let some = try open("&rows=1:3", classes: ["a", "b", "c", "d"])
    #expect(some.labels == [1, 1] && some.paths == ["x.npy/1", "x.npy/2"])
    #expect(try some.image(at: 1).pixels[0] == 40)
  }

  @Test("What does not fit is refused")
  func refused() throws {
    try folder.file(at: "x.npy", Self.images(2))
    func problem(labels: Data, _ more: String = "", classes: [String]? = nil) throws -> String {
      try folder.file(at: "y.npy", labels)
      let error = #expect(throws: DatasetError.self) { try open(more, classes: classes) }
      return error?.description ?? ""
    }
    #expect(try problem(labels: NpyFiles.of([0])).contains("it has 1 labels, but there are 2 images"))
    #expect(try problem(labels: NpyFiles.of([0, 1]), "&rows=1:3").contains("not 1:3"))
    #expect(try problem(labels: NpyFiles.of([0, 5]), classes: ["a"]).contains("label 5"))
    #expect(try problem(labels: NpyFiles.of("<f8", shape: [2], Data(count: 16))).contains("whole numbers"))
    #expect(try problem(labels: NpyFiles.of("|O", shape: [2], Data(count: 16))).contains("Python objects"))
    #expect(try problem(labels: NpyFiles.of("<i8", shape: [2], Data(count: 15))).contains("does not fit"))
    #expect(
      try problem(labels: NpyFiles.of("<i8", shape: [1 << 40, 1 << 40], Data())).contains("beyond counting"))
    for shape in [[2, 2, 3], [2, 2, 3, 4], [2, 3, 2, 3, 1]] {
      try folder.file(at: "x.npy", NpyFiles.of("|u1", shape: shape, Data(count: shape.reduce(1, *))))
      #expect(try problem(labels: NpyFiles.of([0, 1])).contains("expected [N, height, width, 3]"))
    }
    try folder.file(
      at: "x.npy", NpyFiles.of("|u1", shape: [2, 1, 1, 3], Data(count: 6), fortranOrder: true))
    #expect(try problem(labels: NpyFiles.of([0, 1])).contains("Fortran"))
    for rows in ["3:1", "1:1", "-1:2", "1", "1:2:3", "a:b"] {
      #expect(throws: DatasetError.self) { try ArrayFile(argument: "x.npy?labels=y&rows=\(rows)") }
    }
  }

  @Test("Places of other data, in their order; from an array or a text")
  func places() throws {
    for split in ["train", "test"] {
      for (grey, name) in ["cat/a", "cat/b", "dog/c"].enumerated() {
        try folder.file(at: "p/\(split)/\(name).png", SampleImages.png(grey: UInt8(grey)))
      }
    }
    let whole = "of=folder:" + folder.path("p")
    func open(_ file: String, _ more: String = "", split: DatasetSplit = .train) throws -> any ImageDataset {
      let text = "index:\(folder.path(file))?\(more)\(whole)"
      #expect(try DatasetSpecifier.parse(text).absolute.text == text)
      return try DatasetCatalog(environment: [:]).open(text, options: DatasetOptions(split: split))
    }
    try folder.file(at: "i.npy", NpyFiles.of([2, 0]))
    try folder.file(at: "i.txt", "1\n")
    #expect(try open("i.npy").paths == ["dog/c.png", "cat/a.png"])
    // Which images they are does not depend on what they are for.
    #expect(try open("i.npy", split: .test).location(at: 0).contains("/train/"))
    #expect(try open("i.npy", "split=test&").location(at: 0).contains("/test/"))
    #expect(try open("i.txt").paths == ["cat/b.png"])
    for (name, bytes) in [
      ("far", NpyFiles.of([3])), ("negative", NpyFiles.of([-1])), ("twice", NpyFiles.of([1, 1])),
      ("none", NpyFiles.of([])), ("square", NpyFiles.of("<i8", shape: [1, 1], Data(count: 8))),
    ] {
      try folder.file(at: name + ".npy", bytes)
      #expect(throws: DatasetError.self, "\(name)") { try open(name + ".npy") }
    }
    // What would be left out moves all places behind it.
    try folder.file(at: "p/train/cat/a.heic", "x")
    let partial = DatasetOptions(split: .train, allowPartial: true)
    #expect(throws: DatasetError.self) {
      try DatasetCatalog(environment: [:]).open("index:\(folder.path("i.npy"))?\(whole)", options: partial)
    }
    for text in ["i.npy", "i.npy?of=shapes", "i.npy?of=index:a.npy?of=folder:p", "i.npy?split=x&of=folder:p"]
    {
      #expect(throws: DatasetError.self) { try IndexList(argument: text) }
    }
  }
}
