import Foundation
import ImageCodec
import TensorCore

/// Gives a dataset's images in batches, epoch by epoch, for training.
///
/// Order and augmentation depend only on the seed, the epoch and the index of an image, never on timing: a run goes
/// on from any epoch and step without replaying what came before.
public final class BatchLoader: Sendable {
  public let batchSize: Int
  public let seed: UInt64
  /// Whether each epoch has an order of its own; otherwise images come as the dataset lists them.
  public let shuffle: Bool
  /// Whether an incomplete last batch is left out.
  public let dropLast: Bool
  private let assembler: BatchAssembler
  private let orders = OrderCache()

  /// Decoded images are kept in `caches`.
  public init(
    dataset: any ImageDataset, preprocessing: Preprocessing, augmentation: TrainAugmentation? = nil,
    batchSize: Int, seed: UInt64 = 0, shuffle: Bool = true, dropLast: Bool = false,
    caches: ImageCaches = .current
  ) throws(DatasetError) {
    guard batchSize > 0 else { throw .badRequest("a batch has at least one image, not \(batchSize)") }
    assembler = try BatchAssembler(
      dataset: dataset, preprocessing: preprocessing, augmentation: augmentation, seed: seed,
      caches: caches)
    self.batchSize = batchSize
    self.seed = seed
    self.shuffle = shuffle
    self.dropLast = dropLast
    guard batchesPerEpoch > 0 else {
      throw .badRequest(
        "dataset \(dataset.name) has \(dataset.count) images, which make no batch of \(batchSize); use smaller batches"
      )
    }
  }

  public var dataset: any ImageDataset { assembler.dataset }
  /// Number of images.
  public var count: Int { assembler.dataset.count }
  public var batchesPerEpoch: Int { dropLast ? count / batchSize : (count + batchSize - 1) / batchSize }
  /// Class index of an image.
  public func label(_ index: Int) -> Int32 { Int32(assembler.dataset.label(at: index)) }

  /// Which images make up a batch of an epoch.
  /// - Precondition: `batch` is in 0..<batchesPerEpoch.
  public func indices(epoch: Int, batch: Int) -> [Int] {
    precondition(batch >= 0 && batch < batchesPerEpoch)
    let range = batch * batchSize..<min((batch + 1) * batchSize, count)
    guard shuffle else { return Array(range) }
    let order = orders.order(epoch: epoch) {
      var random = SeededRandom(SeededRandom.seed(seed, named: "order"), UInt64(bitPattern: Int64(epoch)))
      return random.permutation(count)
    }
    return Array(order[range])
  }

  /// Begins to fetch the files of a batch, which will be asked for next, and of those that follow it in the epoch.
  public func readAhead(epoch: Int, batch: Int) {
    let further = (BatchAssembler.fewestAhead + batchSize - 1) / batchSize
    let batches = batch..<max(batch, min(batch + 1 + further, batchesPerEpoch))
    assembler.announce(batches.flatMap { indices(epoch: epoch, batch: $0) })
  }

  /// The images at `indices`, augmented as in that epoch.
  public func batch(_ indices: [Int], epoch: Int) throws(DatasetError) -> Batch {
    try assembler.batch(indices, epoch: epoch)
  }

  /// A batch of an epoch.
  /// - Precondition: `batch` is in 0..<batchesPerEpoch.
  public func batch(epoch: Int, batch: Int) throws(DatasetError) -> Batch {
    try assembler.batch(indices(epoch: epoch, batch: batch), epoch: epoch)
  }
}

/// The order of the epoch last asked for, which takes time in proportion to the dataset to make.
private final class OrderCache: @unchecked Sendable {
  private let lock = NSLock()
  private var latest: (epoch: Int, order: [Int])?

  func order(epoch: Int, make: () -> [Int]) -> [Int] {
    lock.withLock {
      if let latest, latest.epoch == epoch { return latest.order }
      let order = make()
      latest = (epoch, order)
      return order
    }
  }
}
