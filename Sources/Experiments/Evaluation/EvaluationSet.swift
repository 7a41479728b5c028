import CLIPCore
import Datasets
import EvalShift
import TensorCore
import Training

/// A dataset to be scored: its classes placed among those of the head, its images known by their content, and what of
/// them the model has seen.
public struct EvaluationSet: Sendable {
  public let dataset: any ImageDataset
  /// Tells it from the others that are scored with it.
  public private(set) var name: String
  public let role: DatasetRole
  /// The key of the metric that the field reports for the dataset.
  public let metric: String
  public let images: ImageList
  public let overlaps: SetOverlaps
  /// Whether these are the images on which alpha is selected.
  public private(set) var isSelectionSet: Bool
  /// Files that lie among the images and are not scored, those that cannot be decoded included: their number by kind.
  public let leftOut: [String: Int]
  /// From the dataset's classes to the head's.
  public let mapping: LabelMapping
  public let competition: Competition
  /// Groups of the head's classes that compete for an image; nil if all do, each for itself.
  public let competitors: [[Int]]?

  /// `seen` are the images that the scored model was trained and selected on, `selectedOn` those on which the run that is
  /// scored was, and `tested` its own test images; nil where there are none.
  ///
  /// Throws if the dataset has classes the head does not know, naming them.
  public init(
    _ dataset: any ImageDataset, name: String? = nil, role: DatasetRole,
    metric: String = MetricRegistry.standard.key, images: ImageList, seen: SeenImages?,
    selectedOn: ImageList? = nil, tested: ImageList? = nil, skipped: Int = 0, headClasses: [DatasetClass],
    competition: Competition = .subset
  ) throws(DatasetError) {
    self.dataset = dataset
    self.name = name ?? dataset.name
    self.role = role
    self.metric = metric
    self.images = images
    leftOut = dataset.leftOut.merging(
      skipped > 0 ? [LeftOutFiles.undecodable: skipped] : [:], uniquingKeysWith: +)
    var overlaps = seen?.overlaps(with: images) ?? SetOverlaps()
    if role == .shift, let tested { overlaps.test = images.images(in: tested.hashes).count }
    self.overlaps = overlaps
    isSelectionSet = images.count > 0 && images.sha256 == selectedOn?.sha256
    mapping = try LabelMapping(from: dataset.classes, to: headClasses)
    self.competition = competition
    competitors = mapping.competitors(competition)
  }

  /// The same set under a name that tells it from others.
  public func named(_ name: String) -> EvaluationSet {
    var set = self
    set.name = name
    return set
  }

  /// The same set as the one on which alpha is selected.
  var selecting: EvaluationSet {
    var set = self
    set.isSelectionSet = true
    return set
  }

  /// Throws if an image was trained or selected on: then its score is none of a target or a shift.
  func requireUnseen() throws(DatasetError) { try overlaps.requireUnseen(name, of: images.count) }

  /// Throws if an image was trained on: then no alpha can be selected by these.
  func requireUntrained() throws(DatasetError) {
    guard overlaps.train > 0 else { return }
    throw .overlap(
      "\(name): \(overlaps.train) of \(images.count) validation images are training images of the model, by which no alpha "
        + "can be selected; name other images, or pass --allow-overlap, which marks every number that they touch"
    )
  }

  /// What the `logits` [N, classes] of a target's images say of those that are of this set's classes, with this set's classes
  /// competing; nil where none are. `targets` [N] are classes of the head.
  func twin(_ logits: Tensor, targets: [Int32]) throws(EvaluationError) -> Predictions? {
    try TwinScore.predictions(
      logits: logits.array, width: logits.shape[1], targets: targets,
      classes: Set(mapping.groups.joined().map(Int32.init)), groups: competitors)
  }

  /// Predictions for its images, which know what they are of.
  func known(_ predictions: Predictions) -> Predictions {
    predictions.grouped(dataset.groups).identified(images)
  }

  /// The scores of predictions for its images.
  func scores(
    _ predictions: Predictions, twin: TwinScore?, resampling: Resampling
  ) -> DatasetScores {
    var scores = DatasetScores(
      dataset: name, role: role, predictions: known(predictions), metric: metric, resampling: resampling,
      provenance: ScoreProvenance(
        precision: Compute.precision.rawValue, engine: Compute.backend.description,
        version: ProgramVersion.current, imagesSHA256: images.sha256, overlaps: overlaps,
        isSelectionSet: isSelectionSet, isOneClass: Set(dataset.labels).count == 1,
        repeated: images.count - images.hashes.count, leftOut: leftOut))
    scores.twin = twin
    return scores
  }
}

extension SetOverlaps {
  /// Throws if any of the `total` images of a set was trained or selected on.
  func requireUnseen(_ name: String, of total: Int) throws(DatasetError) {
    guard !isUnseen else { return }
    func count(_ n: Int) -> String { n == total ? "all \(n)" : "\(n) of \(total)" }
    let parts = [
      train > 0 ? "\(count(train)) images are training images of the model" : nil,
      selection > 0 ? "\(count(selection)) are its validation images" : nil,
    ]
    throw .overlap(
      "\(name): \(parts.compactMap { $0 }.joined(separator: " and ")), so this is no measure of accuracy on new images; "
        + "name other images, or pass --allow-overlap, which marks every number that they touch")
  }
}
