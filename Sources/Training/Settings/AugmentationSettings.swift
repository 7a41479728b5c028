import ImageCodec

/// What happens to images in training, one by one, and to batches of them.
public struct AugmentationSettings: Codable, Sendable, Equatable {
  public var image: TrainAugmentation
  /// Mixup's and CutMix's alpha, and how many of the batches are mixed; 0 mixes none.
  public var mixup: Double
  public var cutmix: Double
  public var mixProbability: Double
  public var mixSwitch: Double
  /// How many of an image's patches are left out.
  public var patchDropout: Double

  public init(
    image: TrainAugmentation = TrainAugmentation(scale: 1...1, ratio: 1...1), mixup: Double = 0,
    cutmix: Double = 0, mixProbability: Double = 1, mixSwitch: Double = 0.5, patchDropout: Double = 0
  ) {
    self.image = image
    self.mixup = mixup
    self.cutmix = cutmix
    self.mixProbability = mixProbability
    self.mixSwitch = mixSwitch
    self.patchDropout = patchDropout
  }

  private enum CodingKeys: String, CodingKey {
    case mixup, cutmix, mixProbability, mixSwitch, patchDropout
  }

  /// What is not said is off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys, _ standard: Double) throws -> Double {
      try values.decodeIfPresent(Double.self, forKey: key) ?? standard
    }
    self.init(
      image: try TrainAugmentation(from: decoder), mixup: try number(.mixup, 0),
      cutmix: try number(.cutmix, 0), mixProbability: try number(.mixProbability, 1),
      mixSwitch: try number(.mixSwitch, 0.5), patchDropout: try number(.patchDropout, 0))
  }

  public func encode(to encoder: any Encoder) throws {
    try image.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(mixup, forKey: .mixup)
    try values.encode(cutmix, forKey: .cutmix)
    try values.encode(mixProbability, forKey: .mixProbability)
    try values.encode(mixSwitch, forKey: .mixSwitch)
    try values.encode(patchDropout, forKey: .patchDropout)
  }

  /// How batches are mixed; nil where they are not.
  func mixing(labelSmoothing: Float) -> BatchMixing? {
    guard mixup > 0 || cutmix > 0 else { return nil }
    return BatchMixing(
      mixupAlpha: mixup, cutmixAlpha: cutmix, probability: mixProbability, switchProbability: mixSwitch,
      labelSmoothing: Double(labelSmoothing))
  }

  /// Throws if a value is out of its range, for images of `size` × `size` pixels, or of any size.
  public func validate(size: Int? = nil) throws(TrainingError) {
    do throws(AugmentationError) {
      try image.validate(size: size)
      try BatchMixing(
        mixupAlpha: mixup, cutmixAlpha: cutmix, probability: mixProbability, switchProbability: mixSwitch,
        labelSmoothing: 0
      ).validate()
    } catch .outOfRange(let key, let problem) {
      throw .badValue("augmentation.\(key)", problem)
    } catch {
      // No other is thrown here; its sentence stands by itself.
      throw .badSetting(error.description)
    }
    guard (0..<1).contains(patchDropout) else {
      throw .badValue(
        "augmentation.patch_dropout",
        "is \(patchDropout), the share of patches that are left out; give 0 to below 1")
    }
  }
}
