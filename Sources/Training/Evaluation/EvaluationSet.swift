import Datasets

/// A dataset to be scored, with its classes placed among those of the head.
public struct EvaluationSet: Sendable {
  public let dataset: any ImageDataset
  public let role: DatasetRole
  /// From the dataset's classes to the head's.
  public let mapping: LabelMapping

  /// Throws if the dataset has classes the head does not know, naming them.
  public init(_ dataset: any ImageDataset, role: DatasetRole, headClasses: [DatasetClass])
    throws(DatasetError)
  {
    self.dataset = dataset
    self.role = role
    mapping = try LabelMapping(from: dataset.classes, to: headClasses)
  }

  public var name: String { dataset.name }
}
