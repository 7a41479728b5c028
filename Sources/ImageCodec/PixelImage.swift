/// An 8-bit RGB image: rows from top to bottom, channels interleaved.
public struct PixelImage: Sendable, Equatable {
  /// Longest side of an image; PNG readers agree on it, JPEG cannot reach it.
  public static let largestSide = 1_000_000

  public let width, height: Int
  /// [height, width, 3]
  public var pixels: [UInt8]

  /// `pixels` are [height, width, 3]; an image has at least one pixel.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition((1...Self.largestSide).contains(width) && (1...Self.largestSide).contains(height))
    precondition(
      pixels.count == width * height * 3, "an image of \(width) × \(height) pixels has three bytes each")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The same image, left and right exchanged.
  public func flippedHorizontally() -> PixelImage {
    let flipped = [UInt8](unsafeUninitializedCapacity: pixels.count) { out, count in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
          var from = (row + 1) * width * 3
          for to in stride(from: row * width * 3, to: (row + 1) * width * 3, by: 3) {
            from -= 3
            out[to] = source[from]
            out[to + 1] = source[from + 1]
            out[to + 2] = source[from + 2]
          }
        }
      }
      count = pixels.count
    }
    return PixelImage(width: width, height: height, pixels: flipped)
  }

  /// The same image, top and bottom exchanged.
  public func flippedVertically() -> PixelImage {
    let stride = width * 3
    let flipped = (0..<height).reversed().flatMap { pixels[$0 * stride..<($0 + 1) * stride] }
    return PixelImage(width: width, height: height, pixels: flipped)
  }
}
