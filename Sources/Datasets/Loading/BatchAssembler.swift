import Foundation
import ImageCodec
import TensorCore

/// Turns images of a dataset into batches, in parallel; what comes out depends only on seed, epoch and index.
///
/// Files are fetched while a model computes on what was fetched before. They are decoded only when they are asked
/// for: decoding takes the processors' time, of which the model leaves none.
///
/// With augmentation, decoded images are kept for the next epoch; without, what the model sees is.
final class BatchAssembler: Sendable {
  /// Images after a batch that are fetched before they are asked for, at least.
  static let fewestAhead = 64

  let dataset: any ImageDataset
  let preprocessing: Preprocessing
  let augmentation: TrainAugmentation?
  private let augmentationSeed: UInt64
  private let kept: PixelCache
  private let disk: PixelStore?
  private let files: ReadAhead<Fetched>
  /// What is kept of an image.
  private let form: PixelForm

  /// What an image is made of once its file has been read.
  private enum Fetched: Sendable {
    /// The store on disk had it.
    case pixels(PixelImage)
    /// To be put into the store unless its source is nil.
    case encoded(Data, ImageSource?)
  }

  /// Of memory, whole images leave this share to what is not augmented, which is small and seen again each epoch.
  private static let shareForPrepared = 0.25

  init(
    dataset: any ImageDataset, preprocessing: Preprocessing, augmentation: TrainAugmentation?, seed: UInt64,
    caches: ImageCaches
  ) throws(DatasetError) {
    guard (1...Preprocessing.largestSize).contains(preprocessing.size), preprocessing.mean.count == 3,
      preprocessing.std.count == 3, preprocessing.mean.allSatisfy(\.isFinite),
      preprocessing.std.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw .badRequest("the model's preprocessing is not usable: size \(preprocessing.size)") }
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    augmentationSeed = SeededRandom.seed(seed, named: "augmentation")
    let form = augmentation == nil ? PixelForm.seen(preprocessing) : .whole
    let disk = augmentation == nil || caches.keepsWholeImagesOnDisk ? caches.disk : nil
    (self.form, self.disk) = (form, disk)
    kept = PixelCache(
      count: dataset.count, memory: caches.memory, leaving: augmentation == nil ? 0 : Self.shareForPrepared)
    files = ReadAhead(
      size: {
        switch $0 {
        case .pixels(let image): image.pixels.count
        case .encoded(let bytes, _): bytes.count
        }
      },
      fetch: { (index) throws(DatasetError) in
        // What was changed just now may be changed again without a trace.
        guard let disk, let source = dataset.source(at: index), source.isSettled else {
          return .encoded(try dataset.bytes(at: index), nil)
        }
        if let image = disk.image(PixelKey(source, form), form) { return .pixels(image) }
        return .encoded(try dataset.bytes(at: index), source)
      })
  }

  func batch(_ indices: [Int], epoch: Int) throws(DatasetError) -> Batch {
    if let bad = indices.first(where: { $0 < 0 || $0 >= dataset.count }) {
      throw .badRequest("there is no image \(bad) in dataset \(dataset.name), which has \(dataset.count)")
    }
    files.hurry(indices.filter { kept.image(at: $0) == nil })
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

  /// Begins to fetch the files of images that will be asked for next, in this order, unless they are kept.
  func announce(_ indices: [Int]) {
    files.announce(indices.filter { kept.image(at: $0) == nil })
  }

  /// What the model sees of an image before normalisation: `size` × `size` pixels.
  func pixels(at index: Int, epoch: Int) throws(DatasetError) -> PixelImage {
    let image = try keptOrMade(index)
    guard let augmentation else { return image }
    var random = SeededRandom(augmentationSeed, UInt64(bitPattern: Int64(epoch)), UInt64(index))
    return augmentation.pixels(of: image, preprocessing: preprocessing, random: &random)
  }

  /// The image in the form in which it is kept.
  private func keptOrMade(_ index: Int) throws(DatasetError) -> PixelImage {
    if let image = kept.image(at: index) { return image }
    let image: PixelImage
    switch try files.take(index) {
    case .pixels(let stored): image = stored
    case .encoded(let bytes, let source):
      let whole = try dataset.image(from: bytes, at: index)
      image = form == .whole ? whole : preprocessing.pixels(of: whole)
      // A file that was changed while it was read is none of those it was.
      if let disk, let source, source == dataset.source(at: index) {
        disk.store(image, PixelKey(source, form), form)
      }
    }
    kept.store(image, at: index)
    return image
  }
}
