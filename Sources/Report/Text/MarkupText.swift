/// Text made safe for HTML and XML, for content and for quoted attributes alike.
package func escapedMarkup(_ text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\n": result += "&#10;"
    case "\t": result += " "
    // XML 1.0 has no place for these, not even as character references.
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    // Overrides of the writing direction would let a name rearrange the text around it.
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// `text` cut to at most `limit` characters, the last of which is then an ellipsis.
package func shortened(_ text: String, to limit: Int) -> String {
  guard limit > 0, text.count > limit else { return text }
  return text.prefix(limit - 1) + "…"
}
