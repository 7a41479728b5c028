import Datasets
import Foundation
import ImageCodec
import TestSupport
import Testing

@Suite("Memory for decoded images")
struct ImageMemoryTests {
  @Test(
    "sizes are understood with their units",
    arguments: [
      ("2GB", 2_000_000_000), ("512MB", 512_000_000), ("512 mb", 512_000_000), ("1.5GiB", 1_610_612_736),
      ("64KiB", 65536), ("1kB", 1000), ("0", 0), ("0GB", 0), ("10B", 10), ("1TB", 1_000_000_000_000),
    ])
  func sizes(text: String, bytes: Int) { #expect(ByteSize(text)?.bytes == bytes) }

  @Test(
    "and nothing else is",
    arguments: [
      "", "2", "1000", "GB", "-1GB", "2 G B", "2GBs", "1e3MB", ".5GB", "5.GB", "1,5GB", "2G", "all", "NaNGB",
      "99999999999999TB", "١GB",
    ])
  func noSizes(text: String) { #expect(ByteSize(text) == nil) }

  // MARK: Control groups

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func groups(_ cgroup: String, mounts: String, limits: [String: String]) throws -> Int {
    try folder.file(at: "proc/self/cgroup", cgroup)
    try folder.file(at: "proc/self/mountinfo", mounts)
    for (path, limit) in limits { try folder.file(at: path, limit) }
    return UsableMemory.bytes(root: folder.path(), physical: 1 << 34)
  }

  private let second = "31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"

  @Test("of a group and those that hold it, the smallest limit counts")
  func secondVersion() throws {
    let limits = [
      "sys/fs/cgroup/slurm/job 1/memory.max": "max\n", "sys/fs/cgroup/slurm/memory.max": "3000000\n",
      "sys/fs/cgroup/memory.max": "5000000\n",
    ]
    #expect(try groups("0::/slurm/job 1\n", mounts: second, limits: limits) == 3_000_000)
  }

  @Test("the first version's hierarchy of memory is read where there is one")
  func firstVersion() throws {
    let mounts =
      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
      + "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    let limits = [
      "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "700000\n",
      "sys/fs/cgroup/cpu/a/memory.limit_in_bytes": "5\n",
    ]
    #expect(try groups("4:memory:/a/b\n1:cpu:/a\n0::/\n", mounts: mounts, limits: limits) == 700_000)
  }

  @Test("a container sees its own group at the root of what is mounted")
  func container() throws {
    let mounts = "31 23 0:28 /docker/abc /sys/fs/c\\040group rw - cgroup2 cgroup2 rw\n"
    let limits = [
      "sys/fs/c group/memory.max": "8000000\n", "sys/fs/c group/inner/memory.max": "6000000\n",
      "sys/fs/c group/docker/abc/memory.max": "1\n",
    ]
    #expect(try groups("0::/docker/abc/inner\n", mounts: mounts, limits: limits) == 6_000_000)
    for outside in ["0::/../other\n", "0::/docker/abcd\n"] {
      #expect(try groups(outside, mounts: mounts, limits: [:]) == 8_000_000)
    }
  }

  @Test(
    "what is no limit is none: the machine's memory counts",
    arguments: ["max", "", "0", "-1", "18446744073709551615", "9223372036854775807", "ten"])
  func noLimit(text: String) throws {
    #expect(try groups("0::/\n", mounts: second, limits: ["sys/fs/cgroup/memory.max": text]) == 1 << 34)
    for broken in ["", "nonsense\n", "31 23 - cgroup2\n", "31 23 0:28 / /x rw -\n"] {
      #expect(try groups("0::/\n", mounts: broken, limits: [:]) == 1 << 34)
    }
    #expect(try groups("0:\n::\n", mounts: second, limits: [:]) == 1 << 34)
  }

  @Test("this process may use something, and no more than the machine has")
  func here() {
    #expect((1...Int(clamping: ProcessInfo.processInfo.physicalMemory)).contains(UsableMemory.bytes))
  }

  // MARK: Sharing

  @Test("loaders never keep more than the memory they share, and give it back when they end")
  func sharing() throws {
    let dataset = try SampleImages.dataset(count: 10)
    let caches = ImageCaches.memory(15 * 48)
    var first: PreparedDataset? = try PreparedDataset(
      dataset: dataset, preprocessing: SampleImages.plain, caches: caches)
    let watched = WatchedDataset(dataset)
    let second = try PreparedDataset(dataset: watched, preprocessing: SampleImages.plain, caches: caches)
    _ = try first?.batch(0..<10)
    #expect(caches.memory.used == 10 * 48)
    #expect(try second.batch(0..<10).greys == Array(0..<10))
    #expect(caches.memory.used == 15 * 48)
    _ = try second.batch(0..<10)
    // Five are in memory, the others were read again.
    #expect(watched.reads.count == 15)
    first = nil
    #expect(caches.memory.used == 5 * 48)
    _ = try second.batch(0..<10)
    _ = try second.batch(0..<10)
    #expect(caches.memory.used == 10 * 48 && watched.reads.count == 20)
  }

  @Test("many threads and loaders together keep within it")
  func concurrent() async throws {
    let dataset = try SampleImages.dataset(count: 40)
    let caches = ImageCaches.memory(50 * 48)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask {
          for _ in 0..<20 {
            let prepared = try PreparedDataset(
              dataset: dataset, preprocessing: SampleImages.plain, caches: caches)
            for index in 0..<40 { _ = try prepared.pixels(at: index) }
            #expect(caches.memory.used <= caches.memory.limit)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(caches.memory.used == 0)
  }

  @Test("training's whole images leave a quarter to what is seen without augmentation")
  func quarter() throws {
    let dataset = try SampleImages.dataset(count: 20)
    // A whole image has 6 × 6 pixels.
    let caches = ImageCaches.memory(16 * 108)
    let loader = try BatchLoader(
      dataset: dataset, preprocessing: SampleImages.plain, augmentation: TrainAugmentation(), batchSize: 20,
      caches: caches)
    _ = try loader.batch(epoch: 0, batch: 0)
    #expect(caches.memory.used == 12 * 108)
    let prepared = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain, caches: caches)
    _ = try prepared.batch(0..<9)
    #expect(caches.memory.used == 12 * 108 + 9 * 48)
  }
}
