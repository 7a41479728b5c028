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

  /// Where features of the pre-trained tower are kept for others, and what that is known by: those of every alpha where fine-tuning
  /// leaves it as it is, else those of alpha 0.
  public typealias TowerFeatures = (keeper: any FeatureKeeper, tower: String)
  private let features: TowerFeatures?

  public init(
    config: CLIPConfig, preprocessing: Preprocessing, batchSize: Int = 32, features: TowerFeatures? = nil
  ) {
    self.features = features
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
    let heads = ComputedHeads()
    var twins = alphas.map { _ in sets.map { _ in [Predictions]() } }
    func lookForTwins(_ place: Int, _ logits: Tensor, _ targets: [Int32]) throws {
      for (shift, set) in sets.enumerated() where set.role == .shift {
        if let twin = try set.twin(logits, targets: targets) { twins[place][shift].append(twin) }
      }
    }
    if let calibration {
      let set = sets[calibration]
      let shape = [set.dataset.count, path.classifier.headBias.count]
      let targets = try set.mapping.targets(for: set.dataset.labels)
      for places in Self.groups(alphas.indices, of: shape[0] * shape[1] * MemoryLayout<Float>.stride) {
        let logits = places.map { _ in Tensor(uninitialized: shape) }
        try forEachChunk(
          of: set.dataset, set.images, path, alphas: Array(alphas[places]), withFeatures: withFeatures, heads,
          observer
        ) { place, range, part, features, _ in
          try receive?(alphas[places.lowerBound + place], calibration, range, part, features)
          logits[place].rows(range).mutableBytes.copyMemory(from: part.bytes)
        }
        for (place, logits) in zip(places, logits) {
          let scaling = try TemperatureScaling(
            logits: logits.array, targets: targets, groups: set.competitors)
          scalings[place] = scaling
          scored[place].predictions[calibration] = try Predictions(
            logits: logits, targets: targets, groups: set.competitors, scaling: scaling)
          if calibration == target { try lookForTwins(place, logits, targets) }
        }
      }
    }
    for (setIndex, set) in sets.enumerated() where setIndex != calibration {
      var parts = alphas.map { _ in [Predictions]() }
      try forEachChunk(
        of: set.dataset, set.images, path, alphas: alphas, withFeatures: withFeatures, heads, observer
      ) {
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
    try forEachChunk(of: dataset, nil, path, alphas: [alpha], withFeatures: false, ComputedHeads(), observer)
    {
      _, _, logits, _, _ in
      try receive(logits)
    }
  }

  /// Memory for what is kept of all alphas, or for all alphas, at a time.
  private static let keptBytes = 256 << 20

  /// Runs of places whose results, of so many bytes each, may be kept together; one at least.
  private static func groups(_ places: Range<Int>, of bytes: Int) -> [Range<Int>] {
    let count = max(1, keptBytes / max(1, bytes))
    return stride(from: places.lowerBound, to: places.upperBound, by: count).map {
      $0..<min($0 + count, places.upperBound)
    }
  }

  /// Class weights that modules compute, found once for each alpha of a sweep.
  private final class ComputedHeads {
    private var heads: [Double: Variable?] = [:]

    func head(_ alpha: Double, _ classifier: ImageClassifier, _ context: ForwardContext) -> Variable? {
      if let head = heads[alpha] { return head }
      let head = classifier.computedHead(context)
      heads[alpha] = .some(head)
      return head
    }
  }

  /// What is known of a run of images before the alphas part.
  private enum Shared {
    case nothing
    /// Of each batch, what goes into the first block that is not the same at every alpha.
    case streams([VisionTransformer.Stream])
    /// [images, width]
    case features(Tensor)
  }

  /// The logits of every run of images at every alpha, by its place among `alphas`; an image is decoded once, and what of
  /// the tower is the same at every alpha is computed once.
  private func forEachChunk(
    of dataset: any ImageDataset, _ images: ImageList?, _ path: any AlphaPath, alphas: [Double],
    withFeatures: Bool,
    _ heads: ComputedHeads, _ observer: Observer,
    _ body: (
      _ alpha: Int, _ images: Range<Int>, _ logits: Tensor, _ features: Tensor?, _ labels: [Int32]
    ) throws -> Void
  ) throws {
    let classifier = path.classifier
    guard let first = alphas.first else { return }
    // Of what is not listed, nothing can be kept.
    let named = features != nil && images?.count == dataset.count ? images : nil
    for start in stride(from: 0, to: dataset.count, by: chunkSize) {
      let range = start..<min(start + chunkSize, dataset.count)
      let chunk = try PreparedDataset(
        dataset: dataset.subset(Array(range)), preprocessing: preprocessing)
      for part in parts(of: chunk, path, alphas: alphas.count) {
        let names = named.map {
          ImageList.orderedKey($0.entries[start + part.lowerBound..<start + part.upperBound])
        }
        let shared = try shared(
          part, of: chunk, names, path, at: first, alphas: alphas.count, observer)
        for (place, alpha) in alphas.enumerated() {
          let context = try path.move(to: alpha)
          let head = heads.head(alpha, classifier, context)
          var pooled: Tensor?
          if case .features(let features) = shared {
            pooled = features
          } else if alpha == 0, let names {
            // The same bits, whichever method they are computed with.
            pooled = try kept(part, names) {
              try self.pooled(part, of: chunk, shared, classifier, context, observer)
            }
          } else if withFeatures {
            pooled = try self.pooled(part, of: chunk, shared, classifier, context, observer)
          }
          let logits = try batches(part, columns: classifier.headBias.count, observer) { number, images in
            if let pooled {
              let rows = images.lowerBound - part.lowerBound..<images.upperBound - part.lowerBound
              return classifier.logits(pooled: Variable(pooled.rows(rows)), context, head: head).value
            }
            return classifier.logits(
              pooled: try features(number, images, of: chunk, shared, classifier, context), context,
              head: head
            ).value
          }
          try body(
            place, start + part.lowerBound..<start + part.upperBound, logits, withFeatures ? pooled : nil,
            Array(chunk.dataset.labels[part]))
        }
      }
    }
  }

  /// A chunk in parts of whole batches, as many as may be kept on their way through the tower where its first blocks are shared.
  private func parts(of chunk: PreparedDataset, _ path: any AlphaPath, alphas: Int) -> [Range<Int>] {
    guard case .blocks = path.sharing, alphas > 1 else { return [0..<chunk.count] }
    let vision = config.vision
    let bytes = (1 + vision.patches) * vision.transformer.width * MemoryLayout<Float>.stride
    let count = max(1, Self.keptBytes / (bytes * batchSize)) * batchSize
    return stride(from: 0, to: chunk.count, by: count).map { $0..<min($0 + count, chunk.count) }
  }

  private func shared(
    _ part: Range<Int>, of chunk: PreparedDataset, _ images: String?, _ path: any AlphaPath, at alpha: Double,
    alphas: Int, _ observer: Observer
  ) throws -> Shared {
    let classifier = path.classifier
    switch path.sharing {
    case .tower:
      let context = try path.move(to: alpha)
      return .features(
        try kept(part, images) { try pooled(part, of: chunk, .nothing, classifier, context, observer) })
    case .blocks(let count) where alphas > 1:
      let context = try path.move(to: alpha)
      var streams: [VisionTransformer.Stream] = []
      for images in batches(of: part) {
        if observer.shouldStop() { throw Stopped() }
        streams.append(classifier.vision.stream(try chunk.batch(images).images, upTo: count, context))
      }
      return .streams(streams)
    case .blocks, .nothing: return .nothing
    }
  }

  /// Class-token features of a part by the pre-trained tower, [images, width]: those that are kept, else what `compute` makes.
  private func kept(_ part: Range<Int>, _ images: String?, _ compute: () throws -> Tensor) throws -> Tensor {
    guard let features, let images else { return try compute() }
    return try features.keeper.features(
      "\(features.tower) \(batchSize) \(images)", shape: [part.count, config.vision.transformer.width],
      compute)
  }

  /// Class-token features of a part, [images, width].
  private func pooled(
    _ part: Range<Int>, of chunk: PreparedDataset, _ shared: Shared, _ classifier: ImageClassifier,
    _ context: ForwardContext, _ observer: Observer
  ) throws -> Tensor {
    let silent = Observer(shouldStop: observer.shouldStop)
    return try batches(part, columns: config.vision.transformer.width, silent) { number, images in
      try features(number, images, of: chunk, shared, classifier, context).value
    }
  }

  /// Class-token features of a batch, by its number in its part.
  private func features(
    _ number: Int, _ images: Range<Int>, of chunk: PreparedDataset, _ shared: Shared,
    _ classifier: ImageClassifier, _ context: ForwardContext
  ) throws -> Variable {
    if case .streams(let streams) = shared { return classifier.vision.pooled(streams[number], context) }
    return classifier.vision.pooled(try chunk.batch(images).images, context)
  }

  /// The batches of a part: the same whatever is computed in them, so that the same weights give the same bits for every
  /// method.
  private func batches(of part: Range<Int>) -> [Range<Int>] {
    stride(from: part.lowerBound, to: part.upperBound, by: batchSize).map {
      $0..<min($0 + batchSize, part.upperBound)
    }
  }

  /// [images of the part, columns]
  private func batches(
    _ part: Range<Int>, columns: Int, _ observer: Observer,
    _ compute: (_ number: Int, _ images: Range<Int>) throws -> Tensor
  ) throws -> Tensor {
    let all = Tensor(uninitialized: [part.count, columns])
    for (number, images) in batches(of: part).enumerated() {
      if observer.shouldStop() { throw Stopped() }
      let rows = images.lowerBound - part.lowerBound..<images.upperBound - part.lowerBound
      all.rows(rows).mutableBytes.copyMemory(from: try compute(number, images).bytes)
      observer.onProgress(images.count)
    }
    return all
  }
}
