import Datasets
import Testing

@Suite("Dataset arguments")
struct SpecifierTests {
  @Test(
    "every form is understood and written back",
    arguments: [
      ("shapes", DatasetSpecifier.manifest(name: "shapes", split: nil)),
      ("shapes:val", .manifest(name: "shapes", split: .val)), ("folder:/a/b c", .folder(path: "/a/b c")),
      ("list:x:y.txt", .list(file: "x:y.txt")), ("wds:s-{0..9}.tar", .webDataset(pattern: "s-{0..9}.tar")),
    ])
  func forms(text: String, specifier: DatasetSpecifier) throws {
    #expect(try DatasetSpecifier.parse(text) == specifier)
    #expect(specifier.text == text)
  }

  @Test(
    "anything else says what to write",
    arguments: ["", "./photos", "folder:", "tar:x", ":val", "shapes:most"])
  func refused(text: String) {
    let error = #expect(throws: DatasetError.self) { try DatasetSpecifier.parse(text) }
    #expect(error?.kind == .badData)
  }

  @Test("a bare path suggests the prefix")
  func barePath() {
    let error = #expect(throws: DatasetError.self) { try DatasetSpecifier.parse("data/photos") }
    #expect(error?.description.contains("folder:data/photos") == true)
  }
}
