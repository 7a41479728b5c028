/// What happens to a text before it is cut into words: repairs, HTML unescaped twice, white space collapsed
/// to single spaces and stripped, lower case.
enum TextCleaning {
  static func clean(_ text: String) -> [Unicode.Scalar] { clean(Array(text.unicodeScalars)) }

  static func clean(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var scalars = text
    if !scalars.allSatisfy(isPlain) {
      scalars = TextRepair.repair(scalars)
      scalars = HTMLUnescaping.unescape(HTMLUnescaping.unescape(scalars))
    }
    return LowerCase.lowered(whitespaceCollapsed(scalars))
  }

  /// ASCII that no repair and no unescaping changes.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    (" "..."~").contains(scalar) ? scalar != "&" : scalar == "\n" || scalar == "\t"
  }

  private static func whitespaceCollapsed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var isSpacePending = false
    for scalar in text {
      if isWhitespace(scalar) {
        isSpacePending = !result.isEmpty
      } else {
        if isSpacePending { result.append(" ") }
        isSpacePending = false
        result.append(scalar)
      }
    }
    return result
  }

  /// As Python's `str.split` sees it.
  private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return scalar == " " || ("\t"..."\r").contains(scalar) || ("\u{1C}"..."\u{1F}").contains(scalar)
    }
    return scalar.properties.isWhitespace
  }
}

/// Lower case by Unicode's full mapping, a capital sigma at the end of a word included.
enum LowerCase {
  static func lowered(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (position, scalar) in text.enumerated() {
      switch scalar {
      case "A"..."Z": result.append(Unicode.Scalar(UInt8(scalar.value) + 32))
      case ..<"\u{80}": result.append(scalar)
      case "\u{3A3}": result.append(isAtWordEnd(position, in: text) ? "\u{3C2}" : "\u{3C3}")
      default: result += scalar.properties.lowercaseMapping.unicodeScalars
      }
    }
    return result
  }

  /// Whether a cased letter comes before and none after, marks and the like not counted.
  private static func isAtWordEnd(_ position: Int, in text: [Unicode.Scalar]) -> Bool {
    func isCased(_ scalar: Unicode.Scalar?) -> Bool { scalar?.properties.isCased ?? false }
    let before = text[..<position].last { !$0.properties.isCaseIgnorable }
    let after = text[(position + 1)...].first { !$0.properties.isCaseIgnorable }
    return isCased(before) && !isCased(after)
  }
}
