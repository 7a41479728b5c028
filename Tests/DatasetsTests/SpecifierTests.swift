import Datasets
import Foundation
import Testing

@Suite("Dataset arguments")
struct SpecifierTests {
  @Test(
    "every form is understood and written back",
    arguments: [
      ("shapes", DatasetSpecifier.manifest(name: "shapes", split: nil)),
      ("shapes:val", .manifest(name: "shapes", split: .val)),
      ("folder:/a/b c", .stored(StoredImages(ClassFolders(argument: "/a/b c")))),
      ("wds:s-{0..9}.tar", .stored(StoredImages(TarShards(argument: "s-{0..9}.tar")))),
      ("split:a/split_zhou_B.json", .stored(StoredImages(SplitFile(argument: "a/split_zhou_B.json")))),
    ])
  func forms(text: String, specifier: DatasetSpecifier) throws {
    #expect(try DatasetSpecifier.parse(text) == specifier)
    #expect(specifier.text == text)
  }

  @Test(
    "What is said behind a path is understood and written back, paths in it made absolute",
    arguments: [
      ("list:x:y.txt", "list:/w/x:y.txt"), ("list:l.txt?root=r&first=1", "list:/w/l.txt?root=r&first=1"),
      ("csv:t.csv?path=a&label=b c", "csv:/w/t.csv?path=a&label=b c"),
      ("flat:v?labels=l.txt&ids=i.txt", "flat:/w/v?labels=l.txt&ids=i.txt"),
      ("npy:x.npy?labels=y.npy&rows=1:2", "npy:/w/x.npy?labels=y.npy&rows=1:2"),
      ("index:i.npy?split=test&of=folder:p", "index:/w/i.npy?split=test&of=folder:/w/p"),
      ("index:i.npy?of=csv:t.csv?path=a&label=b", "index:/w/i.npy?of=csv:/w/t.csv?path=a&label=b"),
      ("archive:a/b.zip", "archive:/w/a/b.zip"),
    ])
  func queries(text: String, absolute: String) throws {
    let specifier = try DatasetSpecifier.parse(text)
    #expect(specifier.text == text)
    let here = FileManager.default.currentDirectoryPath
    #expect(specifier.absolute.text.replacing(here + "/", with: "/w/") == absolute)
    #expect(try DatasetSpecifier.parse(specifier.absolute.text) == specifier.absolute)
  }

  @Test(
    "anything else says what to write",
    arguments: [
      "", "./photos", "folder:", "tar:x", ":val", "shapes:most", "csv:?path=a", "csv:a.csv?column=b",
      "csv:a.csv?path=a&path=b", "csv:a.csv?path",
    ])
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
    for (text, whole) in [
      ("folder:~/p", "folder:\(home)/p"), ("list:~/l.txt", "list:\(home)/l.txt"),
      ("wds:~/a.tar::~/b.tar", "wds:\(home)/a.tar::\(home)/b.tar"),
      ("split:~/s.json", "split:\(home)/s.json"),
      ("csv:~/t.csv?label=a b&path=p", "csv:\(home)/t.csv?path=p&label=a b"),
    ] { #expect(try DatasetSpecifier.parse(text).text == whole) }
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
