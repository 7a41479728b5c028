import TensorCore

/// Random brightness, contrast, saturation and hue in random order, as torchvision's `ColorJitter` does it to PIL images.
///
/// Factors are uniform in [max(0, 1 − x), 1 + x], the shift of hues in [−hue, hue]; 0 leaves a property alone.
public struct ColorJitter: Sendable, Codable, Equatable {
  /// 0 or more.
  public var brightness, contrast, saturation: Double
  /// 0 to 0.5, of the circle of colours.
  public var hue: Double
  /// How many of the images (timm's and open_clip's `color_jitter_prob`).
  public var probability: Double

  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0,
    probability: Double = 1
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
    self.probability = probability
  }

  package func callAsFunction(_ image: PixelImage, random: inout SeededRandom) -> PixelImage {
    guard probability >= 1 || random.chance(Float(probability)) else { return image }
    return adjustments(random: &random).reduce(image) { $1.applied(to: $0) }
  }

  /// What is done to an image, in order.
  package func adjustments(random: inout SeededRandom) -> [ColorAdjustment] {
    let order = random.permutation(4)
    func factor(_ spread: Double) -> Float? {
      spread > 0 ? random.uniform(Float(max(0, 1 - spread)), Float(1 + spread)) : nil
    }
    let drawn: [ColorAdjustment?] = [
      factor(brightness).map(ColorAdjustment.brightness), factor(contrast).map(ColorAdjustment.contrast),
      factor(saturation).map(ColorAdjustment.saturation),
      hue > 0 ? .hue(random.uniform(Float(-hue), Float(hue))) : nil,
    ]
    return order.compactMap { drawn[$0] }
  }

  /// Throws if a value is out of its range.
  func validate() throws(AugmentationError) {
    for (name, value) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)]
    where !(value >= 0 && value.isFinite) {
      throw .outOfRange(key: "color_jitter.\(name)", "is \(value); give 0 or more")
    }
    guard (0...0.5).contains(hue) else {
      throw .outOfRange(key: "color_jitter.hue", "is \(hue); give 0 to 0.5")
    }
    guard (0...1).contains(probability) else {
      throw .outOfRange(key: "color_jitter.probability", "is \(probability); give 0 to 1")
    }
  }
}

/// A change of an image's colours, with Pillow's arithmetic; factor 1 and shift 0 are none.
package enum ColorAdjustment: Sendable, Equatable {
  /// Between black (0), the image (1) and beyond.
  case brightness(Float)
  /// From the mean grey.
  case contrast(Float)
  /// From the image in grey.
  case saturation(Float)
  /// −0.5 to 0.5 of the circle of colours.
  case hue(Float)

  package func applied(to image: PixelImage) -> PixelImage {
    switch self {
    case .brightness(let factor): image.blended(from: image.filled(with: 0), factor: factor)
    case .contrast(let factor):
      image.blended(from: image.filled(with: image.meanGrey()), factor: factor)
    case .saturation(let factor): image.blended(from: image.greyscale(), factor: factor)
    case .hue(let shift): image.hueShifted(by: UInt8(truncatingIfNeeded: Int(Double(shift) * 255)))
    }
  }
}
