import Checkpoint
import Datasets
import Foundation
import ImageCodec
import SampleFiles

/// Manifests, lists of images and shards.
enum DatasetReaders {
  static func all() throws -> [FuzzReader] {
    let image = try ImageEncoder.png(
      PixelImage(width: 3, height: 2, pixels: (0..<18).map { UInt8($0 * 14) }))
    let shard = shard(image)
    return [
      try manifest(),
      FuzzReader(
        name: "list",
        seeds: [
          [
            "list.csv": Data("a.png cat\nb.png 1\n\n# more\nc.png\tsea lion \n".utf8), "a.png": image,
            "b.png": image, "c.png": image,
          ]
        ],
        targets: ["list.csv"], words: ["a.png", " ", "\t", "\n", "../", "/dev/zero", "\r", "\u{feff}", "\""]
      ) {
        try readImages(
          ListFile(argument: $0.path + "/list.csv").open(
            LayoutRequest(split: .test, name: "list", role: .shift)))
      },
      FuzzReader(
        name: "csv",
        seeds: [
          [
            "t.csv": Data("path,label,split\na.png,\"sea, lion\",train\nb.png,1,test\n".utf8), "a.png": image,
            "b.png": image,
          ]
        ],
        targets: ["t.csv"],
        words: ["a.png", ",", "\t", "\n", "\"", "\"\"", "../", "\r", "\u{feff}", "split", "train"]
      ) {
        let table = try TableFile(argument: $0.path + "/t.csv?split=split")
        _ = try table.splits(classes: nil)
        try readImages(table.open(LayoutRequest(split: .train, name: "csv", role: .shift)))
      },
      FuzzReader(
        name: "cifar",
        seeds: [
          [
            "fine_label_names.txt": Data("apple\naquarium_fish\n".utf8),
            "test.bin": Data([9, 1]) + Data((0..<3072).map { UInt8($0 % 251) }),
          ]
        ],
        targets: ["fine_label_names.txt", "test.bin"], words: ["\n", "_", "apple", "\u{0}"]
      ) {
        try readImages(
          CIFARBinaries(argument: $0.path).open(LayoutRequest(split: .test, name: "cifar", role: .shift)))
      },
      FuzzReader(
        name: "split",
        seeds: [
          [
            "s.json": Data(#"{"train": [["a.png", 0, "sea_lion"]], "test": [["b.png", 1, "cat"]]}"#.utf8),
            "a.png": image, "b.png": image,
          ]
        ],
        targets: ["s.json"],
        words: ["a.png", "[", "]", "{", "}", ",", "\"", "-1", "9223372036854775807", "1e99", "../"]
      ) {
        try readImages(
          SplitFile(argument: $0.path + "/s.json").open(
            LayoutRequest(split: .train, name: "split", role: .shift)))
      },
      FuzzReader(
        name: "archive-zip",
        seeds: [["x.zip": archive(image, deflated: false)], ["x.zip": archive(image, deflated: true)]],
        targets: ["x.zip"], words: ["PK\u{1}\u{2}", "PK\u{5}\u{6}", "../", "/", "cat", "\u{0}"],
        damage: { Damage.zipMember(&$0, $1, &$2) }, read: { try readArchive($0.path + "/x.zip") }),
      FuzzReader(
        name: "archive-tgz", seeds: [["x.tgz": ZlibStreams.gzip(shard)]], targets: ["x.tgz"], words: tarWords,
        damage: { (bytes, others, mutator) in
          guard mutator.random.chance(0.5) else { return mutator.mutate(&bytes, others: others) }
          var plain = [UInt8](shard)
          Damage.tar(&plain, [], &mutator)
          bytes = [UInt8](ZlibStreams.gzip(Data(plain)))
        }, read: { try readArchive($0.path + "/x.tgz") }),
      FuzzReader(
        name: "npy",
        seeds: [
          [
            "x.npy": NpyFiles.of("|u1", shape: [2, 1, 2, 3], Data((0..<12).map { UInt8($0) })),
            "y.npy": NpyFiles.of([1, 0]),
          ]
        ],
        targets: ["x.npy", "y.npy"],
        words: [
          "\u{93}NUMPY", "descr", "|u1", "<i8", "<u8", "True", "(2,)", "9223372036854775807", "|O", "-",
        ]
      ) {
        try readImages(
          ArrayFile(argument: $0.path + "/x.npy?labels=y.npy").open(
            LayoutRequest(split: .test, name: "npy", role: .shift)))
      },
      FuzzReader(
        name: "mat",
        seeds: try ["labels", "meta"].map {
          ["x.mat": try Repository.file("Tests/CheckpointTests/Fixtures/\($0).mat")]
        },
        targets: ["x.mat"], words: ["synsets", "WNID", "ILSVRC2012_ID", "\u{0}", "MATLAB 7.3 MAT-file"]
      ) { _ = try MatFile($0.path + "/x.mat") },
      FuzzReader(
        name: "flat",
        seeds: [
          [
            "l.csv": Data("ImageId,PredictionString\na,n1 1 2 3\nb,n2 3\n".utf8), "a.png": image,
            "b.png": image,
          ],
          ["l.csv": Data("id\tlabel\nb.png\t3\na.png\t1\n".utf8), "a.png": image, "b.png": image],
        ],
        targets: ["l.csv"], words: ["a.png", ",", "\t", "\n", "\"", "ImageId", "label", "\r", "../"]
      ) {
        try readImages(
          FlatFolder(argument: $0.path + "?labels=" + $0.path + "/l.csv").open(
            LayoutRequest(split: .test, name: "flat", role: .shift)))
      },
      FuzzReader(
        name: "tar", seeds: [["x.tar": shard]], targets: ["x.tar"], words: tarWords,
        damage: { Damage.tar(&$0, $1, &$2) },
        read: { try readImages(WebDatasetTar(pattern: $0.path + "/x.tar", name: "tar", role: .shift)) }),
      FuzzReader(
        name: "tar-zst", seeds: [["x.tar.zst": ZstandardFrames.compressing(shard)]], targets: ["x.tar.zst"],
        words: tarWords,
        damage: { (bytes, others, mutator) in
          guard mutator.random.chance(0.5) else { return mutator.mutate(&bytes, others: others) }
          var plain = [UInt8](shard)
          Damage.tar(&plain, [], &mutator)
          bytes = [UInt8](ZstandardFrames.storing(Data(plain)))
        },
        read: { try readImages(WebDatasetTar(pattern: $0.path + "/x.tar.zst", name: "tar", role: .shift)) }),
    ]
  }

  private static let tarWords = [
    "ustar", "\u{0}", "77777777777", "path=", " size=", "GNU", "x", "L", "0001.png", ".cls",
  ]

  private static func manifest() throws -> FuzzReader {
    let name = "manifest.yaml"
    let minimal = """
      name: pets
      family: pets
      role: target
      layout: folder
      splits:
        test: {path: pets/test, count: 2}
      classes: [cat, {id: n02, name: dog, covers: [cat]}]
      templates: ["a {}."]
      """
    var seeds: [FuzzFiles] = [[name: Data(minimal.utf8)]]
    for manifest in ["imagenet-a", "shapes-a", "objectnet"] {
      let bytes = try Repository.file("manifests/\(manifest).yaml")
      var files: FuzzFiles = [name: bytes]
      for list in try Repository.names(in: "manifests") where list.hasSuffix(".txt") {
        if String(decoding: bytes, as: UTF8.self).contains(list) {
          files[list] = try Repository.file("manifests/\(list)")
        }
      }
      seeds.append(files)
    }
    return FuzzReader(
      name: "manifest", seeds: seeds, targets: [name],
      words: [
        "&a", "*a", "<<: *a", "- ", ": ", "{", "}", "[", "]", "!!binary ", "!!float .nan", "\n", "\n  ", "? ",
        "|", ">",
        "%YAML 1.1", "---", "...", "subset:", "own_classes:", "covers:", "crop_border:", "classes:",
        "splits:", "count:",
        "\"\\x00\"", "0x7fffffffffffffff", "~",
      ]
    ) { _ = try DatasetCatalog.manifest(at: $0.path + "/" + name).datasetClasses }
  }

  private static func archive(_ image: Data, deflated: Bool) -> Data {
    var zip = ZipWriter()
    for name in ["x/train/cat/a.png", "x/train/dog/b.png", "x/test/cat/c.png", "__MACOSX/._a", "x/notes.txt"]
    {
      zip.add(name, image, deflated: deflated)
    }
    return zip.finished
  }

  private static func readArchive(_ path: String) throws {
    let archive = try ArchiveFolders(argument: path)
    _ = try archive.splits(classes: nil)
    let dataset = try archive.open(LayoutRequest(split: .train, name: "archive", role: .shift))
    var failure: (any Error)?
    for index in 0..<dataset.count {
      do { _ = try dataset.image(at: index) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Of a pax header; its length counts itself, here as two digits.
  private static func record(_ text: String) -> String { "\(text.utf8.count + 4) \(text)\n" }

  private static func shard(_ image: Data) -> Data {
    var tar = TarWriter()
    tar.add("pax", record("path=a/0001.png") + record("size=\(image.count)"), kind: "x")
    tar.add("0001.png", image)
    tar.add("a/0001.cls", "0")
    tar.add("././@LongLink", "a/b/c/0002.png\u{0}", kind: "L")
    tar.add("short", image)
    tar.add("a/b/c/0002.cls", "1")
    return tar.finished
  }

  /// Reads every image, also behind one that cannot be read.
  private static func readImages(_ dataset: some ImageDataset) throws {
    var failure: (any Error)?
    _ = dataset.paths
    for index in 0..<dataset.count {
      do { _ = try dataset.image(at: index) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
