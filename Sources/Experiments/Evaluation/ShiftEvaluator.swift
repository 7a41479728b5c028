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

  /// Receives the logits [images, classes] of a run of images of a set at an alpha, and, where they were asked for, the features of
  /// the image tower [images, width].
  public typealias LogitsReceiver = (
    _ alpha: Double, _ set: Int, _ images: Range<Int>, _ logits: Tensor, _ features: Tensor?
  ) throws -> Void

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

  /// What was found at one alpha, by set.
  public struct Scored {
    public var predictions: [Predictions]
    /// Of a shift, what was said of the target's images of its classes, those alone competing; nil where there are none.
    public var twins: [Predictions?]
  }

  /// Scores every alpha on every set, in their order.
  ///
  /// With `calibration`, the place of the set by whose images a temperature is fitted at each alpha: it is scored first. With
  /// `target`, the place of the target: its images are looked at as twins of the shifts.
  public func sweep(
    _ path: any AlphaPath, alphas: [Double], sets: [EvaluationSet], calibration: Int? = nil,
    target: Int? = nil, withFeatures: Bool = false, observer: Observer = Observer(),
    receive: LogitsReceiver? = nil
  ) throws -> [Scored] {
    var scored = alphas.map { _ in
      Scored(
        predictions: [Predictions](repeating: Predictions(joining: []), count: sets.count),
        twins: [Predictions?](repeating: nil, count: sets.count))
    }
    var scalings = [TemperatureScaling?](repeating: nil, count: alphas.count)
    var twins = alphas.map { _ in sets.map { _ in [Predictions]() } }
    func lookForTwins(_ place: Int, _ logits: Tensor, _ targets: [Int32]) throws {
      for (shift, set) in sets.enumerated() where set.role == .shift {
        if let twin = try set.twin(logits, targets: targets) { twins[place][shift].append(twin) }
      }
    }
    if let calibration {
      let set = sets[calibration]
      for (place, alpha) in alphas.enumerated() {
        let logits = Tensor(uninitialized: [set.dataset.count, path.classifier.headBias.count])
        try forEachChunk(of: set.dataset, path, alphas: [alpha], withFeatures: withFeatures, observer) {
          _, range, part, features, _ in
          try receive?(alpha, calibration, range, part, features)
          logits.rows(range).mutableBytes.copyMemory(from: part.bytes)
        }
        let targets = try set.mapping.targets(for: set.dataset.labels)
        let scaling = try TemperatureScaling(
          logits: logits.array, targets: targets, groups: set.competitors)
        scalings[place] = scaling
        scored[place].predictions[calibration] = try Predictions(
          logits: logits, targets: targets, groups: set.competitors, scaling: scaling)
        if calibration == target { try lookForTwins(place, logits, targets) }
      }
    }
    for (setIndex, set) in sets.enumerated() where setIndex != calibration {
      var parts = alphas.map { _ in [Predictions]() }
      try forEachChunk(of: set.dataset, path, alphas: alphas, withFeatures: withFeatures, observer) {
        place, range, logits, features, labels in
        let targets = try set.mapping.targets(for: labels)
        try receive?(alphas[place], setIndex, range, logits, features)
        parts[place].append(
          try Predictions(
            logits: logits, targets: targets, groups: set.competitors, scaling: scalings[place]))
        if setIndex == target { try lookForTwins(place, logits, targets) }
      }
      for place in alphas.indices { scored[place].predictions[setIndex] = Predictions(joining: parts[place]) }
    }
    for place in alphas.indices {
      scored[place].twins = twins[place].map { $0.isEmpty ? nil : Predictions(joining: $0) }
    }
    return scored
  }

  /// The logits [images, classes] of every run of images of a dataset at an alpha; nobody looks at its labels.
  public func logits(
    of dataset: any ImageDataset, _ path: any AlphaPath, alpha: Double, observer: Observer = Observer(),
    receive: (_ logits: Tensor) throws -> Void
  ) throws {
    try forEachChunk(of: dataset, path, alphas: [alpha], withFeatures: false, observer) {
      _, _, logits, _, _ in
      try receive(logits)
    }
  }

  /// The logits of every run of images at every alpha, by its place among `alphas`; an image is decoded once.
  private func forEachChunk(
    of dataset: any ImageDataset, _ path: any AlphaPath, alphas: [Double], withFeatures: Bool,
    _ observer: Observer,
    _ body: (
      _ alpha: Int, _ images: Range<Int>, _ logits: Tensor, _ features: Tensor?, _ labels: [Int32]
    ) throws -> Void
  ) throws {
    let classifier = path.classifier
    for start in stride(from: 0, to: dataset.count, by: chunkSize) {
      let range = start..<min(start + chunkSize, dataset.count)
      let chunk = try PreparedDataset(
        dataset: dataset.subset(Array(range)), preprocessing: preprocessing)
      let shared = path.sharesTower ? try pooledFeatures(of: chunk, classifier, .inference, observer) : nil
      for (place, alpha) in alphas.enumerated() {
        let context = try path.move(to: alpha)
        let own =
          withFeatures && shared == nil ? try pooledFeatures(of: chunk, classifier, context, observer) : nil
        let features = shared ?? own
        try body(
          place, range,
          logits(
            of: chunk, features: features, classifier, context, head: classifier.computedHead(context),
            observer), withFeatures ? features : nil, chunk.dataset.labels)
      }
    }
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
    of chunk: PreparedDataset, _ classifier: ImageClassifier, _ context: ForwardContext,
    _ observer: Observer
  ) throws -> Tensor {
    try inBatches(
      of: chunk, columns: config.vision.transformer.width, Observer(shouldStop: observer.shouldStop)
    ) { classifier.vision.pooled($0, context).value }
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
