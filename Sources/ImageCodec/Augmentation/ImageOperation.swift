/// An operation of RandAugment, with Pillow's arithmetic.
package enum ImageOperation: String, CaseIterable, Sendable {
  case autoContrast, equalize, invert, rotate, posterize, solarize, solarizeAdd
  case color, contrast, brightness, sharpness, shearX, shearY, translateX, translateY

  /// `level` is 0...10. Where an operation has two directions, `isNegated` takes the other one; of those that are not
  /// `increasing`, posterising and solarising change an image less at a higher level, and factors have one direction.
  package func applied(
    to image: PixelImage, level: Double, isNegated: Bool, increasing: Bool = true, fill: [UInt8],
    interpolation: Preprocessing.Interpolation
  ) -> PixelImage {
    let share = level / 10
    let sign: Double = isNegated ? -1 : 1
    let factor = Float(increasing ? max(0.1, 1 + sign * share * 0.9) : share * 1.8 + 0.1)
    func moved(_ map: AffineImageMap) -> PixelImage {
      image.transformed(by: map, fill: fill, interpolation: interpolation)
    }
    switch self {
    case .autoContrast: return image.autoContrasted()
    case .equalize: return image.equalized()
    case .invert: return image.mapped { 255 - $0 }
    case .posterize:
      // At the level where none is left: black, as Pillow gave it until it refused.
      let bits = increasing ? 4 - Int(share * 4) : Int(share * 4)
      return image.mapped { $0 & ~UInt8((1 << (8 - bits)) - 1) }
    case .solarize:
      let kept = min(256, Int(share * 256))
      let threshold = increasing ? 256 - kept : kept
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
