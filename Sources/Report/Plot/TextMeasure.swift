/// About how wide sans-serif text is drawn; drawings are laid out without access to any font.
enum TextMeasure {
  /// The width of `text` at `size`, in the unit of `size`; rather too wide than too narrow.
  static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + advance($1) } * size
  }

  /// `text`, cut with an ellipsis where it is wider than `limit`.
  static func fitted(_ text: String, size: Double, limit: Double) -> String {
    if width(text, size: size) <= limit { return text }
    var result = ""
    var used = advance("…") * size
    for character in text {
      used += width(String(character), size: size)
      if used > limit { break }
      result.append(character)
    }
    return result + "…"
  }

  /// `text` in lines no wider than `limit`, broken between words; none for no text.
  static func lines(_ text: String, size: Double, limit: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = lines.last, width(last + " " + word, size: size) <= limit {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(fitted(word, size: size, limit: limit))
      }
    }
    return lines
  }

  private static func advance(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "t", "f", "I", ".", ",", ":", ";", "'", "|", "!", " ", "(", ")", "[", "]": 0.36
    case "m", "w", "M", "W", "@", "%": 0.92
    case "A"..."Z": 0.72
    case "\u{0}"..."\u{2FF}": 0.6
    case "\u{300}"..."\u{36F}": 0
    case "\u{370}"..."\u{10FF}", "\u{2000}"..."\u{206F}": 0.7
    default: 1.1
    }
  }
}
