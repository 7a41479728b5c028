import Foundation
import TensorCore

/// Random erasing (Zhong et al. 2020) as timm's `pixel` mode does it: a rectangle of the normalised image is replaced by
/// standard normal noise.
public struct RandomErasing: Sendable, Codable, Equatable {
  /// How many of the images.
  public var probability: Double
  /// Share of the image's area.
  public var area: ClosedRange<Double>
  /// Height by width of the rectangle.
  public var ratio: ClosedRange<Double>

  public init(
    probability: Double = 0.25, area: ClosedRange<Double> = 0.02...1.0 / 3,
    ratio: ClosedRange<Double> = 0.3...1 / 0.3
  ) {
    self.probability = probability
    self.area = area
    self.ratio = ratio
  }

  /// Throws if a value is out of its range.
  func validate() throws(AugmentationError) {
    guard (0...1).contains(probability) else {
      throw .outOfRange(key: "erasing.probability", "is \(probability); give 0 to 1")
    }
    guard area.lowerBound >= 0, area.upperBound <= 1 else {
      throw .outOfRange(
        key: "erasing.area", "is \(area.lowerBound) to \(area.upperBound); give two numbers of 0 to 1")
    }
    guard ratio.lowerBound > 0, ratio.upperBound.isFinite else {
      throw .outOfRange(
        key: "erasing.ratio", "is \(ratio.lowerBound) to \(ratio.upperBound); give two numbers above 0")
    }
  }

  /// Acts on [3, size, size].
  package func callAsFunction(
    _ planes: UnsafeMutablePointer<Float>, size: Int, random: inout SeededRandom
  ) {
    func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * Double(random.uniform()) }
    guard random.chance(Float(probability)) else { return }
    for _ in 0..<10 {
      let target = uniform(area.lowerBound, area.upperBound) * Double(size * size)
      let shape = exp(uniform(log(ratio.lowerBound), log(ratio.upperBound)))
      let height = Int((target * shape).squareRoot().rounded(.toNearestOrEven))
      let width = Int((target / shape).squareRoot().rounded(.toNearestOrEven))
      guard width < size, height < size else { continue }
      let top = random.int(below: size - height + 1)
      let left = random.int(below: size - width + 1)
      for channel in 0..<3 {
        for row in top..<top + height {
          for column in left..<left + width {
            planes[(channel * size + row) * size + column] = random.normal()
          }
        }
      }
      return
    }
  }
}
