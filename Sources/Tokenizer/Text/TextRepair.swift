import Foundation

/// The repairs that the reference applies to text (those of the library ftfy): HTML references, text decoded in a wrong
/// encoding ("sÃ³" for "só"), C1 controls, ligatures, full-width forms, curly quotes, line breaks, terminal escapes, control
/// characters, composed accents.
enum TextRepair {
  static func repair(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var hasMarkup = false
    // Lines are repaired one by one; from the first that looks like markup on, references stay for later.
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" }) {
      if line.startIndex > 0 { result.append("\n") }
      hasMarkup = hasMarkup || line.contains("<")
      result += repairLine(Array(line), unescapes: !hasMarkup)
    }
    return result
  }

  /// Repeats until nothing changes, since one repair can reveal another.
  private static func repairLine(_ line: [Unicode.Scalar], unescapes: Bool) -> [Unicode.Scalar] {
    var line = line
    while true {
      let unescaped = unescapes ? HTMLUnescaping.unescapeUnambiguous(line) : line
      let next = NormalFormC.of(
        withoutControls(withoutTerminalEscapes(Mojibake.repaired(unescaped).flatMap(standard))))
      if next == line { return line }
      line = next
    }
  }

  /// The usual form of an unusual character.
  private static func standard(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    guard scalar.value >= 0x80 || scalar == "\r" else { return [scalar] }
    let scalar = Windows1252.scalar(ofControl: scalar.value) ?? scalar
    switch scalar {
    case "\r", "\u{2028}", "\u{2029}": return ["\n"]
    case "\u{2BC}", "\u{2018}"..."\u{201B}": return ["'"]
    case "\u{201C}"..."\u{201F}": return ["\""]
    case "\u{3000}": return [" "]
    case "\u{FF01}"..."\u{FFEF}":
      return String(Character(scalar)).precomposedStringWithCompatibilityMapping.unicodeScalars.map(\.self)
    default: return ligatures[scalar].map { Array($0.unicodeScalars) } ?? [scalar]
    }
  }

  private static let ligatures: [Unicode.Scalar: String] = [
    "\u{132}": "IJ", "\u{133}": "ij", "\u{149}": "'n", "\u{1F1}": "DZ", "\u{1F2}": "Dz", "\u{1F3}": "dz",
    "\u{1C4}": "D\u{17D}", "\u{1C5}": "D\u{17E}", "\u{1C6}": "d\u{17E}", "\u{1C7}": "LJ", "\u{1C8}": "Lj",
    "\u{1C9}": "lj", "\u{1CA}": "NJ", "\u{1CB}": "Nj", "\u{1CC}": "nj", "\u{FB00}": "ff", "\u{FB01}": "fi",
    "\u{FB02}": "fl", "\u{FB03}": "ffi", "\u{FB04}": "ffl", "\u{FB05}": "\u{17F}t", "\u{FB06}": "st",
  ]

  /// Removes sequences that colour text on terminals: escape, `[`, numbers, a letter.
  private static func withoutTerminalEscapes(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains("\u{1B}") else { return text }
    var result: [Unicode.Scalar] = []
    var position = 0
    while position < text.count {
      if text[position] == "\u{1B}", position + 1 < text.count, text[position + 1] == "[" {
        var end = position + 2
        while end < text.count, text[end] == ";" || text[end].properties.numericType == .decimal { end += 1 }
        if end < text.count, ("a"..."z").contains(text[end]) || ("A"..."Z").contains(text[end]) {
          position = end + 1
          continue
        }
      }
      result.append(text[position])
      position += 1
    }
    return result
  }

  private static func withoutControls(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    text.filter {
      switch $0.value {
      case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: false
      default: true
      }
    }
  }
}
