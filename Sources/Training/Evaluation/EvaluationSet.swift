import Datasets

/// A dataset to be scored, with its classes placed among those of the head.
public struct EvaluationSet: Sendable {
  public let dataset: any ImageDataset
  public let role: DatasetRole
  /// From the dataset's classes to the head's.
  public let mapping: LabelMapping
  /// Groups of the head's classes that compete for an image; nil if all do, each for itself.
  public let competitors: [[Int]]?

  /// Throws if the dataset has classes the head does not know, naming them.
  public init(
    _ dataset: any ImageDataset, role: DatasetRole, headClasses: [DatasetClass],
    competition: Competition = .subset
  ) throws(DatasetError) {
    self.dataset = dataset
    self.role = role
    mapping = try LabelMapping(from: dataset.classes, to: headClasses)
    competitors = mapping.competitors(competition)
  }

  public var name: String { dataset.name }
}
