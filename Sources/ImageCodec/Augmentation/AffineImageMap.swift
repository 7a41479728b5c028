import Foundation

/// Where a pixel of an image comes from: (x, y) ↦ (a·x + b·y + c, d·x + e·y + f), as Pillow's `AFFINE` has it.
package struct AffineImageMap {
  let a, b, c, d, e, f: Double

  init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
  }

  /// Counter-clockwise around the middle.
  static func rotation(degrees: Double, width: Int, height: Int) -> AffineImageMap {
    let angle = -degrees * .pi / 180
    let (cosine, sine) = (cos(angle), sin(angle))
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    return AffineImageMap(
      cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y)
  }
}

extension PixelImage {
  /// The image moved by a map, at the same size; what comes from outside is `fill`, three channels.
  func transformed(
    by map: AffineImageMap, fill: [UInt8], interpolation: Preprocessing.Interpolation
  ) -> PixelImage {
    var result = self
    let (columns, rows) = (Double(width), Double(height))
    for y in 0..<height {
      for x in 0..<width {
        let (column, row) = (Double(x) + 0.5, Double(y) + 0.5)
        let sourceX = map.a * column + map.b * row + map.c
        let sourceY = map.d * column + map.e * row + map.f
        let isInside = sourceX >= 0 && sourceX < columns && sourceY >= 0 && sourceY < rows
        for channel in 0..<3 {
          let value =
            isInside
            ? sample(sourceX - 0.5, sourceY - 0.5, channel, interpolation) : Double(fill[channel])
          result.pixels[3 * (y * width + x) + channel] = UInt8(min(255, max(0, value)))
        }
      }
    }
    return result
  }

  /// Between pixels whose centres are whole numbers; the outermost go on outside.
  private func sample(
    _ x: Double, _ y: Double, _ channel: Int, _ interpolation: Preprocessing.Interpolation
  ) -> Double {
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (dx, dy) = (x - Double(left), y - Double(top))
    func value(_ column: Int, _ row: Int) -> Double {
      Double(pixels[3 * (min(height - 1, max(0, row)) * width + min(width - 1, max(0, column))) + channel])
    }
    switch interpolation {
    case .bilinear:
      func line(_ row: Int) -> Double {
        value(left, row) + (value(left + 1, row) - value(left, row)) * dx
      }
      return line(top) + (line(top + 1) - line(top)) * dy
    case .bicubic:
      func line(_ row: Int) -> Double {
        Self.cubic(
          value(left - 1, row), value(left, row), value(left + 1, row), value(left + 2, row), dx)
      }
      return Self.cubic(line(top - 1), line(top), line(top + 1), line(top + 2), dy)
    }
  }

  /// Pillow's cubic for transforms (a = −1; that of its `resize` has −½).
  private static func cubic(_ v1: Double, _ v2: Double, _ v3: Double, _ v4: Double, _ d: Double) -> Double {
    let p2 = -v1 + v3
    let p3 = 2 * (v1 - v2) + v3 - v4
    let p4 = -v1 + v2 - v3 + v4
    return v2 + d * (p2 + d * (p3 + d * p4))
  }
}
