extension TrainAugmentation {
  private enum Key: String, CodingKey {
    case scale, ratio, paddedCrop, horizontalFlip, verticalFlip, randAugment, colorJitter, erasing
    /// In older records: whether half of the images are mirrored.
    case flip
  }

  /// What older records do not say is off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let mirrors = try values.decodeIfPresent(Bool.self, forKey: .flip) ?? false
    self.init(
      scale: try values.decode(ClosedRange<Double>.self, forKey: .scale),
      ratio: try values.decode(ClosedRange<Double>.self, forKey: .ratio),
      paddedCrop: try values.decodeIfPresent(PaddedCrop.self, forKey: .paddedCrop),
      horizontalFlip: try values.decodeIfPresent(Double.self, forKey: .horizontalFlip) ?? (mirrors ? 0.5 : 0),
      verticalFlip: try values.decodeIfPresent(Double.self, forKey: .verticalFlip) ?? 0,
      randAugment: try values.decodeIfPresent(RandAugment.self, forKey: .randAugment),
      colorJitter: try values.decodeIfPresent(ColorJitter.self, forKey: .colorJitter),
      erasing: try values.decodeIfPresent(RandomErasing.self, forKey: .erasing))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(scale, forKey: .scale)
    try values.encode(ratio, forKey: .ratio)
    try values.encodeIfPresent(paddedCrop, forKey: .paddedCrop)
    try values.encode(horizontalFlip, forKey: .horizontalFlip)
    try values.encode(verticalFlip, forKey: .verticalFlip)
    try values.encodeIfPresent(randAugment, forKey: .randAugment)
    try values.encodeIfPresent(colorJitter, forKey: .colorJitter)
    try values.encodeIfPresent(erasing, forKey: .erasing)
  }

  /// Throws if a probability, padding or jitter is out of its range, for images of `size` × `size` pixels.
  public func validate(size: Int) throws(AugmentationError) {
    if let colorJitter, let problem = colorJitter.problem { throw .outOfRange(problem) }
    for (name, probability) in [("left and right", horizontalFlip), ("top and bottom", verticalFlip)] {
      guard (0...1).contains(probability) else {
        throw .outOfRange("the share of images with \(name) exchanged is \(probability), not 0 to 1")
      }
    }
    if let paddedCrop, !(0..<size).contains(paddedCrop.padding) {
      throw .outOfRange("the padding is \(paddedCrop.padding) pixels, not 0 to \(size - 1)")
    }
    if let randAugment, !(0...1).contains(randAugment.probability) {
      throw .outOfRange(
        "the probability of RandAugment's operations is \(randAugment.probability), not 0 to 1")
    }
  }
}
