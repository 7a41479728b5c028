/// Whether a text has neighbours that hardly anybody writes, but that wrong decoding makes.
///
/// The classes of characters and which of them are unlikely beside each other are those of the library ftfy (version 6.3).
enum UnlikelyText {
  static func isUnlikely(_ text: [Unicode.Scalar]) -> Bool {
    let masks = text.map { Masks.of($0) }
    return text.indices.contains { start in
      guard masks[start] & firsts != 0 else { return false }
      return patterns.contains { $0.matches(text, masks, at: start) }
    }
  }

  // MARK: Patterns

  /// One place of a pattern.
  private indirect enum Place {
    case oneOf(UInt64)
    case notLatinLetter
    case word
    case space
    case anything
    /// The start of the text, of no length.
    case start
    case optionalSpace
  }

  private struct Pattern {
    let places: [Place]

    func matches(_ text: [Unicode.Scalar], _ masks: [UInt64], at start: Int) -> Bool {
      matches(text, masks, start, places[...])
    }

    private func matches(
      _ text: [Unicode.Scalar], _ masks: [UInt64], _ position: Int, _ places: ArraySlice<Place>
    ) -> Bool {
      guard let place = places.first else { return true }
      let rest = places.dropFirst()
      switch place {
      case .start: return position == 0 && matches(text, masks, position, rest)
      case .optionalSpace:
        return matches(text, masks, position, [.space] + rest) || matches(text, masks, position, rest)
      default: break
      }
      guard position < text.count else { return false }
      let scalar = text[position]
      let fits =
        switch place {
        case .oneOf(let mask): masks[position] & mask != 0
        case .notLatinLetter: !(("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar))
        case .word: Self.isWord(scalar)
        case .space: scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        case .anything: scalar != "\n"
        case .start, .optionalSpace: false
        }
      return fits && matches(text, masks, position + 1, rest)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber,
        .letterNumber, .otherNumber:
        true
      default: scalar == "_"
      }
    }
  }

  private static let patterns: [Pattern] = {
    typealias C = CharacterClasses
    func any(_ classes: Int...) -> Place { .oneOf(classes.reduce(0) { $0 | 1 << UInt64($1) }) }
    func text(_ characters: String) -> Place { .oneOf(1 << UInt64(Masks.index(of: characters))) }
    func both(_ a: Place, _ b: Place) -> Place {
      guard case .oneOf(let first) = a, case .oneOf(let second) = b else { return a }
      return .oneOf(first | second)
    }
    let marked = any(
      C.lowerAccented, C.upperAccented, C.boxes, C.opening, C.closing, C.currency, C.numeric, C.law)
    let arabic = both(any(C.common, C.currency, C.bad, C.numeric, C.opening), text("ŸŠ®°µ»"))
    let lower = text("a-z")
    let letters = both(lower, text("A-Z"))
    let afterCyrillic = both(any(C.controls, C.bad, C.opening, C.closing, C.currency), text("°µ"))
    let afterGreek = both(any(C.controls, C.bad, C.opening, C.closing, C.currency), text("°"))
    let places: [[Place]] = [
      [any(C.controls)],
      [marked, any(C.bad)],
      [letters, any(C.lowerCommon, C.upperCommon), any(C.bad)],
      [any(C.bad), marked],
      [any(C.lowerAccented, C.lowerCommon, C.boxes, C.closing, C.currency, C.numeric), any(C.upperAccented)],
      [any(C.boxes, C.closing, C.currency, C.numeric), any(C.lowerAccented)],
      [any(C.lowerAccented, C.boxes, C.closing), any(C.currency)],
      [.space, any(C.upperAccented), any(C.currency)],
      [any(C.upperAccented, C.boxes), any(C.numeric, C.law)],
      [
        any(C.lowerAccented, C.upperAccented, C.boxes, C.currency, C.closing), any(C.opening), any(C.numeric),
      ],
      [
        any(C.lowerAccented, C.upperAccented, C.currency, C.numeric, C.boxes, C.law), any(C.closing),
        any(C.opening),
      ],
      [any(C.currency, C.numeric, C.boxes), any(C.opening)],
      [lower, any(C.upperAccented), any(C.opening, C.currency)],
      [any(C.boxes), any(C.faces)],
      [
        any(C.lowerAccented, C.upperAccented, C.currency, C.numeric, C.opening, C.closing, C.law),
        any(C.boxes),
      ],
      [any(C.boxes), any(C.closing)],
      [any(C.lowerAccented, C.upperAccented), any(C.opening, C.closing), .word],
      // The ligature, but before a plain letter.
      [text("Œœ"), .notLatinLetter],
      // Degrees after a capital.
      [any(C.upperAccented), text("°")],
      // Two characters that Windows-1252 makes of Latin letters.
      [
        text("ÂÃÎÐ"),
        both(any(C.opening, C.closing), text("€œŠš¢£Ÿž\u{A0}\u{AD}®©°·»–—´")),
      ],
      [text("×"), text("²³")],
      // Arabic, of which four are asked for, since each pair is common.
      [text("ØÙ"), arabic, text("ØÙ"), arabic],
      // Alphabets of South Asia.
      [text("à"), text("²µ¹¼½¾")],
      // Macintosh.
      [text("√"), text("±∂†≠®™´≤≥¥µø")],
      [text("≈"), text("°¢")],
      [text("‚"), text("Ä"), text("ìîïòôúùû†°¢π")],
      [text("‚"), text("âó"), text("àä°ê")],
      // Punctuation read as Windows-1251; Latin and Cyrillic letters, of which three are asked for; and both at once.
      [text("в"), text("Ђ")],
      [text("ВГРС"), afterCyrillic, text("ВГРС")],
      [text("Г"), text("ў"), text("В"), text("Ђ"), text("В"), .anything, both(letters, text(" "))],
      // "à" and "á", and the space that does not break.
      [text("Ã"), text("\u{A0}¡")],
      [lower, .optionalSpace, text("ÃÂ"), text(" ")],
      [.start, text("ÃÂ"), text(" ")],
      [
        both(both(lower, text(".,?!")), any(C.closing)), text("Â"),
        both(any(C.opening, C.closing), text(" ")),
      ],
      // Windows-1253, and Windows-1257.
      [text("β"), text("€"), text("™\u{A0}Ά\u{AD}®°")],
      [text("ΒΓΞΟ"), afterGreek, text("ΒΓΞΟ")],
      [text("ā"), text("€")],
    ]
    return places.map(Pattern.init)
  }()

