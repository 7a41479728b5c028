/// The printable characters that stand for bytes in vocabulary files: 256 of them, none of them white space.
///
/// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100 onwards.
enum ByteAlphabet {
  /// Marks, at the end of a token, the end of a word.
  static let wordEnd = "</w>"

  /// The byte of each character, in the order in which characters take the first token ids.
  static let bytes: [UInt8] = printable + (0...255).filter { !printable.contains($0) }

  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var result = [Unicode.Scalar](repeating: " ", count: 256)
    var next: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max {
      if printable.contains(byte) {
        result[Int(byte)] = Unicode.Scalar(byte)
      } else if let scalar = Unicode.Scalar(next) {
        result[Int(byte)] = scalar
        next += 1
      }
    }
    return result
  }()

  private static let printable: [UInt8] = Array(33...126) + Array(161...172) + Array(174...255)

  private static let byteOfCharacter = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that a token, without the mark of a word's end, spells; nil if it has a character of no byte.
  static func bytes(of token: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = byteOfCharacter[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}
