import Foundation

/// Text that was written as UTF-8 and read in another encoding ("sÃ³" for "só"), once or several times.
///
/// As the library ftfy does it (version 6.3), which the reference applies to every text: what looks unlikely is turned back
/// into bytes by each encoding it can have been read in, and read as UTF-8 if that is what the bytes are; where only a part
/// was read wrongly, that part.
enum Mojibake {
  static func repaired(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var text = text
    while true {
      let next = step(text)
      if next == text { return text }
      text = next
    }
  }

  private static func step(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: { !$0.isASCII }), UnlikelyText.isUnlikely(text) else { return text }
    for encoding in ByteEncoding.all {
      guard var bytes = encoding.encoded(text) else { continue }
      // In this one it would be an en dash before a space.
      if encoding.upper != ByteEncoding.macRoman.upper { bytes = UTF8Bytes.withSpacesRestored(bytes) }
      if encoding.isLossy { bytes = UTF8Bytes.withLossesMarked(bytes) }
      if let decoded = UTF8Bytes.decoded(bytes) { return decoded }
    }
    let parts = repairedParts(text)
    if parts != text { return parts }
    // Control characters of Latin-1 were meant as those of Windows.
    if let bytes = ByteEncoding.latin1.encoded(text), bytes.contains(where: { (0x80...0x9F).contains($0) }),
      !bytes.contains(where: { [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains($0) })
    {
      return bytes.map { $0 < 0x80 ? Unicode.Scalar($0) : ByteEncoding.windows1252.upper[Int($0) - 0x80] }
    }
    return text.map { Windows1252.scalar(ofControl: $0.value) ?? $0 }
  }

  // MARK: Parts

  private struct Clues {
    let firstOfTwo, firstOfThree, firstOfFour, continuation, strict: Set<Unicode.Scalar>

    init() {
      func characters(_ bytes: some Sequence<Int>) -> Set<Unicode.Scalar> {
        Set(bytes.flatMap { byte in ByteEncoding.latinLike.map { $0.upper[byte - 0x80] } })
      }
      firstOfTwo = characters(0xC2...0xDF)
      firstOfThree = characters(0xE0...0xEF)
      firstOfFour = characters([0xF0, 0xF3])
      // A space may have been the byte A0.
      continuation = characters(0x80...0xBF).union([" "])
      strict = continuation.subtracting(" –—―‘’‚“”„•…".unicodeScalars)
    }
  }

  private static let clues = Clues()

  private static func repairedParts(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var position = 0
    while position < text.count {
      let end =
        position > 0 && clues.strict.contains(text[position - 1]) ? position : endOfSequences(text, position)
      guard end > position else {
        result.append(text[position])
        position += 1
        continue
      }
      let part = Array(text[position..<end])
      // The whole was tried before.
      result += part.count < text.count && UnlikelyText.isUnlikely(part) ? repaired(part) : part
      position = end
    }
    return result
  }

  private static func endOfSequences(_ text: [Unicode.Scalar], _ start: Int) -> Int {
    var end = start
    while end < text.count {
      let length =
        clues.firstOfTwo.contains(text[end])
        ? 2 : clues.firstOfThree.contains(text[end]) ? 3 : clues.firstOfFour.contains(text[end]) ? 4 : 0
      guard length > 0, end + length <= text.count,
        text[end + 1..<end + length].allSatisfy(clues.continuation.contains)
      else { break }
      end += length
    }
    return end
  }
}

/// Bytes that are UTF-8, or nearly.
enum UTF8Bytes {
  private static func isContinuation(_ byte: UInt8) -> Bool { (0x80...0xBF).contains(byte) }
  /// Not 0x85, an ellipsis in other encodings, nor 0xA0 itself.
  private static func isUsualContinuation(_ byte: UInt8) -> Bool {
    isContinuation(byte) && byte != 0x85 && byte != 0xA0
  }

  // MARK: Spaces

  /// Puts back the byte A0 where a program took it for a space, if any sequence looks so.
  static func withSpacesRestored(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.indices.contains(where: { spacedLength(bytes, $0) != nil }) else { return bytes }
    var graves: [UInt8] = []
    var position = 0
    while position < bytes.count {
      // "à" as a word of its own, whose second byte vanished together with the space after it.
      if bytes[position] == 0xC3, position + 1 < bytes.count, bytes[position + 1] == 0x20,
        !graveEndings.contains(where: { bytes[(position + 2)...].starts(with: $0) })
      {
        graves += [0xC3, 0xA0, 0x20]
        position += 2
      } else {
        graves.append(bytes[position])
        position += 1
      }
    }
    var result: [UInt8] = []
    position = 0
    while position < graves.count {
      let length = spacedLength(graves, position) ?? 1
      let piece = graves[position..<position + length]
      result += length > 1 ? piece.map { $0 == 0x20 ? 0xA0 : $0 } : Array(piece)
      position += length
    }
    return result
  }

