extension PixelImage {
  /// Every colour's hue moved by `shift` 256ths of the circle of colours, through Pillow's 8-bit HSV and with its
  /// rounding; black, white and greys stay.
  func hueShifted(by shift: UInt8) -> PixelImage {
    var result = self
    result.pixels.withUnsafeMutableBufferPointer { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let (red, green, blue) = (pixels[start], pixels[start + 1], pixels[start + 2])
        let most = max(red, green, blue)
        let least = min(red, green, blue)
        guard most > least else { continue }
        let range = Float(most - least)
        let saturation = UInt8(Double(range / Float(most)) * 255)
        let hue = Self.hue(red: red, green: green, blue: blue, most: most, range: range) &+ shift
        (pixels[start], pixels[start + 1], pixels[start + 2]) = Self.color(
          hue: hue, saturation: saturation, value: most)
      }
    }
    return result
  }

  /// 0...255 around the circle of colours, red at 0; `range` is what lies between the least and the most of the three.
  private static func hue(red: UInt8, green: UInt8, blue: UInt8, most: UInt8, range: Float) -> UInt8 {
    let fromRed = Float(most - red) / range
    let fromGreen = Float(most - green) / range
    let fromBlue = Float(most - blue) / range
    // Six sectors; Pillow adds in double precision and keeps single.
    let sector: Float =
      if red == most {
        fromBlue - fromGreen
      } else if green == most {
        Float(2 + Double(fromRed) - Double(fromBlue))
      } else {
        Float(4 + Double(fromGreen) - Double(fromRed))
      }
    let turns = Double(sector) / 6 + 1
    let share = Float(turns >= 1 ? turns - 1 : turns)
    return UInt8(Double(share) * 255)
  }

  private static func color(hue: UInt8, saturation: UInt8, value: UInt8) -> (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let place = Double(hue) * 6 / 255
    let sector = Int(place)
    let within = Float(place - Double(sector))
    let pure = Float(Double(saturation) / 255)
    func rounded(_ share: Double) -> UInt8 { UInt8(Int32(Double(value) * share + 0.5)) }
    let low = rounded(1 - Double(pure))
    let falling = rounded(1 - Double(pure * within))
    let rising = rounded(1 - Double(pure) * (1 - Double(within)))
    return switch sector % 6 {
    case 0: (value, rising, low)
    case 1: (falling, value, low)
    case 2: (low, value, rising)
    case 3: (low, falling, value)
    case 4: (rising, low, value)
    default: (value, low, falling)
    }
  }
}
