import Datasets
import Foundation
import TensorCore

/// What a model said about each image of a dataset, reduced to what the metrics need: one pass over the logits.
public struct Predictions: Sendable {
  /// One image.
  public struct Row: Sendable, Equatable {
    /// The true class and the most probable one, as indices of the head.
    public let target: Int32
    public let predicted: Int32
    /// How many classes score above the target (equal scores count by their order): 0 is a correct prediction.
    public let targetRank: Int32
    /// Probability of the predicted class.
    public let confidence: Double
    /// Natural logarithm of the target's probability.
    public let targetLogProbability: Double
    /// Squared distance between the probabilities and the one-hot target.
    public let squaredError: Double
    /// Logarithm of the sum of the exponentials of the logits: the negative energy (Liu et al., Energy-based
    /// Out-of-distribution Detection, NeurIPS 2020), higher for what the model knows.
    public let energy: Double

    public var isCorrect: Bool { targetRank == 0 }
  }

  /// The same of logits divided by a temperature.
  public struct Calibrated: Sendable, Equatable {
    /// By which validation images the temperature was fitted, and how well that worked.
    public let scaling: TemperatureScaling
    /// Probability of the predicted class of each image, and logarithm of the true one's.
    public let confidences: [Double]
    public let targetLogProbabilities: [Double]
  }

  /// What is kept of one image.
  struct Reduced {
    let row: Row
    var scaledConfidence = 0.0
    var scaledLogProbability = 0.0
  }

  public let rows: [Row]
  /// Number of classes that competed for each image.
  public let classCount: Int
  /// Nil where no temperature is known.
  public let calibrated: Calibrated?
  /// How well the probabilities of each class are calibrated.
  let classwise: ClasswiseCalibration
  /// Groups of the images; nil where there are none.
  public private(set) var groups: ImageGroups?
  /// Which images these are; nil of those that come from nowhere, as in tests.
  public private(set) var images: ImageList?

  /// The same, of images that belong to groups.
  public func grouped(_ groups: ImageGroups?) -> Predictions {
    precondition(groups.map { $0.ofImage.count == count } ?? true, "groups of other images")
    var predictions = self
    predictions.groups = groups
    return predictions
  }

  /// The same, of images that are known.
  public func identified(_ images: ImageList) -> Predictions {
    precondition(images.count == count, "a list of other images")
    var predictions = self
    predictions.images = images
    return predictions
  }

  public var count: Int { rows.count }
  public var correct: Int { rows.reduce(0) { $0 + ($1.isCorrect ? 1 : 0) } }

  /// Reduces `logits` [N, C], row-major, against `targets` [N], which are indices of the head.
  ///
  /// `subset` lists the classes of the head that compete (all, when nil); every target must be among them. With `scaling`,
  /// logits divided by its temperature are looked at as well. `bins` are those of each class's probability.
  public init(
    logits: [Float], targets: [Int32], subset: [Int]? = nil, scaling: TemperatureScaling? = nil,
    bins: Int = ConfidenceCalibration.standardBins
  ) throws(EvaluationError) {
    try self.init(
      logits: logits, targets: targets, groups: subset?.map { [$0] }, scaling: scaling, bins: bins)
  }

  /// Reduces `logits` [N, C] of which several classes may count as one: each of `groups` competes with its
  /// highest logit, and is known by its first class.
  public init(
    logits: [Float], targets: [Int32], groups: [[Int]]?, scaling: TemperatureScaling? = nil,
    bins: Int = ConfidenceCalibration.standardBins
  ) throws(EvaluationError) {
    let count = targets.count
    guard count > 0 else { throw .noPredictions }
    let width = logits.count / count
    guard width > 0, width * count == logits.count, width <= Int(Int32.max) else {
      throw .shapeMismatch(logits: logits.count, targets: count)
    }
    let competitors = try Competitors(groups: groups, width: width)
    for (image, target) in targets.enumerated() where competitors.position(of: target) == nil {
      throw .targetOutOfRange(image: image, target: Int(target), classes: competitors.count)
    }
    let reduced = [Reduced](unsafeUninitializedCapacity: count) { output, initialized in
      nonisolated(unsafe) let output = output
      logits.withUnsafeBufferPointer { logits in
        nonisolated(unsafe) let logits = logits
        targets.withUnsafeBufferPointer { targets in
          nonisolated(unsafe) let targets = targets
          parallelFor(count: count, grain: 64) { range in
            competitors.withScores { scores in
              for image in range {
                competitors.gather(logits, from: image * width, into: scores)
                output.initializeElement(
                  at: image,
                  to: competitors.reduce(
                    scores, target: targets[image], temperature: scaling?.temperature))
              }
            }
          }
        }
      }
      initialized = count
    }
    rows = reduced.map(\.row)
    if let image = rows.firstIndex(where: { !$0.confidence.isFinite }) { throw .notFinite(image: image) }
    classCount = competitors.count
    calibrated = scaling.map { scaling in
      Calibrated(
        scaling: scaling, confidences: reduced.map(\.scaledConfidence),
        targetLogProbabilities: reduced.map(\.scaledLogProbability))
    }
    classwise = ClasswiseCalibration(
      logits: logits, width: width, competitors: competitors, rows: rows,
      targets: targets.map { Int32(competitors.position(of: $0) ?? 0) }, bins: max(1, bins))
  }

