import Foundation
import TensorCore

/// What happens to an image in training: a random part of it, scaled to what the model sees (torchvision's
/// `RandomResizedCrop`); then, if asked for, a mirror image in half of the cases, RandAugment, and erasing.
public struct TrainAugmentation: Sendable, Codable, Equatable {
  /// Share of the image's area that is kept.
  public var scale: ClosedRange<Double>
  /// Width by height of the part, before it is scaled to a square.
  public var ratio: ClosedRange<Double>
  public var flip: Bool
  public var randAugment: RandAugment?
  public var erasing: RandomErasing?

  /// The default is that of CLIP fine-tuning: nearly the whole image, no mirror images.
  public init(
    scale: ClosedRange<Double> = 0.9...1, ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0,
    flip: Bool = false, randAugment: RandAugment? = nil, erasing: RandomErasing? = nil
  ) {
    self.scale = scale
    self.ratio = ratio
    self.flip = flip
    self.randAugment = randAugment
    self.erasing = erasing
  }

  private enum CodingKeys: String, CodingKey {
    case scale = "crop"
    case randAugment = "randaugment"
    case ratio, flip, erasing
  }

  /// What is not said is off.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      scale: try container.decodeIfPresent(ClosedRange<Double>.self, forKey: .scale) ?? 1...1,
      ratio: try container.decodeIfPresent(ClosedRange<Double>.self, forKey: .ratio) ?? 1...1,
      flip: try container.decodeIfPresent(Bool.self, forKey: .flip) ?? false,
      randAugment: try container.decodeIfPresent(RandAugment.self, forKey: .randAugment),
      erasing: try container.decodeIfPresent(RandomErasing.self, forKey: .erasing))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(scale, forKey: .scale)
    try container.encode(ratio, forKey: .ratio)
    try container.encode(flip, forKey: .flip)
    // `null` shows that there is such a key.
    try container.encode(randAugment, forKey: .randAugment)
    try container.encode(erasing, forKey: .erasing)
  }

  /// What the model sees of an image in training, before normalisation and erasing: `size` × `size` pixels.
  public func pixels(
    of image: PixelImage, preprocessing: Preprocessing, random: inout SeededRandom
  ) -> PixelImage {
    let box = crop(width: image.width, height: image.height, random: &random)
    let size = preprocessing.size
    let window = PixelBox(left: 0, top: 0, width: size, height: size)
    let part = resize(box, of: image, to: (size, size), keeping: window, preprocessing.interpolation)
    let turned = flip && random.chance(0.5) ? part.flippedHorizontally() : part
    guard let randAugment else { return turned }
    let mean = preprocessing.mean.map { UInt8(min(255, max(0, (255 * $0).rounded(.toNearestOrEven)))) }
    return randAugment(turned, fill: mean, interpolation: preprocessing.interpolation, random: &random)
  }

  /// What happens to an image after normalisation, [3, size, size].
  package func erase(_ planes: UnsafeMutablePointer<Float>, size: Int, random: inout SeededRandom) {
    erasing?(planes, size: size, random: &random)
  }

  /// Ten tries at a part that fits, else the largest one in the middle of a permitted shape.
  package func crop(width: Int, height: Int, random: inout SeededRandom) -> PixelBox {
    func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * Double(random.uniform()) }
    func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
    let area = Double(width * height)
    for _ in 0..<10 {
      let target = area * uniform(scale.lowerBound, scale.upperBound)
      let shape = exp(uniform(log(ratio.lowerBound), log(ratio.upperBound)))
      let across = rounded((target * shape).squareRoot())
      let down = rounded((target / shape).squareRoot())
      if (1...width).contains(across), (1...height).contains(down) {
        let top = random.int(below: height - down + 1)
        let left = random.int(below: width - across + 1)
        return PixelBox(left: left, top: top, width: across, height: down)
      }
    }
    var box = PixelBox(left: 0, top: 0, width: width, height: height)
    let shape = Double(width) / Double(height)
    if shape < ratio.lowerBound {
      box.height = min(height, max(1, rounded(Double(width) / ratio.lowerBound)))
    } else if shape > ratio.upperBound {
      box.width = min(width, max(1, rounded(Double(height) * ratio.upperBound)))
    }
    box.left = (width - box.width) / 2
    box.top = (height - box.height) / 2
    return box
  }
}
