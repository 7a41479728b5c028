import Foundation
import ImageCodec
import TensorCore

/// Turns images of a dataset into batches, in parallel; what comes out depends only on seed, epoch and index.
///
/// The files of the batch after are fetched while a model computes on this one. They are decoded only when it is asked
/// for: decoding takes the processors' time, of which the model leaves none.
///
/// With augmentation, decoded images are kept for the next epoch; without, what the model sees is.
final class BatchAssembler: Sendable {
  let dataset: any ImageDataset
  let preprocessing: Preprocessing
  let augmentation: TrainAugmentation?
  private let augmentationSeed: UInt64
  private let cache: PixelCache
  private let fetching = DispatchQueue(label: "clipft.read-ahead", qos: .utility)

  /// A quarter of the machine's memory.
  static var defaultCacheBudget: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory / 4) }

  init(
    dataset: any ImageDataset, preprocessing: Preprocessing, augmentation: TrainAugmentation?, seed: UInt64,
    cacheBudget: Int
  ) throws(DatasetError) {
    guard (1...Preprocessing.largestSize).contains(preprocessing.size), preprocessing.mean.count == 3,
      preprocessing.std.count == 3, preprocessing.mean.allSatisfy(\.isFinite),
      preprocessing.std.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw .badRequest("the model's preprocessing is not usable: size \(preprocessing.size)") }
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    augmentationSeed = SeededRandom.seed(seed, named: "augmentation")
    cache = PixelCache(count: dataset.count, byteBudget: cacheBudget)
  }

  func batch(_ indices: [Int], epoch: Int) throws(DatasetError) -> Batch {
    if let bad = indices.first(where: { $0 < 0 || $0 >= dataset.count }) {
      throw .badRequest("there is no image \(bad) in dataset \(dataset.name), which has \(dataset.count)")
    }
    let side = preprocessing.size
    let images = Tensor(uninitialized: [indices.count, 3, side, side])
    nonisolated(unsafe) let planes = images.mutableFloats
    try parallelForEach(count: indices.count) { (position) throws(DatasetError) in
      let seen = try pixels(at: indices[position], epoch: epoch)
      guard let start = planes.baseAddress else { return }
      let out = start + position * 3 * side * side
      preprocessing.normalize(seen, into: out)
      var random = SeededRandom(
        SeededRandom.seed(augmentationSeed, named: "erasing"), UInt64(bitPattern: Int64(epoch)),
        UInt64(indices[position]))
      augmentation?.erase(out, size: side, random: &random)
    }
    return Batch(images: images, labels: indices.map { Int32(dataset.label(at: $0)) }, indices: indices)
  }

  /// Has the system fetch images that will soon be asked for, unless they are kept.
  func readAhead(_ indices: [Int]) {
    let uncached = indices.filter { cache.image(at: $0) == nil }
    guard !uncached.isEmpty else { return }
    fetching.async { [dataset] in
      for index in uncached { dataset.readAhead(at: index) }
    }
  }

  /// What the model sees of an image before normalisation: `size` × `size` pixels.
  func pixels(at index: Int, epoch: Int) throws(DatasetError) -> PixelImage {
    guard let augmentation else {
      if let seen = cache.image(at: index) { return seen }
      let seen = preprocessing.pixels(of: try dataset.image(at: index))
      cache.store(seen, at: index)
      return seen
    }
    var random = SeededRandom(augmentationSeed, UInt64(bitPattern: Int64(epoch)), UInt64(index))
    if let whole = cache.image(at: index) {
      return augmentation.pixels(of: whole, preprocessing: preprocessing, random: &random)
    }
    let whole = try dataset.image(at: index)
    cache.store(whole, at: index)
    return augmentation.pixels(of: whole, preprocessing: preprocessing, random: &random)
  }
}
