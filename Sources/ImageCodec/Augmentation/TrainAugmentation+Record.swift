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

  /// Throws if a value is out of its range, for images of `size` × `size` pixels, or of any size.
  public func validate(size: Int? = nil) throws(AugmentationError) {
    guard scale.lowerBound > 0, scale.upperBound <= 1 else {
      throw .outOfRange(
        key: "crop",
        "is \(scale.lowerBound) to \(scale.upperBound), the share of an image that is kept; give two numbers above 0, up to 1"
      )
    }
    guard ratio.lowerBound > 0, ratio.upperBound.isFinite else {
      throw .outOfRange(
        key: "ratio", "is \(ratio.lowerBound) to \(ratio.upperBound); give two numbers above 0")
    }
    for (key, share) in [("flip", horizontalFlip), ("vertical_flip", verticalFlip)]
    where !(0...1).contains(share) {
      throw .outOfRange(key: key, "is \(share), the share of images that are mirrored; give 0 to 1")
    }
    let largest = size.map { $0 - 1 } ?? .max
    if let paddedCrop, !(0...largest).contains(paddedCrop.padding) {
      throw .outOfRange(
        key: "padding",
        "is \(paddedCrop.padding) pixels; give 0 \(size == nil ? "or more" : "to \(largest)")")
    }
    try colorJitter?.validate()
    if let randAugment {
      guard (0...16).contains(randAugment.operations), (0...10).contains(randAugment.magnitude),
        randAugment.deviation >= 0, (0...1).contains(randAugment.probability)
      else {
        throw .outOfRange(
          key: "randaugment",
          "is \(randAugment.timm); give a magnitude of 0 to 10, up to 16 operations and a probability of 0 to 1"
        )
      }
    }
    if let erasing { try erasing.validate() }
  }
}
