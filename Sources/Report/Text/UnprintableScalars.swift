extension Unicode.Scalar {
  /// Whether the scalar could do something other than show a character: controls (terminal escapes among
  /// them), overrides of the writing direction, and what XML has no place for.
  var isUnprintable: Bool {
    switch self {
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
      "\u{2028}", "\u{2029}", "\u{FFFE}", "\u{FFFF}":
      true
    default: false
    }
  }
}
