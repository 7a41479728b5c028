import EvalShift
import TensorCore
import Training

/// What all members said of one set, image by image in the order of the first, over the classes that compete.
struct EnsembleSet {
  /// The first member's.
  let kept: KeptPredictions
  /// Each member's own.
  let predictions: [Predictions]
  /// Each member's [images, `classCount`].
  let logits: [[Float]]
  let classCount: Int
  /// Of each image the place of its class among those that compete.
  let targets: [Int32]
  /// Of each image how far it is from what only fine-tuning gets right; nil where no rule asks.
  let failureDistances: [Double]?

  /// Throws unless all members' predictions are of the same images and classes. Distances are measured by the features of the
  /// last member.
  init(
    _ members: [(name: String, kept: KeptPredictions)], failures: ZeroShotFailures? = nil
  ) throws {
    guard let first = members.first else { throw EvaluationError.noPredictions }
    let own = try first.kept.predictions()
    var (all, logits, distances) = ([Predictions](), [[Float]](), [Double]?.none)
    for (place, member) in members.enumerated() {
      try member.kept.requireComparable(to: first.kept, names: (member.name, first.name))
      let predictions = try member.kept.predictions()
      let order = try Self.order(of: predictions, like: own, (member.name, first.name))
      all.append(try predictions.aligned(with: own))
      logits.append(Self.rows(try member.kept.competingLogits(), order, width: own.classCount))
      guard let failures, place == members.count - 1 else { continue }
      guard let features = member.kept.features else {
        throw TrainingError.badSetting(
          "Features of the images of \(first.kept.scores.dataset) are not kept for \(member.name); name the set with --datasets, so "
            + "that they are computed.")
      }
      distances = try failures.distances(to: Self.rows(features.array, order, width: features.shape[1]))
    }
    kept = first.kept
    predictions = all
    self.logits = logits
    classCount = own.classCount
    failureDistances = distances
    guard let groups = first.kept.competitors else {
      targets = first.kept.targets
      return
    }
    let places = Dictionary(
      groups.enumerated().flatMap { place, group in group.map { (Int32($0), Int32(place)) } },
      uniquingKeysWith: { first, _ in first })
    // What is no place is refused where it is looked at.
    targets = first.kept.targets.map { places[$0] ?? -1 }
  }

  /// Predictions of combined scores [images, `classCount`]; with `scaling`, of scores divided by its temperature as well.
  func predictions(of scores: [Float], scaling: TemperatureScaling?) throws(EvaluationError) -> Predictions {
    try Predictions(logits: scores, targets: targets, groups: nil, scaling: scaling)
      .grouped(predictions[0].groups).identified(kept.images)
  }

  /// Which of `members` is best alone; the first of equals.
  func best(of members: [Int]) -> Int {
    var best = members[0]
    for member in members where predictions[member].correct > predictions[best].correct { best = member }
    return best
  }

  private static func order(
    of predictions: Predictions, like other: Predictions, _ names: (own: String, other: String)
  ) throws -> [Int] {
    do {
      return try predictions.places(of: other)
    } catch {
      throw error.ofPair(names.other, names.own)
    }
  }

  private static func rows(_ values: [Float], _ order: [Int], width: Int) -> [Float] {
    order == Array(0..<order.count) ? values : order.flatMap { values[$0 * width..<($0 + 1) * width] }
  }
}
