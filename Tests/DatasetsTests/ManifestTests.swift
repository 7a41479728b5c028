import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Manifests")
struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let minimal = """
    name: pets
    family: pets
    role: target
    layout: folder
    splits:
      test: {path: pets/test, count: 2}
    classes: [cat, {id: n02, name: dog}]
    """

  private func read(_ text: String) throws -> DatasetManifest {
    try folder.file(at: "manifests/pets.yaml", text)
    return try DatasetCatalog.manifest(at: folder.path("manifests/pets.yaml"))
  }

  private var catalog: DatasetCatalog {
    DatasetCatalog(environment: [
      "CLIPFT_MANIFESTS": folder.path("manifests"), "CLIPFT_DATA": folder.path("data"),
    ])
  }

  @Test(
    "Of a manifest with variants, each is a dataset of its own name; the whole is none, but can be checked")
  func variants() throws {
    let text = Self.minimal.replacing("pets/test, count: 2", with: "\"pets/{weather}/{level}\"").replacing(
      "classes:",
      with: "variants:\n  - {name: weather, values: [fog, snow]}\n  - {name: level, values: [1, 2]}\nclasses:"
    )
    let whole = try read(text)
    #expect(whole.variantNames == ["pets.fog.1", "pets.fog.2", "pets.snow.1", "pets.snow.2"])
    for name in ["fog/1", "fog/2", "snow/1", "snow/2"] {
      for animal in ["cat", "dog"] { try folder.image("data/pets/\(name)/\(animal)/a.png") }
    }
    try folder.image("data/pets/snow/2/cat/b.png")
    let one = try catalog.open("pets.snow.2")
    #expect(one.count == 3 && one.name == "pets.snow.2" && one.location(at: 0).contains("/snow/2/"))
    #expect(try catalog.check("pets").map(\.dataset) == whole.variantNames.map { $0 + ":test" })
    for (name, words) in [
      ("pets", "4 datasets, one for each weather and level"), ("pets.rain.1", "'rain' is no weather"),
      ("pets.fog", "4 datasets"), ("pets.fog.1.2", "4 datasets"), ("cats.fog.1", "cats.fog.1"),
    ] {
      let error = #expect(throws: DatasetError.self, "\(name)") { try catalog.open(name) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    for bad in ["[fog, fog]", "[]", "[a.b]", "[\"../x\"]"] {
      #expect(throws: DatasetError.self, "\(bad)") { try read(text.replacing("[fog, snow]", with: bad)) }
    }
    #expect(throws: DatasetError.self) { try read(text.replacing("{weather}", with: "")) }
  }

  @Test("a manifest is read, and its dataset opened below the data root")
  func open() throws {
    let manifest = try read(Self.minimal)
    #expect(
      manifest.classes.values == [DatasetClass(id: "cat", name: "cat"), DatasetClass(id: "n02", name: "dog")])
    #expect(manifest.availableSplits == [.test])
    try folder.image("data/pets/test/n02/a.png")
    try folder.image("data/pets/test/cat/a.png")
    let dataset = try catalog.open("pets")
    #expect(dataset.name == "pets" && dataset.role == .target && dataset.classNames == ["cat", "dog"])
    #expect(try catalog.open("pets:test").count == 2)
    let error = #expect(throws: DatasetError.self) { try catalog.open("pets:val") }
    #expect(error?.description.contains("only test") == true)
  }

  @Test("another number of images than promised is an error, unless a part will do")
  func count() throws {
    _ = try read(Self.minimal)
    try folder.image("data/pets/test/cat/a.png")
    try folder.image("data/pets/test/n02/a.png")
    try folder.image("data/pets/test/n02/b.png")
    let error = #expect(throws: DatasetError.self) { try catalog.open("pets") }
    #expect(error == .incomplete(dataset: "pets", found: 3, expected: 2))
    #expect(try catalog.open("pets", options: DatasetOptions(allowPartial: true)).count == 3)
  }

  @Test("what is on disk is compared with what should be")
  func presence() throws {
    let manifest = try read(Self.minimal)
    #expect(catalog.presence(of: manifest, split: .test) == .absent(path: folder.path("data/pets/test")))
    try folder.image("data/pets/test/cat/a.png")
    #expect(catalog.presence(of: manifest, split: .test) == .partial(images: 1, expected: 2))
    try folder.image("data/pets/test/n02/a.png")
    #expect(catalog.presence(of: manifest, split: .test) == .complete(images: 2))
    try folder.image("data/pets/test/fox/a.png")
    guard case .unusable(let problem) = catalog.presence(of: manifest, split: .test) else {
      Issue.record("a folder of no class went unnoticed")
      return
    }
    #expect(problem.contains("fox"))
  }

  @Test("lists may be in files beside the manifest")
  func files() throws {
    try folder.file(at: "manifests/classes.txt", "n01\ttabby cat\n\nn02\tdog\n")
    try folder.file(at: "manifests/prompts.txt", "a photo of a {}.\n")
    let manifest = try read(
      Self.minimal.replacing("[cat, {id: n02, name: dog}]", with: "classes.txt")
        + "\ntemplates: prompts.txt\nsubset: [n02]\n")
    #expect(manifest.classes.values.map(\.name) == ["tabby cat", "dog"])
    #expect(manifest.templates?.values == ["a photo of a {}."])
    #expect(manifest.datasetClasses == [DatasetClass(id: "n02", name: "dog")])
    let error = #expect(throws: DatasetError.self) {
      try read(Self.minimal.replacing("[cat, {id: n02, name: dog}]", with: "nowhere.txt"))
    }
    #expect(error?.description.contains("nowhere.txt") == true)
  }

  @Test(
    "what is wrong is named by its key",
    arguments: [
      ("role: target", "role: spectator", "role"), ("layout: folder", "layout: heap", "layout"),
      ("family: pets\n", "", "family"), ("family: pets", "family: pets\nfamly: pets", "famly"),
      ("test: {path", "exam: {path", "exam"), ("count: 2", "cout: 2", "splits.test.cout"),
      ("count: 2", "count: 0", "splits.test.count"), ("count: 2", "count: many", "splits.test.count"),
      ("path: pets/test, ", "", "splits.test.path"), ("[cat, {id: n02, name: dog}]", "[]", "classes"),
      ("[cat, {id: n02, name: dog}]", "[cat, cat]", "classes"),
      ("[cat, {id: n02, name: dog}]", "[cat]\ntemplates: [a photo]", "templates"),
      ("[cat, {id: n02, name: dog}]", "[cat]\nown_classes: [{id: a, name: a}]", "own_classes"),
      ("[cat, {id: n02, name: dog}]", "[cat]\nown_classes: [{id: a, name: a, covers: [dog]}]", "own_classes"),
      ("[cat, {id: n02, name: dog}]", "[cat]\ncrop_border: -1", "crop_border"),
      ("[cat, {id: n02, name: dog}]", "[cat]\nsubset: [dog]", "subset"),
      ("name: pets", "name: ../pets", "name"),
    ])
  func refused(part: String, replacement: String, key: String) throws {
    let text = Self.minimal.replacing(part, with: replacement)
    try #require(text != Self.minimal)
    let error = #expect(throws: DatasetError.self) { try read(text) }
    #expect(error?.description.contains("'\(key)") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("pets.yaml") == true)
  }

  @Test("a word that cannot be is named with its line and with what can be")
  func words() throws {
    let error = #expect(throws: DatasetError.self) {
      try read(Self.minimal.replacing("role: target", with: "role: shifty"))
    }
    #expect(error?.description.contains("line 3") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("'shifty' is none of target, shift") == true)
  }

  @Test("a border that leaves nothing of an image is an error, not left on")
  func border() throws {
    _ = try read(Self.minimal.replacing("count: 2", with: "count: 2").appending("\ncrop_border: 3"))
    for name in ["cat", "n02"] { try folder.image("data/pets/test/\(name)/a.png") }
    let error = #expect(throws: DatasetError.self) { _ = try catalog.open("pets").image(at: 0) }
    #expect(error?.description.contains("6 × 6 pixels") == true, "\(error?.description ?? "")")
  }

  @Test(
    "hostile YAML is refused without exhausting memory or the stack",
    arguments: [
      "", "[", "- 1", "name: [", "\u{0}", String(repeating: "[", count: 100_000),
      String(repeating: "- ", count: 100_000),
      String(repeating: "{a: ", count: 50_000),
      "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + zip("abcdefghijklm", "bcdefghijklmn").map { before, letter in
          "\(letter): &\(letter) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ",") + "]\n"
        }.joined(),
    ])
  func hostile(text: String) {
    #expect(throws: DatasetError.self) { try read(text) }
  }

  @Test("an unknown name lists the known ones")
  func unknownName() {
    let error = #expect(throws: DatasetError.self) { try catalog.open("shape") }
    #expect(error?.kind == .inputNotFound)
    #expect(error?.description.contains("shapes-sketch") == true)
    #expect(throws: DatasetError.self) { try catalog.manifest(named: "../../etc/passwd") }
  }

  @Test("a manifest on disk counts before the one of the program, and its name must be its file's")
  func precedence() throws {
    #expect(
      DatasetCatalog(environment: [:], workingDirectory: folder.path()).origin(of: "shapes") == .embedded)
    try folder.file(at: "manifests/shapes.yaml", Self.minimal)
    #expect(catalog.origin(of: "shapes") == .file(folder.path("manifests/shapes.yaml")))
    #expect(throws: DatasetError.self) { try catalog.manifest(named: "shapes") }
  }

  @Test("a folder divided into splits opens the one asked for")
  func splitFolders() throws {
    try folder.image("photos/train/cat/a.png")
    try folder.image("photos/valid/cat/b.png")
    let specifier = "folder:" + folder.path("photos")
    #expect(try catalog.open(specifier, options: DatasetOptions(split: .train)).paths == ["cat/a.png"])
    #expect(try catalog.open(specifier, options: DatasetOptions(split: .val)).paths == ["cat/b.png"])
    #expect(throws: DatasetError.self) { try catalog.open(specifier, options: DatasetOptions(split: .test)) }
    #expect(try catalog.open("folder:" + folder.path("photos/train")).count == 1)

    // Other folders beside the splits are left alone; a class may be called "train".
    try folder.image("photos/sketches/cat/c.png")
    #expect(try catalog.open(specifier, options: DatasetOptions(split: .train)).paths == ["cat/a.png"])
    try folder.image("vehicles/train/d.png")
    try folder.image("vehicles/bus/e.png")
    #expect(try catalog.open("folder:" + folder.path("vehicles")).classes.map(\.id) == ["bus", "train"])
  }

  @Test("classes of its own cover some of the family's; other folders are skipped, borders cut off")
  func ownClasses() throws {
    let family =
      "family: pets\nlayout: folder\nclasses: [{id: n1, name: bar stool}, {id: n2, name: sofa}, {id: n3, name: fox}]\n"
    try folder.file(
      at: "manifests/pets.yaml", family + "name: pets\nrole: target\nsplits: {test: {path: pets}}\n")
    try folder.file(at: "manifests/own.txt", "seat\tthing to sit on\tn2 n1\n")
    try folder.file(
      at: "manifests/pets-o.yaml",
      family + "name: pets-o\nrole: shift\nsplits: {test: {path: pets-o, count: 1}}\nown_classes: own.txt\n"
        + "other_folders: skip\ncrop_border: 2\nid_twin: pets\n")
    for id in ["n1", "n2", "n3"] { try folder.image("data/pets/\(id)/a.png") }
    try folder.image("data/pets-o/seat/a.png", grey: 9)
    try folder.image("data/pets-o/shoe/a.png")
    let dataset = try catalog.open("pets-o")
    #expect(dataset.classNames == ["thing to sit on"] && dataset.paths == ["seat/a.png"])
    #expect(try dataset.image(at: 0) == SampleImages.image(grey: 9, width: 2, height: 2))
  }
}

