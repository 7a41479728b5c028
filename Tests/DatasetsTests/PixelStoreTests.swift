import Checkpoint
import Datasets
import Foundation
import ImageCodec
import SampleFiles
import Synchronization
import TestSupport
import Testing

/// Decoded images kept on disk are those that would be decoded, or they are not used.
@Suite("Pixels kept on disk")
struct PixelStoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Images of which every pixel differs, settled.
  private func images(_ count: Int, salt: Int = 0) throws -> FolderDataset {
    for number in 0..<count { try write(number, salt: salt) }
    try settle()
    return try FolderDataset(path: folder.path("images"), name: "f", role: .target)
  }

  private func write(_ number: Int, salt: Int) throws {
    let pixels = (0..<9 * 7 * 3).map { UInt8(truncatingIfNeeded: $0 * 7 + number * 31 + salt * 101) }
    try folder.file(
      at: "images/a/\(number).png", ImageEncoder.png(PixelImage(width: 9, height: 7, pixels: pixels)))
  }

  /// Waits until a further change of a file would show in its times.
  private func settle() throws { usleep(150_000) }

  private func store(
    _ name: String = "cache", trouble: Trouble = Trouble(), disk: PixelStore.Disk? = nil
  ) throws -> PixelStore {
    guard let disk else {
      return try PixelStore(folder: folder.path(name), onTrouble: { trouble.add($0) })
    }
    return try PixelStore(folder: folder.path(name), disk: disk, onTrouble: { trouble.add($0) })
  }

  private final class Trouble: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
  }

  private func prepared(
    _ dataset: any ImageDataset, _ store: PixelStore?, _ how: Preprocessing = SampleImages.plain
  ) throws -> PreparedDataset {
    try PreparedDataset(
      dataset: dataset, preprocessing: how,
      caches: ImageCaches(memory: ImageMemory(limit: 0), disk: store))
  }

  /// What a model sees of all images.
  private func seen(
    _ dataset: any ImageDataset, _ store: PixelStore?, _ how: Preprocessing = SampleImages.plain
  ) throws -> [Float] {
    try prepared(dataset, store, how).batch(0..<dataset.count).images.array
  }

  /// Files of the store with the end of their name.
  private func files(_ end: String) throws -> [URL] {
    try TemporaryFolder.names(in: folder.file("cache")).filter { $0.hasSuffix(end) }
      .map { folder.file("cache/\($0)") }
  }

  @Test("what is seen is the same with and without, and no file is read the second time")
  func same() throws {
    let dataset = try images(12)
    let expected = try seen(dataset, nil)
    let first = WatchedDataset(dataset)
    #expect(try seen(first, store()) == expected)
    #expect(first.reads.count == 12)
    let second = WatchedDataset(dataset)
    #expect(try seen(second, store()) == expected)
    #expect(second.reads.isEmpty)
    // Any part of the data in any order, by another name.
    let part = WatchedDataset(try dataset.subset([7, 2, 7]))
    #expect(try seen(part, store()) == seen(dataset.subset([7, 2, 7]), nil))
    #expect(part.reads.isEmpty)
  }

  @Test("a file that was written anew is decoded anew, even of the same size and time")
  func rewritten() throws {
    var dataset = try images(3)
    _ = try seen(dataset, store())
    let file = folder.path("images/a/1.png")
    var before = stat()
    #expect(stat(file, &before) == 0)
    let original = try Data(contentsOf: URL(fileURLWithPath: file))
    // Another picture in as many bytes: the last pixel bytes of an uncompressed part would do; here, a file of equal length.
    var salt = 1
    var other = original
    repeat {
      let pixels = (0..<9 * 7 * 3).map { UInt8(truncatingIfNeeded: $0 * 7 + 31 + salt * 101) }
      other = try ImageEncoder.png(PixelImage(width: 9, height: 7, pixels: pixels))
      salt += 1
    } while (other.count != original.count || other == original) && salt < 2000
    try #require(other.count == original.count && other != original)
    // In place, so that it is the same file.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.write(contentsOf: other)
    try handle.close()
    let times = [before.st_atim, before.st_mtim]
    #expect(utimensat(AT_FDCWD, file, times, 0) == 0)
    var after = stat()
    #expect(stat(file, &after) == 0)
    #expect(after.st_ino == before.st_ino && after.st_size == before.st_size)
    #expect(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
    try settle()
    dataset = try FolderDataset(path: folder.path("images"), name: "f", role: .target)
    let fresh = try seen(dataset, nil)
    let watched = WatchedDataset(dataset)
    #expect(try seen(watched, store()) == fresh)
    #expect(watched.reads == [1])
  }

  @Test("a file changed so recently that a further change would not show is not kept")
  func unsettled() throws {
    _ = try images(2)
    let now = try store()
    try write(0, salt: 5)
    let dataset = try FolderDataset(path: folder.path("images"), name: "f", role: .target)
    _ = try seen(dataset, now)
    #expect(now.count == 1)
  }

  @Test("what another preprocessing sees is another image")
  func preprocessing() throws {
    let dataset = try images(4)
    let ways = [
      (4, Preprocessing.ResizeMode.shortest, Preprocessing.Interpolation.bicubic), (5, .shortest, .bicubic),
      (4, .squash, .bicubic), (4, .longest, .bicubic), (4, .shortest, .bilinear),
    ].map {
      Preprocessing(size: $0, resizeMode: $1, interpolation: $2, mean: [0, 0, 0], std: [1, 1, 1])
    }
    for _ in 0..<2 {
      for how in ways { #expect(try seen(dataset, store(), how) == seen(dataset, nil, how)) }
    }
    #expect(try store().count == 4 * ways.count)
    // Mean and deviation come later, and share what is kept.
    var normalised = ways[0]
    normalised.mean = [0.5, 0.5, 0.5]
    let watched = WatchedDataset(dataset)
    #expect(try seen(watched, store(), normalised) == seen(dataset, nil, normalised))
    #expect(watched.reads.isEmpty)
  }

  @Test(
    "a damaged store is never believed, whichever byte is flipped, and is made good",
    arguments: [".index", ".bin"])
  func flipped(end: String) throws {
    let dataset = try images(3)
    let expected = try seen(dataset, store())
    let file = try #require(files(end).first)
    let good = try Data(contentsOf: file)
    for place in good.indices {
      var bad = good
      bad[place] ^= 1 << UInt8(place % 8)
      try bad.write(to: file)
      #expect(try seen(dataset, store()) == expected, "byte \(place)")
    }
    let watched = WatchedDataset(dataset)
    #expect(try seen(watched, store()) == expected)
    #expect(watched.reads.isEmpty)
  }

  @Test("nor one that was cut off anywhere, or has something else in it", arguments: [".index", ".bin"])
  func truncated(end: String) throws {
    let dataset = try images(3)
    let expected = try seen(dataset, store())
    let file = try #require(files(end).first)
    let good = try Data(contentsOf: file)
    let others = [Data(), Data("no pixels".utf8), Data(count: 1000), Data(good.reversed()), good + good]
    for bad in good.indices.map({ good.prefix($0) }) + others {
      try bad.write(to: file)
      #expect(try seen(dataset, store()) == expected, "\(bad.count) bytes")
      let watched = WatchedDataset(dataset)
      #expect(try seen(watched, store()) == expected)
      #expect(watched.reads.isEmpty, "\(bad.count) bytes")
    }
  }

  @Test("an entry of the index may claim anything, with a right checksum")
  func claims() throws {
    let dataset = try images(1)
    let expected = try seen(dataset, store())
    let file = try #require(files(".index").first)
    let good = try Data(contentsOf: file)
    let claims: [(UInt64, UInt32, UInt32)] = [
      (0, 0, 0), (0, 4, 5), (0, .max, .max), (1 << 40, 4, 4), (.max, 4, 4), (UInt64(Int.max), 4, 4),
      (0, 1_000_000, 1_000_000), (40, 4, 4),
    ]
    for (offset, width, height) in claims {
      var entry = good.prefix(36)
      withUnsafeBytes(of: offset.littleEndian) { entry.replaceSubrange(16..<24, with: $0) }
      withUnsafeBytes(of: width.littleEndian) { entry.replaceSubrange(24..<28, with: $0) }
      withUnsafeBytes(of: height.littleEndian) { entry.replaceSubrange(28..<32, with: $0) }
      let checksum = entry.withUnsafeBytes { Checksum.crc32($0) }
      withUnsafeBytes(of: checksum.littleEndian) { entry.append(contentsOf: $0) }
      try entry.write(to: file)
      #expect(try seen(dataset, store()) == expected, "\(offset) \(width) \(height)")
    }
  }

  @Test("a store that is cut off or removed while it is open is no trouble")
  func lostWhileOpen() throws {
    let dataset = try images(5)
    let open = try store()
    let expected = try seen(dataset, open)
    for file in try files("") { #expect(truncate(file.path, 7) == 0) }
    for _ in 0..<2 { #expect(try seen(dataset, open) == expected) }
    try FileManager.default.removeItem(at: folder.file("cache"))
    for _ in 0..<2 { #expect(try seen(dataset, open) == expected) }
  }

  @Test("threads and stores that share a folder keep each image once, and see each other's")
  func together() async throws {
    let dataset = try images(60)
    let expected = try seen(dataset, nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { try #expect(seen(dataset, store()) == expected) }
      }
      try await group.waitForAll()
    }
    let (left, right) = (try store(), try store())
    #expect(left.count <= 60)
    _ = try seen(dataset, left)
    #expect(left.count == 60 && right.count == 60)
    let size = try files(".index").first?.resourceValues(forKeys: [.fileSizeKey]).fileSize
    #expect(size == 60 * 40)
  }

  @Test("before the disk is full, no more is kept, which is said once; what is seen stays the same")
  func fullDisk() throws {
    let dataset = try images(6)
    let expected = try seen(dataset, nil)
    let trouble = Trouble()
    let full = try store(trouble: trouble, disk: { _ in (total: 1_000_000_000, free: 100_000_000) })
    for _ in 0..<3 { #expect(try seen(dataset, full) == expected) }
    #expect(full.count == 0)
    #expect(trouble.all.count == 1 && trouble.all[0].contains("left free"), "\(trouble.all)")
    // On a large disk, 50 GB are enough.
    let large = try store(disk: { _ in (total: 10_000_000_000_000, free: 60_000_000_000) })
    _ = try seen(dataset, large)
    #expect(large.count == 6)
    // What is there is read whatever is free.
    let watched = WatchedDataset(dataset)
    #expect(try seen(watched, store(disk: { _ in (total: 1, free: 0) })) == expected)
    #expect(watched.reads.isEmpty)
  }

  @Test("where no store can be made, that is an error; links are not followed")
  func unusable() throws {
    try folder.write("a file", to: "taken")
    for place in ["taken", "taken/below"] {
      let error = #expect(throws: DatasetError.self) { try store(place) }
      #expect(error?.kind == .cannotCreateOutput && error?.description.contains("taken") == true)
    }
    _ = try store()
    for file in try files("") {
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(at: file, withDestinationURL: folder.file("taken"))
    }
    #expect(throws: DatasetError.self) { try store() }
    #expect(try String(contentsOf: folder.file("taken"), encoding: .utf8) == "a file")
  }

  @Test("a store that cannot be written to is read, and that is said", .enabled(if: geteuid() != 0))
  func readOnly() throws {
    let dataset = try images(2)
    let expected = try seen(dataset, store())
    for file in try files("") { #expect(chmod(file.path, 0o444) == 0) }
    let trouble = Trouble()
    let watched = WatchedDataset(dataset)
    #expect(try seen(watched, store(trouble: trouble)) == expected)
    #expect(watched.reads.isEmpty && trouble.all.count == 1)
  }

  @Test("whole images of training are kept where that is asked for, and give the same views")
  func whole() throws {
    let dataset = try images(6)
    func views(_ dataset: any ImageDataset, _ store: PixelStore?, whole: Bool) throws -> [Float] {
      var caches = ImageCaches(memory: ImageMemory(limit: 0), disk: store)
      caches.keepsWholeImagesOnDisk = whole
      return try BatchLoader(
        dataset: dataset, preprocessing: SampleImages.plain,
        augmentation: TrainAugmentation(scale: 0.3...1, flip: true), batchSize: 6, seed: 4, caches: caches
      ).batch(epoch: 1, batch: 0).images.array
    }
    let expected = try views(dataset, nil, whole: false)
    #expect(try views(dataset, store(), whole: false) == expected)
    #expect(try store().count == 0)
    #expect(try views(dataset, store(), whole: true) == expected)
    let watched = WatchedDataset(dataset)
    #expect(try views(watched, store(), whole: true) == expected)
    #expect(watched.reads.isEmpty)
  }

  @Test(
    "members of an archive are told apart, and those of one written anew from before",
    arguments: ["tar", "tar.zst"])
  func archive(suffix: String) throws {
    func write(_ greys: [UInt8]) throws {
      var tar = TarWriter()
      for (number, grey) in greys.enumerated() {
        tar.add("\(number).png", try SampleImages.png(grey: grey))
        tar.add("\(number).cls", Data("0".utf8))
      }
      let bytes = suffix == "tar" ? tar.finished : ZstandardFrames.compressing(tar.finished)
      try folder.file(at: "d.\(suffix)", bytes)
      try settle()
    }
    func open() throws -> WatchedDataset {
      WatchedDataset(try WebDatasetTar(pattern: folder.path("d.\(suffix)"), name: "w", role: .target))
    }
    try write([1, 2, 3])
    for readings in [3, 0] {
      let dataset = try open()
      #expect(try prepared(dataset, store()).batch(0..<3).greys == [1, 2, 3])
      #expect(dataset.reads.count == readings)
    }
    let before = try open()
    try write([4, 5, 6])
    #expect(try prepared(open(), store()).batch(0..<3).greys == [4, 5, 6])
    // What was unpacked before is what it was.
    if suffix != "tar" { #expect(try prepared(before, store()).batch(0..<3).greys == [1, 2, 3]) }
    #expect(try prepared(open(), store()).batch(0..<3).greys == [4, 5, 6])
  }

  @Test(
    "an archive that was replaced while its members were known gives no later reader wrong pixels",
    arguments: ["tar", "zip"])
  func replacedArchive(suffix: String) throws {
    let catalog = DatasetCatalog(
      environment: [:], dataRoot: folder.path("data"), workingDirectory: folder.url.path)
    func open() throws -> any ImageDataset {
      try catalog.open("archive:" + folder.path("d.\(suffix)"), options: DatasetOptions(split: .train))
    }
    func write(_ members: [(String, UInt8)]) throws {
      var (tar, zip) = (TarWriter(), ZipWriter())
      for (name, grey) in members {
        tar.add("train/a/\(name).png", try SampleImages.png(grey: grey))
        zip.add("train/a/\(name).png", try SampleImages.png(grey: grey))
      }
      try folder.file(at: "d.\(suffix)", suffix == "tar" ? tar.finished : zip.finished)
      try settle()
    }
    try write([("x", 1), ("y", 2)])
    let before = try open()
    // Each member lies where the other lay.
    try write([("y", 3), ("x", 4)])
    for (dataset, expected) in try [(before, nil), (open(), [4, 3])] {
      let watched = WatchedDataset(dataset)
      let greys = try? prepared(watched, store()).batch(0..<2).greys
      if let expected { #expect(greys == expected && watched.reads.count == 2) }
    }
    let again = WatchedDataset(try open())
    #expect(try prepared(again, store()).batch(0..<2).greys == [4, 3])
    #expect(again.reads.isEmpty)
  }

  @Test("an image that cannot be decoded is an error each time")
  func bad() throws {
    _ = try images(2)
    try folder.file(at: "images/a/1.png", "no image")
    try settle()
    let dataset = try FolderDataset(path: folder.path("images"), name: "f", role: .target)
    for _ in 0..<2 { #expect(throws: DatasetError.self) { try seen(dataset, store()) } }
    #expect(try store().count == 1)
  }
}

extension TemporaryFolder {
  fileprivate static func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }
}
