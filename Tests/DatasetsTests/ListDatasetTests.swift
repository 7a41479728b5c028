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
    return try open("lists/list.txt", classes: classes, roots: roots)
  }

  private func open(
    _ file: String, classes: [String]? = nil, roots: [String] = [], allowPartial: Bool = false
  ) throws -> ListDataset {
    var request = LayoutRequest(
      split: .test, name: "l", role: .shift, classes: classes?.map { DatasetClass(id: $0, name: $0) })
    request.roots = roots
    request.allowsPartial = allowPartial
    return try #require(try ListFile(argument: folder.path(file)).open(request) as? ListDataset)
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

  @Test("a tab separates a path from a label that has spaces; byte-order marks and comments are no paths")
  func tabs() throws {
    try folder.image("lists/sea lion 1.png")
    try folder.image("lists/b.png")
    let dataset = try list(
      "\u{FEFF}# path, a tab, class\r\nsea lion 1.png\tsea lion\r\n\r\nb.png\tgrey heron\r\n")
    #expect(dataset.paths == ["sea lion 1.png", "b.png"])
    #expect(dataset.classNames == ["grey heron", "sea lion"])
    #expect(dataset.labels == [1, 0])
  }

  @Test("paths may be absolute and lead out of the list's folder")
  func elsewhere() throws {
    try folder.image("images/a.png", grey: 3)
    try folder.image("images/b.png")
    let dataset = try list("../images/a.png 0\n\(folder.path("images/b.png")) 1\n")
    #expect(try dataset.bytes(at: 0) == SampleImages.png(grey: 3))
    #expect(try dataset.image(at: 1).width == 6)
  }

  @Test(
    "what would be read as something else than was meant is refused, with its line",
    arguments: [
      ("a.png 0\n./a.png 1\n", "line 1 already"),
      ("a.png,0\n", "commas"), ("my dog.png,0\n", "commas"), ("0,\"a.png\"\n", "commas"),
      ("path,label\na.png,0\n", "commas"), ("\"a.png\" 0\n", "quoted"), ("a.png\t\"sea lion\"\n", "quoted"),
      ("a.png\t0\tx\n", "3 columns"), ("#a.png 0\n", "comment that looks like an image"),
      ("a.png 0\rb.png 1\r", "carriage returns"),
    ])
  func doubtful(text: String, words: String) throws {
    try folder.image("lists/a.png")
    let error = #expect(throws: DatasetError.self) { try list(text) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test("images that are not there are an error at once, with their number and the first; a part may do")
  func missing() throws {
    try folder.image("lists/a.png")
    let text = "a.png 0\nb.png 1\nc.png 0\n"
    let error = #expect(throws: DatasetError.self) { try list(text) }
    #expect(error?.kind == .inputNotFound)
    #expect(error?.description.contains("2 of 3 images") == true)
    #expect(error?.description.contains("b.png (line 2)") == true)
    let part = try open("lists/list.txt", allowPartial: true)
    #expect(part.paths == ["a.png"] && part.leftOut == [LeftOutFiles.missing: 2])
    let spaces = #expect(throws: DatasetError.self) { try list("a.png 0\na.png sea lion\n") }
    #expect(spaces?.description.contains("needs a tab") == true)
  }

  @Test("UTF-16 is refused with what to do")
  func utf16() throws {
    try folder.file(
      at: "lists/wide.txt",
      Data([0xFF, 0xFE]) + "a.png 0\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
    let error = #expect(throws: DatasetError.self) {
      try open("lists/wide.txt")
    }
    #expect(error?.description.contains("save it as UTF-8") == true)
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
      try open("lists/bytes.txt")
    }
    #expect(throws: DatasetError.self) {
      try open("none.txt")
    }
  }
}
