/// What a dataset is for within its family.
public enum DatasetRole: String, Sendable, Codable, CaseIterable {
  /// The distribution a model is fine-tuned on.
  case target
  /// A distribution that differs from the target's: used only to evaluate.
  case shift
}
