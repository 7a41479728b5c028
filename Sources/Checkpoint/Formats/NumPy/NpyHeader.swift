/// What a `.npy` file says of its array (versions 1 to 3), read by a closed parser: nothing in it is evaluated.
struct NpyHeader {
  struct Problem: Error {
    let message: String
  }

  /// NumPy's name of the element type, such as `<f4`.
  let elements: String
  /// Whether the first dimension is the fastest.
  let isFortranOrder: Bool
  let shape: [Int]
  /// Bytes before the elements.
  let byteCount: Int

  /// Bytes that hold every header this reader takes; NumPy itself takes 10,000.
  static let maximumByteCount = 1 << 14
  private static let maximumRank = 64
  private static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads the header of an array, of which at least the first `maximumByteCount` bytes are given.
  init(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    let text: UnsafeRawBufferPointer
    do {
      var reader = ByteReader(bytes)
      guard try reader.take(Self.signature.count).elementsEqual(Self.signature) else {
        throw Problem(message: "it does not begin as an array of NumPy")
      }
      let version = try reader.number(UInt8.self)
      guard (1...3).contains(version) else {
        throw Problem(message: "version \(version) of NumPy's format is not known")
      }
      try reader.skip(1)
      let length =
        version == 1 ? Int(try reader.number(UInt16.self)) : Int(try reader.number(UInt32.self))
      guard length <= Self.maximumByteCount - reader.position else {
        throw Problem(message: "its header declares \(length) bytes")
      }
      text = try reader.take(length)
      byteCount = reader.position
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(message: "its header is cut off")
    }
    var literal = Literal(text)
    var (elements, isFortranOrder, shape): (String?, Bool?, [Int]?) = (nil, nil, nil)
    try literal.dictionary { (literal, key) throws(Problem) in
      switch key {
      case "descr" where elements == nil: elements = try literal.string()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try literal.bool()
      case "shape" where shape == nil: shape = try literal.naturalNumbers(limit: Self.maximumRank)
      default: throw literal.problem("an unknown or repeated key")
      }
    }
    guard let elements, let isFortranOrder, let shape else {
      throw Problem(message: "its header lacks descr, fortran_order or shape")
    }
    (self.elements, self.isFortranOrder, self.shape) = (elements, isFortranOrder, shape)
  }

  /// The subset of Python's literals that a header is made of.
  private struct Literal {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func problem(_ what: String) -> Problem { Problem(message: "its header has \(what) at byte \(position)") }

    /// Consumes `{ 'key': …, … }` and white space to the end; `body` consumes the value of the key it is given.
    mutating func dictionary(
      _ body: (inout Literal, String) throws(Problem) -> Void
    ) throws(Problem) {
      try expect("{")
      while !accept("}") {
        let key = try string()
        try expect(":")
        try body(&self, key)
        if !accept(",") {
          try expect("}")
          break
        }
      }
      skipSpace()
      guard position == bytes.count else { throw problem("text after its end") }
    }

    /// Between quotes of either kind, without escapes.
    mutating func string() throws(Problem) -> String {
      let quote: Unicode.Scalar
      if accept("'") {
        quote = "'"
      } else {
        guard accept("\"") else { throw problem("something else where a text is expected, as records have,") }
        quote = "\""
      }
      let rest = bytes[position...]
      guard let end = rest.firstIndex(of: UInt8(ascii: quote)), !rest[..<end].contains(UInt8(ascii: "\\"))
      else { throw problem("a text that is not plain") }
      position = end + 1
      return String(decoding: rest[..<end], as: UTF8.self)
    }

    mutating func bool() throws(Problem) -> Bool {
      skipSpace()
      for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8)
      {
        position += word.utf8.count
        return value
      }
      throw problem("neither True nor False")
    }

    /// Consumes `()`, `(1,)`, `(1, 2)`.
    mutating func naturalNumbers(limit: Int) throws(Problem) -> [Int] {
      try expect("(")
      var numbers: [Int] = []
      while !accept(")") {
        guard numbers.count < limit else { throw problem("more than \(limit) dimensions") }
        numbers.append(try naturalNumber())
        if accept(",") { continue }
        guard numbers.count > 1 else { throw problem("a number without a comma") }
        try expect(")")
        break
      }
      return numbers
    }

    private mutating func naturalNumber() throws(Problem) -> Int {
      skipSpace()
      let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw problem("no natural number, or one too large,")
      }
      position = digits.endIndex
      return number
    }

    private mutating func expect(_ symbol: Unicode.Scalar) throws(Problem) {
      guard accept(symbol) else { throw problem("no '\(symbol)'") }
    }

    private mutating func accept(_ symbol: Unicode.Scalar) -> Bool {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: symbol) else { return false }
      position += 1
      return true
    }

    private mutating func skipSpace() {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
    }
  }
}