  /// The `logits` [N, `width`] of the classes that compete: [N, groups], each of `groups` with its highest; all, when nil.
  public static func competing(
    logits: [Float], width: Int, groups: [[Int]]?
  ) throws(EvaluationError) -> [Float] {
    try Competitors(groups: groups, width: width).gathered(logits, width: width)
  }

  /// Reduces the logits of a tensor [N, C] of float32 of which several classes may count as one.
  public init(
    logits: Tensor, targets: [Int32], groups: [[Int]]?, scaling: TemperatureScaling? = nil
  ) throws(EvaluationError) {
    guard logits.rank == 2, logits.dtype == .f32, logits.shape[0] == targets.count else {
      throw .shapeMismatch(logits: logits.count, targets: targets.count)
    }
    try self.init(logits: logits.array, targets: targets, groups: groups, scaling: scaling)
  }

  /// The predictions of several runs of images, one after the other; each must be of the same head, temperature included.
  public init(joining parts: [Predictions]) {
    rows = parts.flatMap(\.rows)
    classCount = parts.first?.classCount ?? 0
    let scaled = parts.compactMap(\.calibrated)
    calibrated =
      scaled.count == parts.count
      ? scaled.first.map { first in
        Calibrated(
          scaling: first.scaling, confidences: scaled.flatMap(\.confidences),
          targetLogProbabilities: scaled.flatMap(\.targetLogProbabilities))
      } : nil
    classwise = ClasswiseCalibration(joining: parts.map(\.classwise))
  }

  /// The images at `places`, in their order; calibration class by class is that of all images.
  private init(_ all: Predictions, places: [Int]) {
    rows = places.map { all.rows[$0] }
    classCount = all.classCount
    calibrated = all.calibrated.map { calibrated in
      Calibrated(
        scaling: calibrated.scaling, confidences: places.map { calibrated.confidences[$0] },
        targetLogProbabilities: places.map { calibrated.targetLogProbabilities[$0] })
    }
    classwise = all.classwise
    groups = all.groups?.of(places)
    images = all.images.map { images in ImageList(places.map { images.entries[$0] }) }
  }
}

extension Predictions {
  /// The same images in the order that `other` has them, each known by its path and content, or by its content alone where the
  /// paths differ. Of images that are not known, the order must be the same.
  ///
  /// Throws unless both are of the same images, with the same targets and as many classes that compete.
  public func aligned(with other: Predictions) throws(EvaluationError) -> Predictions {
    taking(try places(of: other))
  }

  /// Those at `places`, in their order.
  func taking(_ places: [Int]) -> Predictions {
    places == Array(0..<count) ? self : Predictions(self, places: places)
  }

  /// Of each image of `other` its place here; see `aligned`.
  public func places(of other: Predictions) throws(EvaluationError) -> [Int] {
    guard other.count > 0 else { throw .noPredictions }
    guard classCount == other.classCount else {
      throw .notPaired("\(other.classCount) classes competed for one, \(classCount) for the other")
    }
    let places: [Int]
    switch (images, other.images) {
    case (let own?, let others?): places = try own.places(of: others)
    case (nil, nil):
      guard count == other.count else { throw .notPaired("\(other.count) images against \(count)") }
      places = Array(0..<count)
    default: throw .notPaired("of one it is not known which images they are")
    }
    for (image, place) in places.enumerated() where rows[place].target != other.rows[image].target {
      throw .notPaired(
        "image \(other.images?.entries[image].path ?? String(image)) is of class \(other.rows[image].target) in one and of "
          + "class \(rows[place].target) in the other")
    }
    return places
  }
}
