/// Reads the strict subset of JSON that a safetensors header is made of: objects, arrays, strings and natural
/// numbers.
///
/// The caller walks the fixed structure, so there is no recursion to exhaust, and it sees every key, so that
/// duplicates do not go unnoticed as they do in general JSON readers.
struct HeaderScanner {
  struct Problem: Error {
    let message: String
    let offset: Int
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func problem(_ message: String) -> Problem { Problem(message: message, offset: position) }

  /// Consumes `{ "key": …, … }`; `body` must consume the value of the key it is given.
  mutating func object(
    _ body: (inout HeaderScanner, String) throws(Problem) -> Void
  ) throws(Problem) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while accept(",")
    try expect("}")
  }

  /// Consumes `[ 1, 2, … ]`.
  mutating func naturalNumbers(limit: Int) throws(Problem) -> [Int] {
    try expect("[")
    var numbers: [Int] = []
    if accept("]") { return numbers }
    repeat {
      guard numbers.count < limit else { throw problem("more than \(limit) numbers in a list") }
      numbers.append(try naturalNumber())
    } while accept(",")
    try expect("]")
    return numbers
  }

  mutating func string() throws(Problem) -> String {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard bytes[position] >= 0x20 else { throw problem("a control character in a string") }
      position += 1
    }
    let result = try decoded(bytes[start..<position])
    try expectQuote()
    return result
  }

  /// Succeeds if only white space is left.
  mutating func end() throws(Problem) {
    skipWhitespace()
    guard position == bytes.count else { throw problem("text after the end of the header") }
  }

  private mutating func naturalNumber() throws(Problem) -> Int {
    skipWhitespace()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit))
      guard !overflow && !carry else { throw problem("a number too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw problem("a natural number is expected") }
    guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw problem("a number with a leading zero")
    }
    return value
  }

  /// The slow path, for strings with backslashes.
  private mutating func escapedString(from start: Int) throws(Problem) -> String {
    var text = Array(bytes[start..<position])
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      let byte = bytes[position]
      guard byte >= 0x20 else { throw problem("a control character in a string") }
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      try appendEscape(to: &text)
    }
    let result = try decoded(text)
    try expectQuote()
    return result
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(Problem) {
    guard position < bytes.count else { throw problem("an unfinished string") }
    let kind = bytes[position]
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourHexDigits()
      if (0xD800..<0xDC00).contains(code) {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw problem("half a surrogate pair") }
        position += 2
        let low = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(low) else { throw problem("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw problem("an unknown escape in a string")
    }
  }

  private mutating func fourHexDigits() throws(Problem) -> UInt32 {
    guard bytes.count - position >= 4 else { throw problem("an unfinished string") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80
      else {
        throw problem("a bad \\u escape in a string")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func decoded(_ text: some Collection<UInt8>) throws(Problem) -> String {
    let result = String(decoding: text, as: UTF8.self)
    // Decoding repairs what is not UTF-8; then the bytes differ.
    guard result.utf8.elementsEqual(text) else { throw problem("a string that is not UTF-8") }
    return result
  }

  private mutating func expectQuote() throws(Problem) {
    guard position < bytes.count else { throw problem("an unfinished string") }
    position += 1
  }

  private mutating func expect(_ symbol: Unicode.Scalar) throws(Problem) {
    guard accept(symbol) else { throw problem("'\(symbol)' is expected") }
  }

  private mutating func accept(_ symbol: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
  }
}