  /// What a pattern can begin with, so that most places need no look at any; bit 63 is white space.
  private static let firsts: UInt64 = patterns.reduce(0) { mask, pattern in
    for place in pattern.places {
      switch place {
      case .oneOf(let own): return mask | own
      case .space: return mask | 1 << 63
      default: continue
      }
    }
    return mask
  }
}

/// Which classes and texts of the patterns a character is in, as bits.
private enum Masks {
  /// The texts of single patterns, after the classes.
  private static let texts = [
    "ŸŠ®°µ»", "a-z", "A-Z", "°µ", "°", "Œœ", "ÂÃÎÐ", "€œŠš¢£Ÿž\u{A0}\u{AD}®©°·»–—´", "×", "²³", "ØÙ", "à",
    "²µ¹¼½¾",
    "√", "±∂†≠®™´≤≥¥µø", "≈", "°¢", "‚", "Ä", "ìîïòôúùû†°¢π", "âó", "àä°ê", "в", "Ђ", "ВГРС", "Г", "ў", "В",
    " ", "Ã",
    "\u{A0}¡", "ÃÂ", ".,?!", "Â", "β", "€", "™\u{A0}Ά\u{AD}®°", "ΒΓΞΟ", "ā",
  ]

  /// The bit of a text; that of no character where it is none of those above.
  static func index(of text: String) -> Int {
    texts.firstIndex(of: text).map { $0 + CharacterClasses.all.count } ?? 62
  }

  private static let table: [Unicode.Scalar: UInt64] = {
    var table: [Unicode.Scalar: UInt64] = [:]
    for (index, characters) in (CharacterClasses.all + texts.map(CharacterClasses.characters)).enumerated() {
      for scalar in characters { table[scalar, default: 0] |= 1 << UInt64(index) }
    }
    return table
  }()

  static func of(_ scalar: Unicode.Scalar) -> UInt64 {
    let isSpace = scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    return (table[scalar] ?? 0) | (isSpace ? 1 << 63 : 0)
  }
}
