import Datasets
import TestSupport
import Testing

/// The manifests that `scripts/make-manifests.py` writes, against numbers that everybody knows.
@Suite("Manifests of published datasets")
struct PublishedManifestTests {
  private let catalog = DatasetCatalog(environment: [:], workingDirectory: "/nonexistent")

  private static let classCounts = [
    ("cifar10", 10), ("cifar10.1", 10), ("cifar100", 100), ("caltech101", 100), ("oxford-pets", 37),
    ("stanford-cars", 196),
    ("oxford-flowers", 102), ("food101", 101), ("sun397", 397), ("dtd", 47), ("eurosat", 10), ("ucf101", 101),
    ("resisc45", 45), ("vtab-caltech101", 102), ("vtab-cifar", 100), ("vtab-dtd", 47),
    ("vtab-oxford-flowers102", 102), ("vtab-oxford-iiit-pet", 37), ("vtab-svhn", 10), ("vtab-sun397", 397),
    ("vtab-patch-camelyon", 2), ("vtab-eurosat", 10), ("vtab-resisc45", 45), ("vtab-diabetic-retinopathy", 5),
    ("vtab-clevr-count", 8), ("vtab-clevr-dist", 6), ("vtab-dmlab", 6), ("vtab-kitti", 4),
    ("vtab-dsprites-loc", 16), ("vtab-dsprites-ori", 16), ("vtab-smallnorb-azi", 18),
    ("vtab-smallnorb-ele", 9), ("pacs-photo", 7), ("office-home-real-world", 65), ("terra-l100", 10),
    ("domainnet-real", 345), ("iwildcam", 182), ("fmow", 62), ("camelyon17", 2),
  ]

  @Test("Each has its number of classes, all of them distinct", arguments: classCounts)
  func classes(name: String, count: Int) throws {
    let manifest = try catalog.manifest(named: name)
    #expect(manifest.datasetClasses.count == count)
    #expect(Set(manifest.datasetClasses.map(\.id)).count == count)
    // Labels of the camera traps share names; a name elsewhere means one class.
    if name != "iwildcam" { #expect(Set(manifest.datasetClasses.map(\.name)).count == count) }
  }

  @Test("Each has prompts, a homepage, a licence and a citation; a twin is the target of its family")
  func complete() throws {
    var families: [String: [DatasetManifest]] = [:]
    for name in catalog.names {
      let manifest = try catalog.manifest(named: name)
      families[manifest.family, default: []].append(manifest)
      #expect(manifest.templates?.values.isEmpty == false, "\(name)")
      #expect(manifest.title != nil && manifest.description != nil, "\(name)")
      guard manifest.storage != nil else { continue }
      for fact in [manifest.homepage, manifest.licence, manifest.citation] {
        #expect(fact?.isEmpty == false, "\(name)")
      }
    }
    for (family, members) in families {
      #expect(members.allSatisfy { $0.classes == members[0].classes }, "\(family) has several label spaces")
      for member in members {
        guard let twin = member.idTwin else { continue }
        let target = try catalog.manifest(named: twin)
        #expect(target.role == .target && target.availableSplits.contains(.test), "\(member.name)")
        #expect(target.classes == member.classes, "\(member.name)")
      }
    }
  }

  @Test("VTAB-1K has 19 tasks of 800 and 200 images, and its numbers of test images")
  func vtab() throws {
    let tasks = try catalog.names.filter { $0.hasPrefix("vtab-") }.map { try catalog.manifest(named: $0) }
    #expect(tasks.count == 19)
    for task in tasks {
      #expect(task.splits["train"]?.count == 800 && task.splits["val"]?.count == 200, "\(task.name)")
      #expect(task.splits["train"]?.path?.hasSuffix("/train800.txt") == true)
    }
    let counts = [
      "vtab-caltech101": 6084, "vtab-sun397": 21750, "vtab-diabetic-retinopathy": 42670, "vtab-dmlab": 22735,
      "vtab-kitti": 711, "vtab-dsprites-loc": 73728, "vtab-smallnorb-azi": 12150, "vtab-svhn": 26032,
    ]
    for (name, count) in counts {
      #expect(try catalog.manifest(named: name).splits["test"]?.count == count, "\(name)")
    }
  }

  @Test("Labels that are positions mean the classes they should")
  func order() throws {
    func name(_ dataset: String, _ label: Int) throws -> String {
      try catalog.manifest(named: dataset).datasetClasses[label].name
    }
    #expect(try name("vtab-caltech101", 4) == "background")
    #expect(try name("vtab-cifar", 49) == "mountain")
    #expect(try name("vtab-smallnorb-azi", 3) == "60 degrees")
    #expect(try name("vtab-smallnorb-ele", 8) == "70 degrees")
    #expect(try name("vtab-clevr-count", 0) == "three" && name("vtab-svhn", 9) == "nine")
    #expect(try name("domainnet-sketch", 327) == "t-shirt" && name("domainnet-real", 344) == "zigzag")
    #expect(try name("iwildcam", 0) == "empty" && name("iwildcam", 82) == name("iwildcam", 178))
  }

  @Test("A split file of CoOp's is read by the names of its classes, in the manifest's order")
  func coop() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.image("oxford_pets/images/\(name).png") }
    try folder.file(
      at: "oxford_pets/split_zhou_OxfordPets.json",
      "{\"test\": [[\"a.png\", 2, \"american_pit_bull_terrier\"], [\"b.png\", 0, \"abyssinian\"]]}")
    let catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.path(), workingDirectory: "/nonexistent")
    let dataset = try catalog.open("oxford-pets", options: DatasetOptions(allowPartial: true))
    #expect(dataset.labels == [2, 0] && dataset.classes.count == 37)
  }

  @Test("Camera traps are told apart by the table's own splits")
  func cameras() throws {
    let folder = try TemporaryFolder()
    var table = "split,y,filename\n"
    for (index, part) in ["train", "val", "test", "id_val", "id_test"].enumerated() {
      try folder.image("iwildcam_v2.0/train/\(part).png")
      table += "\(part),\(index + 100),\(part).png\n"
    }
    try folder.file(at: "iwildcam_v2.0/metadata.csv", table)
    let catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.path(), workingDirectory: "/nonexistent")
    func images(_ text: String) throws -> ([String], [Int32]) {
      let dataset = try catalog.open(text, options: DatasetOptions(allowPartial: true))
      return (dataset.paths, dataset.labels)
    }
    #expect(try images("iwildcam:train") == (["train.png"], [100]))
    #expect(try images("iwildcam:val") == (["id_val.png"], [103]))
    #expect(try images("iwildcam:test") == (["id_test.png"], [104]))
    #expect(try images("iwildcam-ood:val") == (["val.png"], [101]))
    #expect(try images("iwildcam-ood") == (["test.png"], [102]))
  }

  @Test("A name that is unknown is answered with those near it, not with all")
  func unknown() throws {
    func message(_ name: String) -> String {
      let error = #expect(throws: DatasetError.self) { try catalog.manifest(named: name) }
      return error?.description ?? ""
    }
    #expect(
      message("pacs").contains("did you mean pacs-art-painting, pacs-cartoon, pacs-photo, pacs-sketch?"))
    #expect(message("imagnet-r").contains("did you mean imagenet-r?"))
    #expect(message("vtab").contains(", …?"))
    let plain = message("something else entirely")
    #expect(plain.contains("datasets list") && !plain.contains("did you mean"))
    #expect(catalog.names.filter(plain.contains).isEmpty, "\(plain)")
  }
}
