import TensorCore

/// torchvision's `Resize(size)` and `RandomCrop(size, padding)`: the shorter side scaled to what the model sees, black
/// added on every side, and a square cut out anywhere.
public struct PaddedCrop: Sendable, Codable, Equatable {
  /// Pixels added on each side; less than what the model sees.
  public var padding: Int

  public init(padding: Int) { self.padding = padding }

  func callAsFunction(
    _ image: PixelImage, size: Int, interpolation: Preprocessing.Interpolation, random: inout SeededRandom
  ) -> PixelImage {
    let target = Self.target(width: image.width, height: image.height, size: size)
    let top = random.int(below: target.height + 2 * padding - size + 1) - padding
    let left = random.int(below: target.width + 2 * padding - size + 1) - padding
    return cut(image, scaledTo: target, left: left, top: top, size: size, interpolation)
  }

  /// What the whole image is scaled to.
  package static func target(width: Int, height: Int, size: Int) -> (width: Int, height: Int) {
    let long = Int(Double(size * max(width, height)) / Double(min(width, height)))
    return width <= height ? (size, long) : (long, size)
  }

  /// A square of the scaled image, black where it sticks out.
  package func cut(
    _ image: PixelImage, scaledTo target: (width: Int, height: Int), left: Int, top: Int, size: Int,
    _ interpolation: Preprocessing.Interpolation
  ) -> PixelImage {
    let columns = max(0, left)..<max(0, left, min(target.width, left + size))
    let rows = max(0, top)..<max(0, top, min(target.height, top + size))
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    if !columns.isEmpty, !rows.isEmpty {
      let everything = PixelBox(left: 0, top: 0, width: image.width, height: image.height)
      let window = PixelBox(
        left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count)
      let part = resize(everything, of: image, to: target, keeping: window, interpolation)
      for row in 0..<rows.count {
        let from = row * columns.count * 3
        let to = ((rows.lowerBound - top + row) * size + columns.lowerBound - left) * 3
        pixels.replaceSubrange(
          to..<to + columns.count * 3, with: part.pixels[from..<from + columns.count * 3])
      }
    }
    return PixelImage(width: size, height: size, pixels: pixels)
  }
}
