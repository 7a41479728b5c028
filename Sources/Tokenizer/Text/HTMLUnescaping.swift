/// Character references of HTML (`&amp;`, `&#62;`, `&#x3e;`, `&notit`) to the characters they stand for.
enum HTMLUnescaping {
  private struct Entities {
    /// Texts by name, without the semicolon.
    var texts: [String: [Unicode.Scalar]] = [:]
    /// The names that also count without a semicolon.
    var bare: Set<String> = []
    var longestBareName = 0

    init(_ table: String) {
      for entry in table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        guard let equals = entry.firstIndex(of: "=") else { continue }
        let isBare = entry[..<equals].last == "!"
        let name = String(isBare ? entry[..<equals].dropLast() : entry[..<equals])
        texts[name] = entry[entry.index(after: equals)...].split(separator: "+").compactMap {
          UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
        }
        guard isBare else { continue }
        bare.insert(name)
        longestBareName = max(longestBareName, name.count)
      }
    }
  }

  private static let entities = Entities(HTMLEntityTable.text)
  private static let longestName = 32

  /// As browsers read it, semicolons missing included; the same as Python's `html.unescape`.
  static func unescape(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard var position = text.firstIndex(of: "&") else { return text }
    var result = Array(text[..<position])
    while position < text.count {
      if text[position] == "&", let (replacement, end) = reference(in: text, after: position + 1) {
        result += replacement
        position = end
      } else {
        result.append(text[position])
        position += 1
      }
    }
    return result
  }

  /// Only what ends in a semicolon, and known names in capitals as well (`&EACUTE;`), as the text repair of
  /// the reference does.
  static func unescapeUnambiguous(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard var position = text.firstIndex(of: "&") else { return text }
    var result = Array(text[..<position])
    while position < text.count {
      if text[position] == "&", let (replacement, end) = unambiguousReference(in: text, after: position + 1) {
        result += replacement
        position = end
      } else {
        result.append(text[position])
        position += 1
      }
    }
    return result
  }

  private static func unambiguousReference(
    in text: [Unicode.Scalar], after start: Int
  ) -> (replacement: [Unicode.Scalar], end: Int)? {
    let isNumeric = start < text.count && text[start] == "#"
    let nameStart = isNumeric ? start + 1 : start
    var end = nameStart
    while end < text.count, end - nameStart < 25, isAlphanumeric(text[end]) { end += 1 }
    guard end > nameStart, end - nameStart <= 24, end < text.count, text[end] == ";" else { return nil }
    if isNumeric {
      guard let (replacement, consumed) = reference(in: text, after: start), consumed == end + 1,
        !replacement.contains(";")
      else { return nil }
      return (replacement, consumed)
    }
    let name = string(text[nameStart..<end])
    if let replacement = entities.texts[name] { return (replacement, end + 1) }
    let lowered = name.lowercased()
    guard lowered.uppercased() == name, let replacement = entities.texts[lowered],
      longestBarePrefix(of: text[nameStart..<end]) == nil
    else { return nil }
    return (Array(string(replacement[...]).uppercased().unicodeScalars), end + 1)
  }

  /// What the reference after an ampersand stands for, and where the text goes on; nil if it is none.
  private static func reference(
    in text: [Unicode.Scalar], after start: Int
  ) -> (replacement: [Unicode.Scalar], end: Int)? {
    guard start < text.count else { return nil }
    if text[start] == "#" { return numericReference(in: text, after: start + 1) }
    var end = start
    while end < text.count, end - start < longestName, !endsName(text[end]) { end += 1 }
    if end < text.count, text[end] == ";", let replacement = entities.texts[string(text[start..<end])] {
      return (replacement, end + 1)
    }
    guard let (replacement, length) = longestBarePrefix(of: text[start..<end]) else { return nil }
    return (replacement, start + length)
  }

  private static func longestBarePrefix(
    of name: ArraySlice<Unicode.Scalar>
  ) -> (replacement: [Unicode.Scalar], length: Int)? {
    for length in stride(from: min(name.count, entities.longestBareName), to: 1, by: -1) {
      let prefix = string(name.prefix(length))
      if entities.bare.contains(prefix), let text = entities.texts[prefix] { return (text, length) }
    }
    return nil
  }

  private static func numericReference(
    in text: [Unicode.Scalar], after start: Int
  ) -> (replacement: [Unicode.Scalar], end: Int)? {
    guard start < text.count else { return nil }
    let isHexadecimal = text[start] == "x" || text[start] == "X"
    let radix: UInt32 = isHexadecimal ? 16 : 10
    var end = isHexadecimal ? start + 1 : start
    let firstDigit = end
    var code: UInt32 = 0
    while end < text.count, let digit = digit(text[end]), digit < radix {
      // Beyond the last scalar the value no longer matters, but it must not wrap around.
      code = min(code * radix + digit, 0x11_0000)
      end += 1
    }
    guard end > firstDigit else { return nil }
    if end < text.count, text[end] == ";" { end += 1 }
    return (scalars(ofReference: code), end)
  }

  private static func scalars(ofReference code: UInt32) -> [Unicode.Scalar] {
    if code == 0 { return ["\u{FFFD}"] }
    if let scalar = Windows1252.scalar(ofControl: code) { return [scalar] }
    guard let scalar = Unicode.Scalar(code) else { return ["\u{FFFD}"] }
    switch code {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F...0x9F, 0xFDD0...0xFDEF: return []
    default: return code & 0xFFFE == 0xFFFE ? [] : [scalar]
    }
  }

  private static func endsName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\u{C}", " ", "<", "&", "#", ";": true
    default: false
    }
  }

  private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }

  private static func digit(_ scalar: Unicode.Scalar) -> UInt32? {
    switch scalar {
    case "0"..."9": scalar.value - 48
    case "a"..."f": scalar.value - 87
    case "A"..."F": scalar.value - 55
    default: nil
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
