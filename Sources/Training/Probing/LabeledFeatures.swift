import TensorCore

/// Features of images, computed once, with the images' classes.
public struct LabeledFeatures: Sendable {
  /// [images, width]
  public let features: Tensor
  /// The class of each image.
  public let labels: [Int32]

  public var count: Int { labels.count }
  public var width: Int { features.shape[1] }

  /// Throws where there are no images, the numbers of features and labels differ, or a feature is not a finite number.
  public init(features: Tensor, labels: [Int32]) throws(TrainingError) {
    guard features.rank == 2, features.dtype == .f32, features.shape[0] == labels.count else {
      throw .badSetting(
        "\(labels.count) labels need as many rows of fp32 features, not \(features.dtype) of shape \(features.shape)."
      )
    }
    guard !labels.isEmpty, features.shape[1] > 0 else {
      throw .badSetting("A linear probe needs features of at least one image.")
    }
    guard Compute.backend.allFinite(features) else {
      throw .badSetting("A linear probe needs finite features; some are not.")
    }
    self.features = features
    self.labels = labels
  }

  /// The rows in runs that bound the memory of what is computed for `classes` classes, and the length of sums in fp32.
  func runs(classes: Int) -> [Range<Int>] {
    let size = min(4096, max(64, (1 << 22) / max(1, classes)))
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }
}
