/// A model that may be combined with others: a run at an alpha, with what it said of sets and of its validation images.
public struct EnsembleMember: Sendable {
  public let name: String
  public let folder: RunFolder
  public let record: RunRecord
  public let alpha: Double
  /// The same sets for all members, in the same order.
  public let sets: [KeptPredictions]
  /// Of the run's validation images; nil where it has none.
  public let validation: KeptPredictions?

  public init(
    name: String, folder: RunFolder, record: RunRecord, alpha: Double, sets: [KeptPredictions],
    validation: KeptPredictions?
  ) {
    (self.name, self.folder, self.record, self.alpha) = (name, folder, record, alpha)
    (self.sets, self.validation) = (sets, validation)
  }

  /// How it was made: by the run's method, or at alpha 0 not fine-tuned at all.
  var method: String { alpha == 0 ? Self.zeroShot : record.method }

  private static let zeroShot = "zero-shot"
}
