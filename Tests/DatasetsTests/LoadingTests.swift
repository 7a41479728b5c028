import Datasets
import Foundation
import ImageCodec
import TensorCore
import Testing

@Suite("Loading batches")
struct LoadingTests {
  @Test("without shuffling, batches are the dataset in order, the last one smaller")
  func plain() throws {
    let loader = try BatchLoader(
      dataset: SampleImages.dataset(count: 7), preprocessing: SampleImages.plain, batchSize: 3, shuffle: false
    )
    #expect(loader.batchesPerEpoch == 3)
    let batches = try (0..<3).map { try loader.batch(epoch: 0, batch: $0) }
    #expect(batches.map(\.greys) == [[0, 1, 2], [3, 4, 5], [6]])
    #expect(batches[1].labels == [0, 1, 2])
    #expect(batches[2].images.shape == [1, 3, 4, 4])
  }

  @Test("an epoch has every image once, and an order of its own that depends on the seed")
  func shuffled() throws {
    let dataset = try SampleImages.dataset(count: 50)
    func order(seed: UInt64, epoch: Int) throws -> [Int] {
      let loader = try BatchLoader(
        dataset: dataset, preprocessing: SampleImages.plain, batchSize: 8, seed: seed)
      return (0..<loader.batchesPerEpoch).flatMap { loader.indices(epoch: epoch, batch: $0) }
    }
    let first = try order(seed: 1, epoch: 0)
    #expect(first.sorted() == Array(0..<50))
    #expect(try order(seed: 1, epoch: 0) == first)
    #expect(try order(seed: 1, epoch: 1) != first)
    #expect(try order(seed: 2, epoch: 0) != first)
  }

