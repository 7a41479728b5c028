import TensorCore

/// Keeps features of a frozen image tower, so that runs which share the tower and the images compute them once.
public protocol FeatureKeeper: Sendable {
  /// Class-token features [images, width] that are known by `key`; nil where they are not kept.
  func features(_ key: String) -> Tensor?
  /// Keeps features; where that cannot be, they are computed again next time.
  func keep(_ features: Tensor, as key: String)
}

extension FeatureKeeper {
  /// What is kept under a key in that shape, else what `compute` makes, which is kept.
  package func features(_ key: String, shape: [Int], _ compute: () throws -> Tensor) rethrows -> Tensor {
    if let found = features(key), found.shape == shape, found.dtype == .f32 { return found }
    let made = try compute()
    keep(made, as: key)
    return made
  }
}

/// Features of the images of a run that may be kept elsewhere, and what they are known by.
public struct KeptFeatures: Sendable {
  public let keeper: any FeatureKeeper
  /// What the features depend on besides the images: tower, preprocessing and arithmetic.
  public let tower: String
  /// What names the images, in their order.
  public let train, validation: String

  public init(_ keeper: any FeatureKeeper, tower: String, train: String, validation: String) {
    (self.keeper, self.tower, self.train, self.validation) = (keeper, tower, train, validation)
  }
}
