import TensorCore

/// RandAugment (Cubuk et al. 2020) as timm's `rand-mM-mstdS-inc1` does it: two operations drawn from fifteen, each applied
/// in half of the cases with a magnitude drawn around M, those of "increasing" severity.
public struct RandAugment: Sendable, Codable, Equatable {
  /// Operations drawn for each image; one may be drawn twice.
  public var operations: Int
  /// Mean magnitude, 0 to 10.
  public var magnitude: Double
  /// Standard deviation of magnitudes.
  public var deviation: Double

  /// The default is timm's `rand-m9-mstd0.5-inc1`.
  public init(operations: Int = 2, magnitude: Double = 9, deviation: Double = 0.5) {
    self.operations = operations
    self.magnitude = magnitude
    self.deviation = deviation
  }

  /// What is drawn outside the image by operations that move it has the colour `fill`.
  package func callAsFunction(
    _ image: PixelImage, fill: [UInt8], interpolation: Preprocessing.Interpolation,
    random: inout SeededRandom
  ) -> PixelImage {
    // All are drawn first, as timm does.
    let drawn = (0..<operations).map { _ in
      ImageOperation.allCases[random.int(below: ImageOperation.allCases.count)]
    }
    var image = image
    for operation in drawn where random.chance(0.5) {
      let level = min(10, max(0, magnitude + deviation * Double(random.normal())))
      image = operation.applied(
        to: image, level: level, isNegated: random.chance(0.5), fill: fill, interpolation: interpolation)
    }
    return image
  }
}

/// An operation of RandAugment, with Pillow's arithmetic.
package enum ImageOperation: String, CaseIterable, Sendable {
  case autoContrast, equalize, invert, rotate, posterize, solarize, solarizeAdd
  case color, contrast, brightness, sharpness, shearX, shearY, translateX, translateY

  /// `level` is 0...10. Where an operation has two directions, `isNegated` takes the other one.
  package func applied(
    to image: PixelImage, level: Double, isNegated: Bool, fill: [UInt8],
    interpolation: Preprocessing.Interpolation
  ) -> PixelImage {
    let share = level / 10
    let sign: Double = isNegated ? -1 : 1
    let factor = Float(max(0.1, 1 + sign * share * 0.9))
    func moved(_ map: AffineImageMap) -> PixelImage {
      image.transformed(by: map, fill: fill, interpolation: interpolation)
    }
    switch self {
    case .autoContrast: return image.autoContrasted()
    case .equalize: return image.equalized()
    case .invert: return image.mapped { 255 - $0 }
    case .posterize:
      // At level 10 none is left: black, as Pillow gave it until it refused.
      let bits = 4 - Int(share * 4)
      return image.mapped { $0 & ~UInt8((1 << (8 - bits)) - 1) }
    case .solarize:
      let threshold = 256 - min(256, Int(share * 256))
      return image.mapped { Int($0) < threshold ? $0 : 255 - $0 }
    case .solarizeAdd:
      let added = min(128, Int(share * 110))
      return image.mapped { $0 < 128 ? UInt8(min(255, Int($0) + added)) : $0 }
    case .color: return image.blended(from: image.greyscale(), factor: factor)
    case .contrast: return image.blended(from: image.filled(with: image.meanGrey()), factor: factor)
    case .brightness: return image.blended(from: image.filled(with: 0), factor: factor)
    case .sharpness: return image.blended(from: image.smoothed(), factor: factor)
    case .rotate:
      return moved(
        .rotation(degrees: sign * share * 30, width: image.width, height: image.height))
    case .shearX: return moved(AffineImageMap(1, sign * share * 0.3, 0, 0, 1, 0))
    case .shearY: return moved(AffineImageMap(1, 0, 0, sign * share * 0.3, 1, 0))
    case .translateX:
      return moved(AffineImageMap(1, 0, sign * share * 0.45 * Double(image.width), 0, 1, 0))
    case .translateY:
      return moved(AffineImageMap(1, 0, 0, 0, 1, sign * share * 0.45 * Double(image.height)))
    }
  }
}
