import Datasets
import Foundation
import SampleFiles
import TensorCore
import TestSupport
import Testing

@Suite("WebDataset shards")
struct WebDatasetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ pattern: String, classes: [String]? = nil) throws -> WebDatasetTar {
    try WebDatasetTar(
      pattern: folder.path(pattern), name: "w", role: .shift,
      classes: classes?.map { DatasetClass(id: $0, name: $0) })
  }

  private func shard(_ members: [(String, Data)]) -> Data {
    var tar = TarWriter()
    for (name, contents) in members { tar.add(name, contents) }
    return tar.finished
  }

  private func sample(_ key: String, grey: UInt8, label: String) throws -> [(String, Data)] {
    [("\(key).png", try SampleImages.png(grey: grey)), ("\(key).cls", Data(label.utf8))]
  }

  @Test("samples come in the order of shards and members, with their bytes and labels")
  func order() throws {
    try folder.file(
      at: "d-0.tar", shard(sample("a/s0", grey: 1, label: "2\n") + sample("a/s1", grey: 2, label: "0")))
    try folder.file(at: "d-1.tar", shard(sample("s0", grey: 3, label: "1")))
    let dataset = try open("d-{0..1}.tar")
    #expect(dataset.labels == [2, 0, 1])
    #expect(dataset.classNames == ["0", "1", "2"])
    #expect(dataset.paths == ["d-0.tar/a/s0.png", "d-0.tar/a/s1.png", "d-1.tar/s0.png"])
    #expect(
      try (0..<3).map { try dataset.bytes(at: $0) } == [1, 2, 3].map { try SampleImages.png(grey: $0) })
    let batch = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain).batch(0..<3)
    #expect(batch.greys == [1, 2, 3])
  }

  @Test("no two images have one path: shards of one name are told apart, a key twice in a shard is refused")
  func paths() throws {
    for (place, grey) in [("a", UInt8(1)), ("b", 2)] {
      try folder.file(at: "\(place)/0.tar", shard(sample("s", grey: grey, label: "0")))
    }
    let dataset = try open("{a,b}/0.tar")
    #expect(dataset.paths == ["a/0.tar/s.png", "b/0.tar/s.png"])
    try folder.file(
      at: "twice.tar",
      shard(
        sample("s", grey: 1, label: "0") + sample("t", grey: 2, label: "0") + sample("s", grey: 3, label: "0")
      ))
    let error = #expect(throws: DatasetError.self) { try open("twice.tar") }
    #expect(error?.description.contains("s.png occurs twice") == true)
  }

  @Test("a folder of shards has its count in nshards.txt and class names in classnames.txt above")
  func benchmarkLayout() throws {
    try folder.file(at: "classnames.txt", "cat\nsea lion\n")
    try folder.file(at: "test/nshards.txt", "2\n")
    try folder.file(at: "test/0.tar", shard(sample("s0", grey: 1, label: "1")))
    try folder.file(at: "test/1.tar", shard(sample("s1", grey: 2, label: "0")))
    let dataset = try open("test")
    #expect(dataset.classNames == ["cat", "sea lion"])
    #expect(dataset.labels == [1, 0])
  }

  @Test("labels may be names; other members of a sample, and __notes__, are passed over")
  func names() throws {
    var members = try sample("s0", grey: 1, label: "dog")
    members.append(("s0.json", Data("{}".utf8)))
    members.append(("__key__", Data("x".utf8)))
    members += try sample("s1", grey: 2, label: "cat")
    try folder.file(at: "x.tar", shard(members))
    #expect(try open("x.tar", classes: ["cat", "dog"]).labels == [1, 0])
    #expect(try open("x.tar").classNames == ["cat", "dog"])
  }

  @Test("the key ends at the first dot, suffixes are in any case")
  func keys() throws {
    let png = try SampleImages.png(grey: 9)
    try folder.file(at: "x.tar", shard([("v1.0/n01.a.PNG", png), ("v1.0/n01.CLS", Data("0".utf8))]))
    let error = #expect(throws: DatasetError.self) { try open("x.tar") }
    #expect(error?.description.contains("v1.0/n01 has no image") == true)
    try folder.file(at: "y.tar", shard([("v1.0/n01.PNG", png), ("v1.0/n01.CLS", Data("0".utf8))]))
    #expect(try open("y.tar").paths == ["y.tar/v1.0/n01.PNG"])
  }

  @Test("long names of pax and GNU archives are understood, and names cannot lead elsewhere")
  func longNames() throws {
    let long = String(repeating: "d/", count: 80) + "s0"
    var tar = TarWriter()
    let record = " path=\(long).png\n"
    tar.add("pax", "\(record.utf8.count + 3)\(record)", kind: "x")
    tar.add("short.png", try SampleImages.png(grey: 4))
    tar.add("././@LongLink", long + ".cls\u{0}", kind: "L")
    tar.add("short.cls", "0")
    tar.add("../../etc/s1.png", try SampleImages.png(grey: 5))
    tar.add("../../etc/s1.cls", "1")
    try folder.file(at: "x.tar", tar.finished)
    #expect(try open("x.tar").paths == ["x.tar/\(long).png", "x.tar/etc/s1.png"])
  }

  @Test("a damaged, cut off or foreign file is an error, never a crash")
  func damaged() throws {
    let whole = try shard(sample("s0", grey: 1, label: "0") + sample("s1", grey: 2, label: "1"))
    // Also where it ends between members, and in the mark of its end, images may be missing.
    for length in Array(stride(from: 0, to: whole.count, by: 97))
      + Array(stride(from: 0, to: whole.count, by: 512))
    {
      try folder.file(at: "cut.tar", whole.prefix(length))
      #expect(throws: DatasetError.self, "\(length) of \(whole.count) bytes") { try open("cut.tar") }
    }
    var random = SeededRandom(3)
    for _ in 0..<300 {
      var bytes = [UInt8](whole)
      for _ in 0..<3 { bytes[random.int(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
      try folder.file(at: "flipped.tar", Data(bytes))
      if let dataset = try? open("flipped.tar") {
        for index in 0..<dataset.count { _ = try? dataset.image(at: index) }
      }
    }
    try folder.file(at: "no.tar", Data(repeating: 7, count: 4096))
    #expect(throws: DatasetError.self) { try open("no.tar") }
  }

  @Test("sizes beyond the file, and sizes that overflow, are refused")
  func sizes() throws {
    for size in [1 << 20, 0o77777777777] {
      var tar = TarWriter()
      tar.add("s0.png", try SampleImages.png(grey: 1), declaredSize: size)
      try folder.file(at: "x.tar", tar.finished)
      #expect(throws: DatasetError.self) { try open("x.tar") }
    }
  }

  @Test("incomplete and double samples, unknown labels and missing shards are errors")
  func refused() throws {
    let png = try SampleImages.png(grey: 1)
    try folder.file(at: "nolabel.tar", shard([("s0.png", png)]))
    try folder.file(at: "double.tar", shard([("s0.png", png), ("s0.PNG", png), ("s0.cls", Data("0".utf8))]))
    try folder.file(at: "label.tar", shard([("s0.png", png), ("s0.cls", Data("7".utf8))]))
    try folder.file(at: "empty.tar", TarWriter().finished)
    for name in ["nolabel.tar", "double.tar", "empty.tar"] {
      #expect(throws: DatasetError.self, "\(name)") { try open(name) }
    }
    #expect(throws: DatasetError.self) { try open("label.tar", classes: ["cat"]) }
    let error = #expect(throws: DatasetError.self) { try open("gone-{0..3}.tar") }
    #expect(error?.kind == .inputNotFound)
  }

  @Test("what would silently be another number of samples, or another label, is an error")
  func doubtful() throws {
    let png = try SampleImages.png(grey: 1)
    let one = try shard(sample("s0", grey: 1, label: "0"))
    func problem(_ bytes: Data) throws -> String {
      try folder.file(at: "x.tar", bytes)
      let error = #expect(throws: DatasetError.self) { try open("x.tar") }
      return error?.description ?? ""
    }
    #expect(try problem(one + one).contains("behind its end mark"))
    #expect(try problem(Data([0x1F, 0x8B]) + one).contains("gzip data are damaged"))
    #expect(
      try problem(shard([("s0.png", png), ("s0.jpg", png), ("s0.cls", Data("0".utf8))])).contains(
        ".jpg, .png"))
    #expect(
      try problem(shard([("s0.png", png), ("s0.cls", Data(repeating: 48, count: 5000))])).contains(
        "5000 bytes"))
    #expect(try problem(shard([("s0.png", png), ("s0.cls", Data([0xE9]))])).contains("UTF-8"))
    #expect(try problem(shard([("s0.png", png), ("s0.cls", Data("\n".utf8))])).contains("empty"))
    var linked = TarWriter()
    for (name, contents) in try sample("s0", grey: 1, label: "0") { linked.add(name, contents) }
    linked.add("s1.png", Data(), kind: "1")
    linked.add("s1.cls", Data(), kind: "2")
    #expect(try problem(linked.finished).contains("s1.png is a link"))
    var sparse = TarWriter()
    sparse.add("s0.png", Data(), kind: "S")
    #expect(try problem(sparse.finished).contains("sparse"))
  }

  @Test("a folder of shards has as many as its count says, and class names without a gap")
  func counts() throws {
    try folder.file(at: "t/nshards.txt", "1")
    for number in 0...1 {
      try folder.file(at: "t/\(number).tar", shard(sample("s", grey: 1, label: "1")))
    }
    #expect(throws: DatasetError.self) { try open("t") }
    try folder.file(at: "t/nshards.txt", "2")
    try folder.file(at: "t/classnames.txt", "\u{FEFF}cat\r\nsea lion\r\n")
    #expect(try open("t").classNames == ["cat", "sea lion"])
    try folder.file(at: "t/classnames.txt", "cat\n\nsea lion\n")
    #expect(throws: DatasetError.self) { try open("t") }
  }

  @Test("a shard that shrinks after it was opened is an error when read")
  func shrinking() throws {
    try folder.file(at: "x.tar", shard(sample("s0", grey: 1, label: "0")))
    let dataset = try open("x.tar")
    try folder.file(at: "x.tar", Data(count: 100))
    #expect(throws: DatasetError.self) { try dataset.bytes(at: 0) }
  }

  @Test("compressed shards are read as plain ones are", arguments: ["tar.zst", "tar.gz"])
  func compressed(suffix: String) throws {
    let whole = try shard(sample("s0", grey: 1, label: "0") + sample("s1", grey: 2, label: "1"))
    let packed = suffix == "tar.gz" ? ZlibStreams.gzip(whole) : ZstandardFrames.storing(whole)
    try folder.file(at: "x.\(suffix)", packed)
    let dataset = try open("x.\(suffix)")
    #expect(dataset.labels == [0, 1])
    #expect(try dataset.bytes(at: 1) == SampleImages.png(grey: 2))
    try folder.file(at: "cut.\(suffix)", packed.dropLast(20))
    #expect(throws: DatasetError.self) { try open("cut.\(suffix)") }
    // What is in a file counts, not its name.
    try folder.file(at: "plain.\(suffix)", whole)
    #expect(try open("plain.\(suffix)").count == 2)
  }
}

@Suite("Shard patterns")
struct ShardPatternTests {
  @Test(
    "braces that cannot be expanded are refused",
    arguments: [
      "a{0..", "a{5..2}.tar", "a{x}.tar", "a{0..99999999}.tar", "{0..999}{0..999}",
      "{0..1}.tar::a.tar::a.tar",
    ])
  func refused(pattern: String) {
    let error = #expect(throws: DatasetError.self) {
      try WebDatasetTar(pattern: pattern, name: "w", role: .shift)
    }
    #expect(error?.description.contains("names no dataset") == true)
  }
}
