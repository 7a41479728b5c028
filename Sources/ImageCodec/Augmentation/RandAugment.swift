import TensorCore

/// RandAugment (Cubuk et al. 2020) as timm's `rand-mM-nN-pP-mstdS-incI` does it: operations drawn from fifteen, each
/// applied in some of the cases with a magnitude drawn around M.
public struct RandAugment: Sendable, Equatable {
  /// Operations drawn for each image; one may be drawn twice.
  public var operations: Int
  /// Mean magnitude, 0 to 10.
  public var magnitude: Double
  /// Standard deviation of magnitudes; above `evenDeviation`, they are drawn evenly from 0 to `magnitude`.
  public var deviation: Double
  /// In how many of the cases a drawn operation is applied.
  public var probability: Double
  /// Whether a larger magnitude always changes an image more; else some operations change it less (timm's `inc0`).
  public var increasing: Bool

  /// The default is timm's `rand-m9-mstd0.5-inc1`.
  public init(
    operations: Int = 2, magnitude: Double = 9, deviation: Double = 0.5, probability: Double = 0.5,
    increasing: Bool = true
  ) {
    self.operations = operations
    self.magnitude = magnitude
    self.deviation = deviation
    self.probability = probability
    self.increasing = increasing
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
    for operation in drawn where random.chance(Float(probability)) {
      let level = level(random: &random)
      image = operation.applied(
        to: image, level: level, isNegated: random.chance(0.5), increasing: increasing, fill: fill,
        interpolation: interpolation)
    }
    return image
  }

  /// 0...10
  package func level(random: inout SeededRandom) -> Double {
    let level =
      deviation > Self.evenDeviation
      ? magnitude * Double(random.uniform()) : magnitude + deviation * Double(random.normal())
    return min(10, max(0, level))
  }
}