@Suite("Manifests of the program")
struct EmbeddedManifestTests {
  private let catalog = DatasetCatalog(environment: [:], workingDirectory: "/nonexistent")

  @Test("every one reads, and the embedded world is among them")
  func all() throws {
    let world = ["shapes", "shapes-a", "shapes-r", "shapes-sketch", "shapes-v2"]
    #expect(Set(world).isSubset(of: catalog.names))
    for name in catalog.names { #expect(try catalog.manifest(named: name).name == name) }
  }

  @Test("those of the world name its classes, prompts and domains", arguments: World.Domain.allCases)
  func world(domain: World.Domain) throws {
    let manifest = try catalog.manifest(named: domain.datasetName)
    #expect(manifest.classes.values.map(\.name) == World.classNames)
    #expect(manifest.templates?.values == World.promptTemplates)
    #expect(manifest.family == "shapes")
    #expect((manifest.role == .target) == (domain == .target))
    #expect(manifest.splits.values.allSatisfy { $0.domain == domain.rawValue })
  }

  @Test("those of the ImageNet family have the published numbers of classes")
  func imageNet() throws {
    let target = try catalog.manifest(named: "imagenet")
    #expect(target.classes.values.count == 1000)
    #expect(target.classes.values.map(\.id) == target.classes.values.map(\.id).sorted())
    #expect(target.templates?.values.count == 80)
    let names = ["imagenet-v2", "imagenet-r", "imagenet-a", "imagenet-sketch", "objectnet"]
    let shifts = try names.map { try catalog.manifest(named: $0) }
    #expect(shifts.map(\.datasetClasses.count) == [1000, 200, 200, 1000, 113])
    for shift in shifts {
      #expect(shift.classes == target.classes && shift.idTwin == "imagenet" && shift.role == .shift)
    }
    let renditions = try catalog.manifest(named: "imagenet-r").datasetClasses.map(\.id)
    let adversarial = try catalog.manifest(named: "imagenet-a").datasetClasses.map(\.id)
    #expect(Set(renditions).intersection(adversarial).count == 86)
    let mapping = try LabelMapping(
      from: catalog.manifest(named: "objectnet").datasetClasses, to: target.classes.values)
    #expect(mapping.groups.joined().count == 125)
    #expect(mapping.groups.count { $0.count > 1 } == 9)
  }

  @Test("they are the files of the repository's manifests folder")
  func sameFiles() throws {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(
      atPath: repository.appendingPathComponent("manifests").path)
    for file in files where file.hasSuffix(".yaml") {
      #expect(catalog.origin(of: String(file.dropLast(5))) == .embedded, "\(file) is not registered")
    }
  }
}
