/// How many cells of a terminal text takes.
package enum DisplayWidth {
  /// The cells of `text`; characters of East Asian scripts and emoji take two, combining marks none.
  package static func cells(_ text: String) -> Int { text.reduce(0) { $0 + cells($1) } }

  static func cells(_ character: Character) -> Int {
    var widest = 0
    for scalar in character.unicodeScalars {
      // This selector asks for the colour picture of what is otherwise a narrow symbol.
      if scalar == "\u{FE0F}" { return 2 }
      widest = max(widest, cells(scalar))
    }
    return widest
  }

  private static func cells(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if scalar.properties.isEmojiPresentation { return 2 }
    return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
  }

  /// The blocks of East Asian wide and full-width characters.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
  ]
}
