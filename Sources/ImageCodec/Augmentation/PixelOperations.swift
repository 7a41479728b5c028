/// What Pillow's `ImageOps` and `ImageEnhance` do to pixels, with their rounding.
extension PixelImage {
  /// Every value of every channel replaced by a function of it.
  func mapped(_ map: (UInt8) -> UInt8) -> PixelImage {
    let table = (0...255).map { map(UInt8($0)) }
    return mapped([table, table, table])
  }

  /// `ImageOps.autocontrast`: each channel's darkest value becomes 0 and its brightest 255.
  func autoContrasted() -> PixelImage {
    mapped(
      histograms().map { counts in
        guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }),
          high > low
        else { return Self.identity }
        let scale = 255 / Double(high - low)
        let offset = -Double(low) * scale
        return (0...255).map { UInt8(min(255, max(0, Int(Double($0) * scale + offset)))) }
      })
  }

  /// `ImageOps.equalize`: each channel's values spread so that they are about equally frequent.
  func equalized() -> PixelImage {
    mapped(
      histograms().map { counts in
        let present = counts.filter { $0 > 0 }
        guard present.count > 1, let last = present.last else { return Self.identity }
        let step = (present.reduce(0, +) - last) / 255
        guard step > 0 else { return Self.identity }
        var sum = step / 2
        return counts.map { count in
          defer { sum += count }
          return UInt8(min(255, sum / step))
        }
      })
  }

  /// `convert("L")` in all three channels.
  func greyscale() -> PixelImage {
    var grey = self
    for pixel in 0..<width * height {
      let value = luma(pixel)
      for channel in 0..<3 { grey.pixels[3 * pixel + channel] = value }
    }
    return grey
  }

  /// The mean of the image in grey, rounded.
  func meanGrey() -> UInt8 {
    let sum = (0..<width * height).reduce(0) { $0 + Int(luma($1)) }
    return UInt8(min(255, Int(Double(sum) / Double(width * height) + 0.5)))
  }

  func filled(with value: UInt8) -> PixelImage {
    PixelImage(width: width, height: height, pixels: Array(repeating: value, count: pixels.count))
  }

  /// `ImageFilter.SMOOTH`: a mean over nine neighbours, the middle one counted five times; the border stays as it is.
  func smoothed() -> PixelImage {
    var result = self
    guard width > 2, height > 2 else { return result }
    let stride = 3 * width
    for y in 1..<height - 1 {
      for index in y * stride + 3..<(y + 1) * stride - 3 {
        var sum = 4 * Int(pixels[index])
        for row in [index - stride, index, index + stride] {
          sum += Int(pixels[row - 3]) + Int(pixels[row]) + Int(pixels[row + 3])
        }
        result.pixels[index] = UInt8(min(255, Int(0.5 + Float(sum) / 13)))
      }
    }
    return result
  }

  /// `Image.blend`: `factor` 0 is `start`, 1 is this image, beyond it goes on.
  func blended(from start: PixelImage, factor: Float) -> PixelImage {
    var result = self
    for index in pixels.indices {
      let (from, to) = (Int(start.pixels[index]), Int(pixels[index]))
      let value = Float(from) + factor * Float(to - from)
      result.pixels[index] = UInt8(min(255, max(0, value)))
    }
    return result
  }

  private static let identity = (0...255).map { UInt8($0) }

  private func mapped(_ tables: [[UInt8]]) -> PixelImage {
    var result = self
    for index in pixels.indices { result.pixels[index] = tables[index % 3][Int(pixels[index])] }
    return result
  }

  private func histograms() -> [[Int]] {
    var counts = Array(repeating: Array(repeating: 0, count: 256), count: 3)
    for (index, value) in pixels.enumerated() { counts[index % 3][Int(value)] += 1 }
    return counts
  }

  /// ITU-R 601-2, in fixed point.
  private func luma(_ pixel: Int) -> UInt8 {
    let (r, g, b) = (Int(pixels[3 * pixel]), Int(pixels[3 * pixel + 1]), Int(pixels[3 * pixel + 2]))
    return UInt8((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16)
  }
}
