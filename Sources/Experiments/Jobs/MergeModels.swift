import CLIPCore
import Datasets
import ImageCodec
import Training

/// The models of a merge, as those need to know them who open validation images.
public struct MergeModels {
  /// Where they are runs: their records and images.
  public struct Run {
    public let record: RunRecord
    public let images: RunImages
  }

  /// The classes of their heads, which are merged; nil where no heads are, and a zero-shot head is made.
  public let headClasses: [DatasetClass]?
  /// What any of them was trained and selected on; nil where that is not known, or nothing.
  public let seen: SeenImages?
  /// Empty unless all are runs.
  public let runs: [Run]
}

/// Validation images by which a method chooses, and the head that tells their classes apart.
public struct MergeValidation {
  public let set: EvaluationSet
  public let classes: [DatasetClass]
  /// Makes a zero-shot head of a mixture of the models; for models without heads of their own.
  public let buildHead: ((PretrainedModel) throws -> ZeroShotHead)?

  /// Throws if images were trained on: nothing can be selected by these.
  public init(
    _ set: EvaluationSet, classes: [DatasetClass], allowsOverlap: Bool = false,
    buildHead: ((PretrainedModel) throws -> ZeroShotHead)? = nil
  ) throws(DatasetError) {
    guard allowsOverlap || set.overlaps.train == 0 else {
      throw .overlap(
        "\(set.name): \(set.overlaps.train) of \(set.images.count) validation images are training images of the models, which "
          + "say nothing of new ones; name others with --val, or pass --allow-overlap, which is recorded")
    }
    (self.set, self.classes, self.buildHead) = (set, classes, buildHead)
  }

  /// The validation images of runs, which must be the same for all.
  public static func own(
    of models: MergeModels, catalog: DatasetCatalog, reader: ImageReader, allowsOverlap: Bool = false
  ) throws -> MergeValidation {
    guard let first = models.runs.first, let classes = models.headClasses else {
      throw TrainingError.badSetting(
        "The models bring no validation images of their own; name some with --val, as in --val folder:photos/val."
      )
    }
    let list = first.images.validation
    guard list.count > 0, models.runs.allSatisfy({ $0.images.validation.sha256 == list.sha256 }) else {
      throw TrainingError.badSetting(
        list.count > 0
          ? "The runs were selected on different validation images; name those to choose by with --val."
          : "The runs have no validation images; name some with --val, as in --val folder:photos/val.")
    }
    let dataset = try TrainingData.reopenValidation(
      first.record.data, first.images, request: first.record.request, catalog: catalog, reader: reader)
    let set = try EvaluationSet(
      dataset, role: .target, images: list, seen: models.seen, selectedOn: list, headClasses: classes)
    return try MergeValidation(set, classes: classes, allowsOverlap: allowsOverlap)
  }
}
