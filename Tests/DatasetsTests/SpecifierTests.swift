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

  @Test("~ is the home folder in every path")
  func home() throws {
    let home = "~".expandingHome
    #expect(home.hasPrefix("/"))
    #expect("~/photos".expandingHome == home + "/photos")
    for path in ["a/~", "./~", "/~/a", "~nobody-is-called-so/a", ""] { #expect(path.expandingHome == path) }
    #expect(try DatasetSpecifier.parse("folder:~/p") == .folder(path: home + "/p"))
    #expect(try DatasetSpecifier.parse("list:~/l.txt") == .list(file: home + "/l.txt"))
    #expect(
      try DatasetSpecifier.parse("wds:~/a.tar::~/b.tar")
        == .webDataset(pattern: home + "/a.tar::" + home + "/b.tar"))
    let catalog = DatasetCatalog(environment: ["CLIPFT_DATA": "~/data", "CLIPFT_MANIFESTS": "/m:~/m"])
    #expect(catalog.dataRoot == home + "/data")
    #expect(catalog.folders.prefix(2) == ["/m", home + "/m"])
    #expect(DatasetCatalog(environment: [:], dataRoot: "~/d").dataRoot == home + "/d")
  }

  @Test("datasets that are called the same get as many folders as tell them apart")
  func distinctNames() throws {
    func names(_ texts: String...) throws -> [String] {
      try DatasetCatalog.distinctNames(for: texts.map { (text) throws in try DatasetSpecifier.parse(text) })
    }
    #expect(try names("folder:/x/A/sketches", "folder:/x/B/sketches") == ["A/sketches", "B/sketches"])
    #expect(
      try names("folder:/x/A/test", "folder:/y/A/test/", "folder:/z/other") == [
        "x/A/test", "y/A/test", "other",
      ])
    #expect(try names("shapes", "folder:/a/shapes", "list:/b/l.txt") == ["shapes", "a/shapes", "l.txt"])
    #expect(try names("shapes:val", "shapes:test") == ["shapes:val", "shapes:test"])
    #expect(try names("wds:/a/{0..3}.tar", "wds:/b/{0..3}.tar") == ["a/{0..3}.tar", "b/{0..3}.tar"])
    #expect(throws: DatasetError.self) { try names("folder:/x/A", "folder:/x/B/../A/") }
    #expect(throws: DatasetError.self) { try names("shapes", "shapes") }
  }

  @Test("a bare path suggests the prefix")
  func barePath() {
    let error = #expect(throws: DatasetError.self) { try DatasetSpecifier.parse("data/photos") }
    #expect(error?.description.contains("folder:data/photos") == true)
  }
}