  @Test("leaving out the incomplete last batch cannot leave none")
  func dropLast() throws {
    let dataset = try SampleImages.dataset(count: 7)
    let loader = try BatchLoader(
      dataset: dataset, preprocessing: SampleImages.plain, batchSize: 3, dropLast: true)
    #expect(loader.batchesPerEpoch == 2)
    #expect(throws: DatasetError.self) {
      try BatchLoader(dataset: dataset, preprocessing: SampleImages.plain, batchSize: 8, dropLast: true)
    }
    #expect(throws: DatasetError.self) {
      try BatchLoader(dataset: dataset, preprocessing: SampleImages.plain, batchSize: 0)
    }
  }

  @Test(
    "augmented pixels depend only on seed, epoch and image: not on batches, caching or what was loaded before",
    arguments: [0, 1 << 20])
  func augmentation(cacheBudget: Int) throws {
    let dataset = try gradients(count: 6)
    func loader(_ budget: Int) throws -> BatchLoader {
      try BatchLoader(
        dataset: dataset, preprocessing: SampleImages.plain,
        augmentation: TrainAugmentation(scale: 0.3...1, flip: true), batchSize: 2, seed: 9,
        caches: .memory(budget))
    }
    let once = try loader(0)
    let again = try loader(cacheBudget)
    let all = try once.batch([0, 1, 2, 3, 4, 5], epoch: 3)
    _ = try again.batch([5, 2], epoch: 1)
    let part = try again.batch([4, 1], epoch: 3)
    #expect(part.images.rows(0..<1).array == all.images.rows(4..<5).array)
    #expect(part.images.rows(1..<2).array == all.images.rows(1..<2).array)
    #expect(try again.batch([4, 1], epoch: 4).images.array != part.images.array)
    #expect(part.indices == [4, 1])
  }

  @Test("preprocessing that cannot work is refused before anything is loaded")
  func badPreprocessing() throws {
    let dataset = try SampleImages.dataset(count: 2)
    for (size, std) in [(0, Float(1)), (1 << 20, 1), (4, 0), (4, .nan)] {
      let bad = Preprocessing(
        size: size, resizeMode: .shortest, interpolation: .bicubic, mean: [0, 0, 0], std: [1, std, 1])
      #expect(throws: DatasetError.self) { try PreparedDataset(dataset: dataset, preprocessing: bad) }
    }
  }

  @Test("loading does not depend on the number of threads")
  func threads() throws {
    let before = threadCount
    defer { setThreadCount(before) }
    let loader = try BatchLoader(
      dataset: gradients(count: 9), preprocessing: SampleImages.plain, augmentation: TrainAugmentation(),
      batchSize: 9, caches: .none)
    setThreadCount(1)
    let alone = try loader.batch(epoch: 0, batch: 0)
    setThreadCount(2)
    #expect(try loader.batch(epoch: 0, batch: 0).images.array == alone.images.array)
  }

  @Test(
    "a prepared dataset gives the loader's pixels, whether or not they fit in memory",
    arguments: [0, 200, 1 << 20])
  func prepared(cacheBudget: Int) throws {
    let dataset = try gradients(count: 5)
    let loader = try BatchLoader(
      dataset: dataset, preprocessing: .clip(size: 4), batchSize: 5, shuffle: false)
    let prepared = try PreparedDataset(
      dataset: dataset, preprocessing: .clip(size: 4), caches: .memory(cacheBudget))
    for _ in 0..<2 {
      #expect(try prepared.batch(0..<5).images.array == loader.batch(epoch: 0, batch: 0).images.array)
    }
    #expect(prepared.ranges(batchSize: 2) == [0..<2, 2..<4, 4..<5])
    #expect(throws: DatasetError.self) { try prepared.batch(4..<6) }
  }

  @Test("an image once prepared is not decoded again")
  func decodedOnce() throws {
    let counting = WatchedDataset(try SampleImages.dataset(count: 4))
    let prepared = try PreparedDataset(
      dataset: counting, preprocessing: SampleImages.plain, caches: .memory(1 << 20))
    for _ in 0..<3 { _ = try prepared.batch(0..<4) }
    #expect(counting.reads.sorted() == [0, 1, 2, 3])
  }

  @Test("a bad image stops loading with its path; of several, the first in order")
  func badImage() throws {
    let dataset = try withBadImages()
    let prepared = try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain)
    let error = #expect(throws: DatasetError.self) { try prepared.batch(0..<6) }
    #expect(error?.description.contains("1.png") == true)
    #expect(error?.kind == .badData)
  }

  @Test("bad images can be skipped, counted and listed; the others keep their labels")
  func skipped() throws {
    let prepared = try PreparedDataset(
      dataset: withBadImages(), preprocessing: SampleImages.plain, badImages: .skip)
    #expect(prepared.skipped.map(\.path) == ["1.png", "4.png"])
    #expect(prepared.count == 4)
    let batch = try prepared.batch(1..<4)
    #expect(batch.greys == [2, 3, 5] && batch.labels == [2, 0, 2] && batch.indices == [1, 2, 3])
    #expect(prepared.dataset.paths == ["0.png", "2.png", "3.png", "5.png"])
    let (good, skipped) = try withBadImages().skippingBadImages()
    #expect(good.indices == [0, 2, 3, 5] && skipped == prepared.skipped)
  }

  @Test("when every image is bad, that is an error")
  func allBad() throws {
    let dataset = try InMemoryDataset(
      name: "bad", role: .shift, classes: [DatasetClass(id: "a", name: "a")],
      items: [InMemoryDataset.Item(path: "x.png", label: 0, bytes: Data([1, 2, 3]))])
    #expect(throws: DatasetError.self) {
      try PreparedDataset(dataset: dataset, preprocessing: SampleImages.plain, badImages: .skip)
    }
  }

  private func withBadImages() throws -> InMemoryDataset {
    let good = try SampleImages.dataset(count: 6)
    return try InMemoryDataset(
      name: "greys", role: .target, classes: good.classes,
      items: (0..<6).map {
        InMemoryDataset.Item(
          path: good.path(at: $0), label: good.label(at: $0),
          bytes: $0 == 1 || $0 == 4 ? Data("no image".utf8) : try good.bytes(at: $0))
      })
  }

  /// Images of which every pixel differs, so that crops and mirror images show.
  private func gradients(count: Int) throws -> InMemoryDataset {
    try InMemoryDataset(
      name: "gradients", role: .target, classes: [DatasetClass(id: "a", name: "a")],
      items: (0..<count).map { index in
        let pixels = (0..<12 * 10 * 3).map { UInt8(($0 * 7 + index * 31) % 256) }
        return InMemoryDataset.Item(
          path: "\(index).png", label: 0,
          bytes: try ImageEncoder.png(PixelImage(width: 12, height: 10, pixels: pixels)))
      })
  }
}
