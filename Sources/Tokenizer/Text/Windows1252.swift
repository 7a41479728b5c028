/// The characters that Windows code page 1252 has where Latin-1 has control characters.
enum Windows1252 {
  private static let characters: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2C6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
  ]

  /// The character meant by a C1 control code, itself where the code page has none; nil for other codes.
  static func scalar(ofControl code: UInt32) -> Unicode.Scalar? {
    (0x80...0x9F).contains(code) ? characters[Int(code - 0x80)] : nil
  }
}
