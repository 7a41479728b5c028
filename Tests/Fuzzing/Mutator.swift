import TensorCore

/// Damages bytes the way broken disks, bad programs and attackers do.
struct Mutator {
  var random: SeededRandom
  /// Words of the format, which random bytes would hardly ever hit upon.
  let words: [[UInt8]]

  /// Inputs are kept this small, so that many can be tried.
  private static let largestInput = 1 << 18
  private static let extremes: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE,
    0xFFFF_FFFF,
    0x1_0000_0000, 1 << 40, 1 << 56, 1 << 60, 1 << 62, 0x7FFF_FFFF_FFFF_FFF0, 0x7FFF_FFFF_FFFF_FFFF, 1 << 63,
    0xFFFF_FFFF_FFFF_FFFE, .max,
  ]
  private static let numbers = [
    "0", "1", "-1", "007", "1.5", "1e9", "1e400", "-0", "255", "256", "65535", "65536", "2147483647",
    "2147483648",
    "4294967295", "4294967296", "1152921504606846976", "4611686018427387904", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999999999",
    "NaN", "null",
  ].map { Array($0.utf8) }

  init(random: SeededRandom, words: [String] = []) {
    self.random = random
    // Characters of Latin-1 stand for bytes.
    self.words = words.map { word in
      let bytes = word.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
      return bytes.count == word.unicodeScalars.count ? bytes : Array(word.utf8)
    }
  }

  /// One to six changes; `others` are inputs that pieces may come from.
  mutating func mutate(_ bytes: inout [UInt8], others: [[UInt8]] = []) {
    for _ in 0...random.int(below: 6) {
      change(&bytes, others: others)
      if bytes.count > Self.largestInput { bytes.removeLast(bytes.count - Self.largestInput) }
    }
  }

  private mutating func change(_ bytes: inout [UInt8], others: [[UInt8]]) {
    guard !bytes.isEmpty else { return insert(noise(), into: &bytes) }
    switch random.int(below: 14) {
    case 0: bytes[random.int(below: bytes.count)] ^= 1 << UInt8(random.int(below: 8))
    case 1: bytes[random.int(below: bytes.count)] = byte()
    case 2, 3: overwrite(with: integer(), in: &bytes)
    case 4: bytes.removeLast(random.int(below: bytes.count + 1))
    case 5: bytes.removeSubrange(range(of: bytes))
    case 6: insert(Array(bytes[range(of: bytes)]), into: &bytes)
    case 7: insert(noise(), into: &bytes)
    case 8: overwrite(with: Array(bytes[range(of: bytes)]), in: &bytes)
    case 9: splice(&bytes, others)
    case 10, 11: replaceNumber(&bytes)
    case 12: if let word = word() { insert(word, into: &bytes) }
    default: if let word = word() { overwrite(with: word, in: &bytes) }
    }
  }

  private mutating func byte() -> UInt8 {
    let marks: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x0A, 0x22, 0x2C, 0x5B, 0x7B, 0x28, 0x2E, 0x5C]
    return random.chance(0.5) ? UInt8(random.int(below: 256)) : marks[random.int(below: marks.count)]
  }

  private mutating func word() -> [UInt8]? { words.isEmpty ? nil : words[random.int(below: words.count)] }

  /// Mostly short, now and then long: nesting and repetition.
  private mutating func noise() -> [UInt8] {
    let count = 1 + random.int(below: random.chance(0.05) ? 20_000 : 32)
    let unit = random.chance(0.3) ? word() ?? [byte()] : [byte()]
    guard random.chance(0.5) else { return (0..<min(count, 64)).map { _ in byte() } }
    return Array(repeatElement(unit, count: max(1, count / unit.count)).joined())
  }

  /// A length or offset as a format may hold it.
  private mutating func integer() -> [UInt8] {
    let value = Self.extremes[random.int(below: Self.extremes.count)]
    let width = [1, 2, 4, 8][random.int(below: 4)]
    let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    return random.chance(0.5) ? little : little.reversed()
  }

  private mutating func range(of bytes: [UInt8]) -> Range<Int> {
    let start = random.int(below: bytes.count)
    let longest = min(bytes.count - start, random.chance(0.2) ? bytes.count : 64)
    return start..<start + 1 + random.int(below: longest)
  }

  private mutating func insert(_ piece: [UInt8], into bytes: inout [UInt8]) {
    bytes.insert(contentsOf: piece, at: random.int(below: bytes.count + 1))
  }

  private mutating func overwrite(with piece: [UInt8], in bytes: inout [UInt8]) {
    let start = random.int(below: bytes.count)
    let end = min(bytes.count, start + piece.count)
    bytes.replaceSubrange(start..<end, with: piece.prefix(end - start))
  }

  private mutating func splice(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
    guard !others.isEmpty else { return }
    let other = others[random.int(below: others.count)]
    guard !other.isEmpty else { return }
    let piece = other[range(of: other)]
    bytes.replaceSubrange(range(of: bytes), with: piece)
  }

  /// A number written in digits, by another.
  private mutating func replaceNumber(_ bytes: inout [UInt8]) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let start = random.int(below: bytes.count)
    guard let first = bytes[start...].firstIndex(where: digits.contains) else { return }
    let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: Self.numbers[random.int(below: Self.numbers.count)])
  }
}