  private static let graveEndings = [" ", "quele", "quela", "quilo", "s "].map { Array($0.utf8) }

  /// The length of a sequence at `start` that is UTF-8 but for a space in place of A0.
  private static func spacedLength(_ bytes: [UInt8], _ start: Int) -> Int? {
    func byte(_ offset: Int) -> UInt8 { start + offset < bytes.count ? bytes[start + offset] : 0 }
    let (first, second, third, fourth) = (byte(0), byte(1), byte(2), byte(3))
    if [0xC2, 0xC3, 0xC5, 0xCE, 0xD0, 0xD9].contains(first), second == 0x20 { return 2 }
    if first == 0xE2 || first == 0xE3, second == 0x20, isUsualContinuation(third) { return 3 }
    if (0xE0...0xE3).contains(first), isUsualContinuation(second), third == 0x20 { return 3 }
    guard first == 0xF0 else { return nil }
    let rest = [second, third, fourth]
    return rest.count { $0 == 0x20 } == 1 && rest.allSatisfy { $0 == 0x20 || isContinuation($0) } ? 4 : nil
  }

  // MARK: Losses

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// Makes U+FFFD of sequences some of whose bytes got lost.
  static func withLossesMarked(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 == ByteEncoding.substitute || $0 == UInt8(ascii: "?") }) else {
      return bytes
    }
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if let length = lossyLength(bytes, position) {
        result += replacement
        position += length
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return result
  }

  private static func lossyLength(_ bytes: [UInt8], _ start: Int) -> Int? {
    let lost = ByteEncoding.substitute
    let question = UInt8(ascii: "?")
    func byte(_ offset: Int) -> UInt8 { start + offset < bytes.count ? bytes[start + offset] : 0 }
    /// Whether the next `count` bytes continue a sequence, one at least being lost, and at most one a question mark.
    func isLossy(_ count: Int) -> Bool {
      let rest = (1...count).map(byte)
      guard rest.allSatisfy({ $0 == lost || $0 == question || isContinuation($0) }) else { return false }
      return rest.contains { $0 == lost || $0 == question } && rest.count { $0 == question } <= 1
    }
    switch byte(0) {
    case 0xC2...0xC3 where byte(1) == question: return 2
    case 0xC2...0xDF where byte(1) == lost: return 2
    case 0xED where (0xA0...0xAF).contains(byte(1)) && byte(3) == 0xED && (0xB0...0xBF).contains(byte(4)):
      let ends = [byte(2), byte(5)]
      if ends.allSatisfy({ $0 == lost || $0 == question || isContinuation($0) }),
        !ends.allSatisfy(isContinuation)
      {
        return 6
      }
      return isLossy(2) ? 3 : nil
    case 0xE0...0xEF where isLossy(2): return 3
    case 0xF0...0xF4 where isLossy(3): return 4
    case lost: return 1
    default: return nil
    }
  }

  // MARK: Decoding

  /// The text; nil where the bytes are no UTF-8. Surrogate pairs that were encoded one by one, and the two bytes for the
  /// character 0 that some programs write, are understood.
  static func decoded(_ bytes: [UInt8]) -> [Unicode.Scalar]? {
    guard bytes.contains(0xED) || bytes.contains(0xC0) else { return strictlyDecoded(bytes[...]) }
    var result: [Unicode.Scalar] = []
    var (start, position) = (0, 0)
    func byte(_ offset: Int) -> UInt32 {
      position + offset < bytes.count ? UInt32(bytes[position + offset]) : 0
    }
    while position < bytes.count {
      var special: (scalar: Unicode.Scalar, length: Int)?
      if byte(0) == 0xC0, byte(1) == 0x80 {
        special = ("\0", 2)
      } else if byte(0) == 0xED, (0xA0...0xAF).contains(byte(1)), (0x80...0xBF).contains(byte(2)),
        byte(3) == 0xED,
        (0xB0...0xBF).contains(byte(4)), (0x80...0xBF).contains(byte(5))
      {
        let high = (byte(1) & 0x0F) << 16 + (byte(2) & 0x3F) << 10
        let code = high + (byte(4) & 0x0F) << 6 + (byte(5) & 0x3F) + 0x10000
        special = Unicode.Scalar(code).map { ($0, 6) }
      }
      guard let (scalar, length) = special else {
        position += 1
        continue
      }
      guard let plain = strictlyDecoded(bytes[start..<position]) else { return nil }
      result += plain + [scalar]
      position += length
      start = position
    }
    return strictlyDecoded(bytes[start...]).map { result + $0 }
  }

  private static func strictlyDecoded(_ bytes: ArraySlice<UInt8>) -> [Unicode.Scalar]? {
    String(validating: bytes, as: UTF8.self).map { Array($0.unicodeScalars) }
  }
}
