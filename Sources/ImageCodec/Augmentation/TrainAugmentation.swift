import Foundation
import TensorCore

/// What happens to an image in training, in timm's order: a random part of it, scaled to what the model sees (torchvision's
/// `RandomResizedCrop`, or `RandomCrop` with padding); then, if asked for, mirror images, RandAugment, colour jitter, and
/// erasing after normalisation.
public struct TrainAugmentation: Sendable, Codable, Equatable {
  /// Share of the image's area that is kept.
  public var scale: ClosedRange<Double>
  /// Width by height of the part, before it is scaled to a square.
  public var ratio: ClosedRange<Double>
  /// In place of a part of random size and shape.
  public var paddedCrop: PaddedCrop?
  /// How many of the images are mirrored, left and right exchanged.
  public var horizontalFlip: Double
  /// How many are, top and bottom exchanged.
  public var verticalFlip: Double
  public var randAugment: RandAugment?
  public var colorJitter: ColorJitter?
  public var erasing: RandomErasing?

  /// The default is that of CLIP fine-tuning: nearly the whole image, no mirror images.
  public init(
    scale: ClosedRange<Double> = 0.9...1, ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0,
    paddedCrop: PaddedCrop? = nil, horizontalFlip: Double = 0, verticalFlip: Double = 0,
    randAugment: RandAugment? = nil, colorJitter: ColorJitter? = nil, erasing: RandomErasing? = nil
  ) {
    self.scale = scale
    self.ratio = ratio
    self.paddedCrop = paddedCrop
    self.horizontalFlip = horizontalFlip
    self.verticalFlip = verticalFlip
    self.randAugment = randAugment
    self.colorJitter = colorJitter
    self.erasing = erasing
  }

  /// With half of the images mirrored, left and right exchanged, or none.
  public init(
    scale: ClosedRange<Double> = 0.9...1, ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0, flip: Bool,
    randAugment: RandAugment? = nil, erasing: RandomErasing? = nil
  ) {
    self.init(
      scale: scale, ratio: ratio, horizontalFlip: flip ? 0.5 : 0, randAugment: randAugment, erasing: erasing)
  }

  /// Whether images are mirrored, left and right exchanged; half of them, where that is set.
  public var flip: Bool {
    get { horizontalFlip > 0 }
    set { horizontalFlip = newValue ? 0.5 : 0 }
  }

  /// What the model sees of an image in training, before normalisation and erasing: `size` × `size` pixels.
  public func pixels(
    of image: PixelImage, preprocessing: Preprocessing, random: inout SeededRandom
  ) -> PixelImage {
    var part = part(of: image, preprocessing, random: &random)
    if horizontalFlip > 0, random.chance(Float(horizontalFlip)) { part = part.flippedHorizontally() }
    if verticalFlip > 0, random.chance(Float(verticalFlip)) { part = part.flippedVertically() }
    if let randAugment {
      let mean = preprocessing.mean.map { UInt8(min(255, max(0, (255 * $0).rounded(.toNearestOrEven)))) }
      part = randAugment(part, fill: mean, interpolation: preprocessing.interpolation, random: &random)
    }
    return colorJitter?(part, random: &random) ?? part
  }

  private func part(
    of image: PixelImage, _ preprocessing: Preprocessing, random: inout SeededRandom
  ) -> PixelImage {
    let size = preprocessing.size
    if let paddedCrop {
      return paddedCrop(image, size: size, interpolation: preprocessing.interpolation, random: &random)
    }
    let box = crop(width: image.width, height: image.height, random: &random)
    let window = PixelBox(left: 0, top: 0, width: size, height: size)
    return resize(box, of: image, to: (size, size), keeping: window, preprocessing.interpolation)
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
