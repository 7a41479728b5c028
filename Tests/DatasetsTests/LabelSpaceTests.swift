import Datasets
import Foundation
import TestSupport
import Testing

/// Halves of classes, prompts of each class, and names that classes share.
@Suite("Label spaces")
struct LabelSpaceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Base classes are the first half, the larger of two, as CoOp has them")
  func halves() {
    #expect(
      ClassHalf.base.classes(of: Array(1...5)) == [1, 2, 3]
        && ClassHalf.new.classes(of: Array(1...5)) == [4, 5])
    #expect(ClassHalf.base.classes(of: [1, 2]) == [1] && ClassHalf.new.classes(of: [1]).isEmpty)
  }

  @Test("A half of any data has its images alone, labelled from 0")
  func opened() throws {
    for (index, name) in ["a", "b", "c", "d", "e"].enumerated() {
      for split in ["train", "test"] { try folder.image("p/\(split)/\(name)/x.png", grey: UInt8(index)) }
    }
    try folder.file(at: "l.txt", "p/test/e/x.png 4\np/test/a/x.png 0\np/test/d/x.png 3\n")
    let catalog = DatasetCatalog(environment: [:], workingDirectory: folder.url.path)
    func open(_ text: String, _ half: ClassHalf, of all: [String]? = nil, expecting: [String]? = nil) throws
      -> any ImageDataset
    {
      var options = DatasetOptions(classes: expecting)
      options.half = (half, all)
      return try catalog.open(text, options: options)
    }
    let whole = "folder:" + folder.path("p")
    let base = try open(whole, .base)
    #expect(base.classNames == ["a", "b", "c"] && base.labels == [0, 1, 2])
    #expect(base.location(at: 0).hasSuffix("p/test/a/x.png"))
    let new = try open(whole, .new, expecting: ["d", "e"])
    #expect(new.classNames == ["d", "e"] && new.labels == [0, 1])
    // A list that shows some of the classes needs the names of all.
    let names = ["ape", "bee", "cow", "dog", "eel"]
    let listed = try open("list:" + folder.path("l.txt"), .new, of: names, expecting: ["dog", "eel"])
    #expect(listed.labels == [1, 0])
    #expect(throws: DatasetError.self) {
      try open("list:" + folder.path("l.txt"), .new, expecting: ["dog", "eel"])
    }
    let space = try catalog.labelSpace(of: whole, half: .new)
    #expect(space.classes.map(\.id) == ["d", "e"] && space.familyClasses == space.classes)
    let manifest = try catalog.labelSpace(of: "shapes", half: .base)
    #expect(manifest.classes.count == (try catalog.labelSpace(of: "shapes").classes.count + 1) / 2)
  }

  private static let classes = [
    DatasetClass(id: "n1", name: "sea lion"), DatasetClass(id: "n2", name: "crane"),
    DatasetClass(id: "n3", name: "crane"),
  ]

  private func described(_ json: String) throws -> ClassDescriptions {
    try folder.file(at: "d.json", json)
    return try ClassDescriptions(contentsOf: folder.path("d.json"), for: Self.classes)
  }

  @Test("Prompts of each class are found by name or identifier; others are told, missing ones an error")
  func descriptions() throws {
    let read = try described(
      #"{"Sea_Lion": ["a {} at sea.", "it barks"], "crane": ["a crane."], "dog": ["x"]}"#)
    #expect(read.prompts == [["a sea lion at sea.", "it barks"], ["a crane."], ["a crane."]])
    #expect(read.unused == ["dog"] && read.count == 4 && read.sha256.count == 64)
    let own = try described(#"{"n1": ["a"], "n2": ["b"], "n3": ["c"]}"#)
    #expect(own.prompts == [["a"], ["b"], ["c"]])
    for (json, words) in [
      (#"{"sea lion": ["a"]}"#, "no prompts for 2 of the 3 classes"), ("[]", "no file of descriptions"),
      (#"{"n1": [], "n2": ["b"], "n3": ["c"]}"#, "0 prompts"), (#"{"n1": "a"}"#, "no file of descriptions"),
      (#"{"n1": ["a"], "sea lion": ["b"], "crane": ["c"]}"#, "two of its names mean class 'sea lion'"),
    ] {
      let error = #expect(throws: DatasetError.self) { try described(json) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("Other names make other prompts: by identifier, or one a line; WordNet's come with the program")
  func names() throws {
    func prompts(_ text: String) throws -> [[String]] {
      try folder.file(at: "n.txt", text)
      return try ClassDescriptions(
        names: folder.path("n.txt"), templates: ["a {}.", "{}"], for: Self.classes
      ).prompts
    }
    let expected = [["a seal.", "seal"], ["a bird.", "bird"], ["a machine.", "machine"]]
    #expect(try prompts("n3\tmachine\nn2\tbird\nn1\tseal\nn9\tother\n") == expected)
    #expect(try prompts("seal\nbird\nmachine\n") == expected)
    for text in ["seal\n", "n1\tseal\nn2\tbird\n", "n1\ta\nn1\tb\nn2\tc\nn3\td\n", "n1\t\nn2\tb\nn3\tc\n"] {
      #expect(throws: DatasetError.self) { try prompts(text) }
    }
    let imagenet = try DatasetCatalog(environment: [:]).manifest(named: "imagenet").classes.values
    let wordNet = try ClassDescriptions(
      names: "imagenet-wordnet-names.txt", templates: ["{}"], for: imagenet)
    #expect(wordNet.prompts.count == 1000 && wordNet.prompts[0] == ["tench"])
    #expect(zip(wordNet.prompts, imagenet).contains { $0 != [$1.name] })
  }

  @Test("Names that several classes have are told")
  func shared() {
    #expect(
      Self.classes.sharedNamesNote?.contains("1 class name is that of several classes each ('crane')") == true
    )
    #expect(Array(Self.classes.prefix(2)).sharedNamesNote == nil)
  }

  @Test("The CLIP benchmark's folder brings class names and prompts")
  func benchmark() throws {
    try folder.file(at: "w/classnames.txt", "cat\nsea lion\n")
    try folder.file(at: "w/zeroshot_classification_templates.txt", "a photo of {c}.\n{c}\n")
    try folder.file(at: "w/test/nshards.txt", "0")
    let catalog = DatasetCatalog(environment: [:])
    let specifier = try DatasetSpecifier.parse("wds:" + folder.path("w"))
    #expect(try catalog.templates(of: specifier) == ["a photo of {}.", "{}"])
    #expect(try catalog.splits(of: specifier) == [.test])
    try folder.file(at: "w/zeroshot_classification_templates.txt", "a photo\n")
    #expect(throws: DatasetError.self) { try catalog.templates(of: specifier) }
    try folder.file(at: "w/dataset_type.txt", "retrieval\n")
    let error = #expect(throws: DatasetError.self) { try catalog.open(specifier) }
    #expect(error?.description.contains("retrieval") == true)
  }
}
