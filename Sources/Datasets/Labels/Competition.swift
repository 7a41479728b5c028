/// Which classes of a head compete for the images of a dataset that has only some of them.
public enum Competition: String, Sendable, Codable, CaseIterable {
  /// The dataset's own, as published numbers of ImageNet-R, ImageNet-A and ObjectNet have it.
  case subset
  /// All that the head knows.
  case full
}
