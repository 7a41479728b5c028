import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import ImageCodec
import NN
import TensorCore
import Training
import WiSE

/// Scores a classifier along alpha on any number of datasets, decoding every image once.
public final class ShiftEvaluator {
  /// Images are counted once for every alpha.
  public typealias Observer = WorkObserver

  /// Receives the logits [images, classes] of a run of images of a set at an alpha.
  public typealias LogitsReceiver = (_ alpha: Double, _ set: Int, _ images: Range<Int>, _ logits: Tensor) ->
    Void

  public typealias Stopped = WorkStopped

  private let config: CLIPConfig
  private let preprocessing: Preprocessing
  private let batchSize: Int
  /// Images decoded at a time; they are kept as bytes while every alpha sees them.
  private let chunkSize: Int

  public init(config: CLIPConfig, preprocessing: Preprocessing, batchSize: Int = 32) {
    self.config = config
    self.preprocessing = preprocessing
    self.batchSize = batchSize
    let bytesPerImage = 3 * preprocessing.size * preprocessing.size
    chunkSize = max(batchSize, 256 << 20 / bytesPerImage)
  }

  /// Predictions for each alpha (outer) and set (inner).
  public func sweep(
    _ path: any AlphaPath, alphas: [Double], sets: [EvaluationSet], observer: Observer = Observer(),
    receive: LogitsReceiver? = nil
  ) throws -> [[Predictions]] {
    let classifier = path.classifier
    var parts = alphas.map { _ in sets.map { _ in [Predictions]() } }
    for (setIndex, set) in sets.enumerated() {
      for start in stride(from: 0, to: set.dataset.count, by: chunkSize) {
        let range = start..<min(start + chunkSize, set.dataset.count)
        let chunk = try PreparedDataset(
          dataset: set.dataset.subset(Array(range)), preprocessing: preprocessing)
        let targets = try set.mapping.targets(for: chunk.dataset.labels)
        let features = path.sharesTower ? try pooledFeatures(of: chunk, classifier, observer) : nil
        for (alphaIndex, alpha) in alphas.enumerated() {
          let context = try path.move(to: alpha)
          let logits = try self.logits(
            of: chunk, features: features, classifier, context, head: classifier.computedHead(context),
            observer)
          receive?(alpha, setIndex, range, logits)
          parts[alphaIndex][setIndex].append(
            try Predictions(logits: logits, targets: targets, groups: set.competitors))
        }
      }
    }
    return parts.map { $0.map(Predictions.init(joining:)) }
  }

  /// [images, classes]
  private func logits(
    of chunk: PreparedDataset, features: Tensor?, _ classifier: ImageClassifier, _ context: ForwardContext,
    head: Variable?, _ observer: Observer
  ) throws -> Tensor {
    if let features {
      // In the batches that images would be computed in, so that the same head gives the same bits for every method.
      let all = Tensor(uninitialized: [chunk.count, classifier.headBias.count])
      for start in stride(from: 0, to: chunk.count, by: batchSize) {
        let range = start..<min(start + batchSize, chunk.count)
        let part = classifier.logits(pooled: Variable(features.rows(range)), context, head: head).value
        all.rows(range).mutableBytes.copyMemory(from: part.bytes)
      }
      observer.onProgress(chunk.count)
      return all
    }
    return try inBatches(of: chunk, columns: classifier.headBias.count, observer) {
      classifier.logits($0, context, head: head).value
    }
  }

  /// Class-token features, [images, width].
  private func pooledFeatures(
    of chunk: PreparedDataset, _ classifier: ImageClassifier, _ observer: Observer
  ) throws -> Tensor {
    try inBatches(
      of: chunk, columns: config.vision.transformer.width, Observer(shouldStop: observer.shouldStop)
    ) { classifier.vision.pooled($0, .inference).value }
  }

  private func inBatches(
    of chunk: PreparedDataset, columns: Int, _ observer: Observer, _ compute: (Tensor) -> Tensor
  ) throws -> Tensor {
    let all = Tensor(uninitialized: [chunk.count, columns])
    for start in stride(from: 0, to: chunk.count, by: batchSize) {
      if observer.shouldStop() { throw Stopped() }
      let range = start..<min(start + batchSize, chunk.count)
      let part = compute(try chunk.batch(range).images)
      all.rows(range).mutableBytes.copyMemory(from: part.bytes)
      observer.onProgress(range.count)
    }
    return all
  }
}
