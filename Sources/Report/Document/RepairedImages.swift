import Foundation

/// Images of a dataset that zero-shot has right, fine-tuning wrong, and the selected alpha right again.
public struct RepairedImages: Codable, Sendable, Equatable {
  /// One image and what is seen in it along the curve.
  public struct Image: Codable, Sendable, Equatable {
    /// The bytes of a PNG or JPEG file.
    public var png: Data
    /// The name of the true class.
    public var label: String
    public var zeroShot: SamplePrediction
    public var fineTuned: SamplePrediction
    public var selected: SamplePrediction

    /// An image of the class `label`.
    public init(
      png: Data, label: String, zeroShot: SamplePrediction, fineTuned: SamplePrediction,
      selected: SamplePrediction
    ) {
      self.png = png
      self.label = label
      self.zeroShot = zeroShot
      self.fineTuned = fineTuned
      self.selected = selected
    }

    private enum CodingKeys: String, CodingKey {
      case png, label
      case zeroShot = "zero_shot"
      case fineTuned = "fine_tuned"
      case selected
    }
  }

  public var dataset: String
  public var method: String
  /// The selected alpha.
  public var alpha: Double
  /// How many images of the dataset were so; more than are shown.
  public var count: Int
  public var images: [Image]

  /// Some of the `count` images of `dataset` that `method` broke and `alpha` repaired.
  public init(dataset: String, method: String, alpha: Double, count: Int, images: [Image]) {
    self.dataset = dataset
    self.method = method
    self.alpha = alpha
    self.count = count
    self.images = images
  }
}
