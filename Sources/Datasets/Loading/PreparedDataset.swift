import Foundation
import ImageCodec
import TensorCore

/// A dataset as a model sees it in evaluation: each image is decoded, resized and cropped once, kept as bytes as far
/// as there is room, and normalised when it is asked for. A sweep over models or alphas decodes nothing twice.
public final class PreparedDataset: Sendable {
  /// The images that are used, in order.
  public let dataset: any ImageDataset
  /// The images left out because they cannot be decoded.
  public let skipped: [SkippedImage]
  private let assembler: BatchAssembler
  /// Where the used images are in the dataset that is decoded; nil when all are used.
  private let kept: [Int]?

  /// Images are decoded when first asked for; with `.skip`, all at once, so that bad ones are known beforehand.
  ///
  /// No images are an error unless `allowsEmpty`: then there are no ranges to ask for.
  public init(
    dataset: any ImageDataset, preprocessing: Preprocessing, badImages: BadImagePolicy = .fail,
    caches: ImageCaches = .current, allowsEmpty: Bool = false
  ) throws(DatasetError) {
    guard dataset.count > 0 || allowsEmpty else { throw .badRequest("dataset \(dataset.name) has no images") }
    let assembler = try BatchAssembler(
      dataset: dataset, preprocessing: preprocessing, augmentation: nil, seed: 0, caches: caches)
    self.assembler = assembler
    guard badImages == .skip else {
      self.dataset = dataset
      skipped = []
      kept = nil
      return
    }
    let (good, skipped) = try dataset.skippingBadImages(announcing: assembler.announce) {
      (index) throws(DatasetError) in
      _ = try assembler.pixels(at: index, epoch: 0)
    }
    self.skipped = skipped
    self.dataset = skipped.isEmpty ? dataset : good
    kept = skipped.isEmpty ? nil : good.indices
  }

  /// Number of images.
  public var count: Int { dataset.count }
  public var preprocessing: Preprocessing { assembler.preprocessing }

  /// The images of a range; those after it are expected to be asked for next.
  public func batch(_ range: Range<Int>) throws(DatasetError) -> Batch {
    let end = range.upperBound + max(range.count, BatchAssembler.fewestAhead)
    // What there is not is an error when it is asked for.
    assembler.announce((range.lowerBound..<end).clamped(to: 0..<count).map { kept?[$0] ?? $0 })
    return try batch(Array(range))
  }

  /// The images at `indices`.
  public func batch(_ indices: [Int]) throws(DatasetError) -> Batch {
    guard let kept else { return try assembler.batch(indices, epoch: 0) }
    try check(indices)
    let batch = try assembler.batch(indices.map { kept[$0] }, epoch: 0)
    return Batch(images: batch.images, labels: batch.labels, indices: indices)
  }

  /// What the model sees of an image before normalisation: `size` × `size` pixels.
  public func pixels(at index: Int) throws(DatasetError) -> PixelImage {
    try check([index])
    return try assembler.pixels(at: kept?[index] ?? index, epoch: 0)
  }

  /// The index ranges of consecutive batches that cover the dataset; the last may be smaller.
  public func ranges(batchSize: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: max(1, batchSize)).map { $0..<min($0 + max(1, batchSize), count) }
  }

  private func check(_ indices: [Int]) throws(DatasetError) {
    guard let bad = indices.first(where: { $0 < 0 || $0 >= count }) else { return }
    throw .badRequest("there is no image \(bad) in dataset \(dataset.name), which has \(count)")
  }
}
