import Datasets
import Foundation
import TestSupport
import Testing

/// Tables of images.
@Suite("csv files")
struct TableFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.image("\(name).png") }
  }

  private func open(_ text: String, _ choices: String = "", split: DatasetSplit = .test) throws
    -> any ImageDataset
  {
    try folder.file(at: "t.csv", text)
    return try TableFile(argument: folder.path("t.csv") + choices)
      .open(LayoutRequest(split: split, name: "t", role: .shift))
  }

  @Test("Columns are named, or those that are usually called so; tabs separate as well; quotes hold anything")
  func columns() throws {
    #expect(
      try open("where,what,x\na.png,cat,1\nb.png,dog,2\n", "?path=where&label=what").classNames == [
        "cat", "dog",
      ])
    #expect(try open("x\tFilename\tLabel\n1\ta.png\tcat\n").classNames == ["cat"])
    #expect(
      try open("\u{feff}label,path\r\n\"a \"\"b\"\", c\nd\",a.png\r\n\n").classNames == ["a \"b\", c\nd"])
    try folder.image("deep/c.png")
    #expect(try open("path,label\nc.png,x\n", "?root=\(folder.path("deep"))").count == 1)
  }

  @Test(
    "What cannot be understood is said with its line",
    arguments: [
      ("", "line 1: it is empty"), ("path\na.png\n", "line 1: its first line names one column"),
      ("path,label\na.png\n", "line 2: it has 1 fields, and the first line names 2 columns"),
      ("path,label\na.png,\n", "line 2: its path or label is empty"),
      ("path,label\na.png,\"x\n", "line 2: a double quote is never closed"),
      ("path,path\na.png,x\n", "line 1: two columns have one name"),
      ("where,label\na.png,x\n", "line 1: no column is that of the path; say csv:FILE?path=COLUMN"),
      ("path,label,class\na.png,x,y\n", "line 1: several columns may be that of the label"),
      ("path,label,split\na.png,x,train\n", "line 1: it has a column split; write csv:FILE?split=split"),
      ("path,label\n", "it has no rows"),
      ("path,label\na.png,\"do\"g\n", "line 2: something follows the double quote"),
      ("path,label\na.png,0\nb.png,1.0\na.png,0\n", "line 3: label '1.0' is no whole number"),
    ])
  func refused(text: String, words: String) throws {
    let error = #expect(throws: DatasetError.self) { try open(text) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(
    "Whole numbers are classes where none are known, and none is made up; else names of classes, or their places"
  )
  func numbers() throws {
    let text = "path,label\na.png,7\nb.png, 3 \n"
    let own = try open(text)
    #expect(own.classNames == ["3", "7"] && own.labels == [1, 0])
    func labels(_ names: [String]) throws -> [Int32] {
      let known = names.map { DatasetClass(id: $0, name: $0) }
      return try TableFile(argument: folder.path("t.csv"))
        .open(LayoutRequest(split: .test, name: "t", role: .shift, classes: known)).labels
    }
    #expect(try labels(["7", "5", "3"]) == [0, 2])
    #expect(try labels((0..<8).map { "class \($0)" }) == [7, 3])
    #expect(throws: DatasetError.self) { try labels(["x", "y"]) }
    // Identifiers that are numbers are none of these: a file without a 0 is read as one with it.
    let flowers = (1...8).map { DatasetClass(id: String($0), name: "flower \($0)") }
    let request = LayoutRequest(split: .test, name: "t", role: .shift, classes: flowers)
    #expect(try TableFile(argument: folder.path("t.csv")).open(request).labels == [7, 3])
  }

  @Test("Columns make up groups, which go with the images")
  func groups() throws {
    let text = "path,label,y,place\na.png,cat,0,sea\nb.png,dog,1,land\n"
    #expect(try open(text, "?label=label").groups == nil)
    let one = try #require(try open(text, "?label=label&group=place").groups)
    #expect(one.names == ["land", "sea"] && one.ofImage == [1, 0])
    let dataset = try open(text, "?label=label&group=y+place")
    let two = try #require(dataset.groups)
    #expect(two.names == ["y 0, place sea", "y 1, place land"])
    #expect(try dataset.subset([1]).groups?.ofImage == [1])
    #expect(throws: DatasetError.self) { try open(text, "?label=label&group=where") }
    #expect(throws: DatasetError.self) { try open("path,label,g\na.png,x,\n", "?group=g") }
  }

  @Test("A column divides the rows into splits, or is told to be none")
  func splits() throws {
    let text = "path,label,split\na.png,x,train\nb.png,y,Validation\n"
    #expect(try open(text, "?split=split", split: .val).paths == ["b.png"])
    #expect(try open(text, "?split=none").count == 2)
    let others = try open(text, "?split=split&test=train")
    #expect(others.paths == ["a.png"] && others.leftOut == [LeftOutFiles.otherRows: 1])
    let missing = #expect(throws: DatasetError.self) { try open(text, "?split=split") }
    #expect(missing?.description.contains("column split has no test rows") == true)
    let unknown = #expect(throws: DatasetError.self) {
      try open("path,label,split\na.png,x,extra\n", "?split=split")
    }
    #expect(unknown?.description.contains("line 2: 'extra' is no split") == true)
  }

  @Test("Splits are named by their values where these are no usual ones; rows of other values are of none")
  func splitValues() throws {
    let text = "path,label,fold\na.png,x,id_test\nb.png,y,test\nb.png,y,extra\n"
    #expect(try open(text, "?split=fold&test=id_test").paths == ["a.png"])
    #expect(try open(text, "?split=fold&test=test").paths == ["b.png"])
    let table = try TableFile(argument: folder.path("t.csv") + "?split=fold&train=extra&val=id_test")
    #expect(try table.splits(classes: nil) == [.train, .val])
    #expect(try TableFile(argument: table.argument).argument == table.argument)
    let none = #expect(throws: DatasetError.self) { try open(text, "?split=fold&val=id_val") }
    #expect(none?.description.contains("column fold has no test rows") == true)
    let lost = #expect(throws: DatasetError.self) { try open(text, "?split=fold&test=id_tset") }
    #expect(lost?.description.contains("column fold has no test rows, which are called id_tset") == true)
    for choices in ["?test=id_test", "?split=none&test=id_test", "?split=fold&val=test&test=test"] {
      #expect(throws: DatasetError.self) { try open(text, choices) }
    }
  }
}
