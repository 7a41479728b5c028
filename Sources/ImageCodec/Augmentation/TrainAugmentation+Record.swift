extension TrainAugmentation {
  private enum Key: String, CodingKey {
    case crop, ratio, padding, flip, verticalFlip, colorJitter, erasing
    case randAugment = "randaugment"
  }

  /// What is not said is off. Mirroring is a share of the images, or `true` for half of them; RandAugment is written as timm
  /// writes it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      scale: try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .crop) ?? 1...1,
      ratio: try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .ratio) ?? 1...1,
      paddedCrop: try values.decodeIfPresent(Int.self, forKey: .padding).map(PaddedCrop.init),
      horizontalFlip: try Self.share(values, .flip), verticalFlip: try Self.share(values, .verticalFlip),
      colorJitter: try values.decodeIfPresent(ColorJitter.self, forKey: .colorJitter),
      erasing: try values.decodeIfPresent(RandomErasing.self, forKey: .erasing))
    guard let text = try values.decodeIfPresent(String.self, forKey: .randAugment) else { return }
    do {
      randAugment = try RandAugment(timm: text)
    } catch {
      throw DecodingError.dataCorruptedError(
        forKey: .randAugment, in: values, debugDescription: error.description)
    }
  }

  private static func share(_ values: KeyedDecodingContainer<Key>, _ key: Key) throws -> Double {
    guard values.contains(key), try !values.decodeNil(forKey: key) else { return 0 }
    // Either kind is valid, and the error is that of the number.
    if let all = try? values.decode(Bool.self, forKey: key) { return all ? 0.5 : 0 }
    return try values.decode(Double.self, forKey: key)
  }

  /// Every key: `null` shows that there is one.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(scale, forKey: .crop)
    try values.encode(ratio, forKey: .ratio)
    try values.encode(paddedCrop?.padding, forKey: .padding)
    try values.encode(horizontalFlip, forKey: .flip)
    try values.encode(verticalFlip, forKey: .verticalFlip)
    try values.encode(randAugment?.timm, forKey: .randAugment)
    try values.encode(colorJitter, forKey: .colorJitter)
    try values.encode(erasing, forKey: .erasing)
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
