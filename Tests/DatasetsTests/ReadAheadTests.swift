import Datasets
import Foundation
import ImageCodec
import TestSupport
import Testing

/// Files are fetched while a model computes on the images before, several at a time.
@Suite struct ReadAheadTests {
  @Test("In evaluation, the images after a range are read before they are asked for, and none twice")
  func evaluation() async throws {
    let dataset = WatchedDataset(try SampleImages.dataset(count: 7))
    let prepared = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain, caches: .none)
    _ = try prepared.batch(0..<3)
    #expect(try await dataset.reads(7).sorted() == Array(0..<7))
    #expect(try prepared.batch(3..<7).greys == [3, 4, 5, 6])
    #expect(dataset.reads.count == 7)
  }

  @Test("In training, those of a batch and of the next of the epoch, unless they are kept in memory")
  func training() async throws {
    let dataset = WatchedDataset(try SampleImages.dataset(count: 200))
    let loader = try BatchLoader(
      dataset: dataset, preprocessing: SampleImages.plain, batchSize: 4, seed: 3, caches: .memory(1 << 20))
    loader.readAhead(epoch: 0, batch: 1)
    let next = (1...17).flatMap { loader.indices(epoch: 0, batch: $0) }
    #expect(try await dataset.reads(next.count).sorted() == next.sorted())
    #expect(try loader.batch(epoch: 0, batch: 1).indices == loader.indices(epoch: 0, batch: 1))
    loader.readAhead(epoch: 0, batch: 1)
    // Beyond the epoch, there is nothing.
    loader.readAhead(epoch: 0, batch: loader.batchesPerEpoch)
    try await Task.sleep(for: .milliseconds(50))
    #expect(dataset.reads.count == next.count)
  }

  @Test("Many files are waited for at once, but not without bound, and batches are what they are without")
  func atOnce() throws {
    let base = try SampleImages.dataset(count: 64)
    let slow = WatchedDataset(base, delay: 0.02)
    let prepared = try PreparedDataset(dataset: slow, preprocessing: SampleImages.plain, caches: .none)
    #expect(try prepared.batch(0..<64).greys == Array(0..<64))
    #expect((8...24).contains(slow.mostAtOnce), "\(slow.mostAtOnce)")
    #expect(slow.reads.count == 64)
  }

  @Test("An image that cannot be read ahead is an error when it is asked for, and only then")
  func failure() throws {
    let folder = try TemporaryFolder()
    for name in 0..<6 { try folder.image("a/\(name).png", grey: UInt8(name)) }
    let dataset = try FolderDataset(path: folder.path(), name: "f", role: .target)
    try FileManager.default.removeItem(at: folder.file("a/4.png"))
    let prepared = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain, caches: .none)
    for _ in 0..<3 { #expect(try prepared.batch(0..<4).greys == [0, 1, 2, 3]) }
    let error = #expect(throws: DatasetError.self) { try prepared.batch(4..<6) }
    #expect(error?.kind == .inputNotFound && error?.description.contains("4.png") == true)
  }

  @Test("A range that goes beyond the images is an error, and nothing beyond them is read")
  func beyond() async throws {
    let dataset = WatchedDataset(try SampleImages.dataset(count: 5))
    let prepared = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain, caches: .none)
    for range in [4..<6, 5..<9, -1..<2, 100..<101] {
      #expect(throws: DatasetError.self) { try prepared.batch(range) }
    }
    #expect(try await dataset.reads(5).allSatisfy((0..<5).contains))
  }

  @Test("What was announced and is not wanted any more is not in the way")
  func changedPlans() throws {
    let dataset = WatchedDataset(try SampleImages.dataset(count: 100), delay: 0.001)
    let loader = try BatchLoader(
      dataset: dataset, preprocessing: SampleImages.plain, batchSize: 10, shuffle: false, caches: .none)
    for round in 0..<20 {
      loader.readAhead(epoch: 0, batch: round % 10)
      let asked = (round * 7) % 10
      #expect(try loader.batch(epoch: 0, batch: asked).greys == Array(asked * 10..<asked * 10 + 10))
    }
  }

  @Test("Hashes of images are those of their files, read many at once")
  func hashes() throws {
    let base = try SampleImages.dataset(count: 40)
    let slow = WatchedDataset(base, delay: 0.02)
    #expect(try ImageList.entries(of: slow, in: 0..<40) == ImageList.entries(of: base, in: 0..<40))
    #expect(slow.mostAtOnce >= 8)
  }
}
