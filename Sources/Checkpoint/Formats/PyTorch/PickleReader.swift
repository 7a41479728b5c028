/// Interprets pickles (protocols 2 to 5) as plain data: a closed set of instructions, of which none imports or calls.
///
/// The few constructors that describe tensors are understood by name (see `PickledCalls`); every other class is kept as
/// an opaque object, every other call as one whose result is unknown.
struct PickleReader {
  /// Why a pickle is refused, and at which byte.
  struct Problem: Error {
    let message: String
  }

  /// Of a class, in bytes: the same long text may be referred to a million times.
  private static let longestName = 4096

  /// What may still come, of all pickles together: descriptions are small, whatever the data they describe.
  private var instructionsLeft = 1 << 23
  private var textLeft = 1 << 28

  private var reader: ByteReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Must live as long as what was read.
  let arena = PickleArena()

  /// Reads from `position` on.
  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) { reader = ByteReader(bytes, at: position) }

  /// Position behind the pickle that was read last.
  var position: Int { reader.position }

  /// The next pickle's value. Throws a `Problem`, or `ByteReader.EndOfData` where it is cut off.
  mutating func read() throws -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      instructionsLeft -= 1
      guard instructionsLeft >= 0 else { throw problem("more instructions than describe a model") }
      let code = try reader.number(UInt8.self)
      if code == UInt8(ascii: ".") { return try pop() }
      try execute(code)
    }
  }

  private mutating func execute(_ code: UInt8) throws {
    switch code {
    // Protocol and frames: sizes that tell nothing new.
    case 0x80: try reader.skip(1)
    case 0x95: try reader.skip(8)
    // Constants.
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.int(Int(try reader.number(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.int(Int(try reader.number(UInt8.self))))
    case UInt8(ascii: "M"): stack.append(.int(Int(try reader.number(UInt16.self))))
    case 0x8A: try pushLong(Int(try reader.number(UInt8.self)))
    case 0x8B: try pushLong(try count(UInt32.self))
    case UInt8(ascii: "G"):
      stack.append(.double(Double(bitPattern: try reader.number(UInt64.self).byteSwapped)))
    case 0x8C: try pushText(Int(try reader.number(UInt8.self)))
    case UInt8(ascii: "X"): try pushText(try count(UInt32.self))
    case 0x8D: try pushText(try count(UInt64.self))
    case UInt8(ascii: "U"): try pushText(Int(try reader.number(UInt8.self)))
    case UInt8(ascii: "T"): try pushText(try count(UInt32.self))
    case UInt8(ascii: "C"): try pushBytes(Int(try reader.number(UInt8.self)))
    case UInt8(ascii: "B"): try pushBytes(try count(UInt32.self))
    case 0x8E, 0x96: try pushBytes(try count(UInt64.self))
    // Containers.
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): pushTuple([])
    case UInt8(ascii: "t"): pushTuple(try popToMark())
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "]"), 0x8F: stack.append(.list(arena.add(PickleList())))
    case UInt8(ascii: "l"), 0x91: try pushList()
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"), 0x90: try append(try popToMark())
    case UInt8(ascii: "}"): stack.append(.dictionary(arena.add(PickleDictionary())))
    case UInt8(ascii: "d"):
      let items = try popToMark()
      stack.append(.dictionary(arena.add(PickleDictionary())))
      try setItems(items)
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    // The stack.
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    // The memo.
    case UInt8(ascii: "q"): memo[Int(try reader.number(UInt8.self))] = try top()
    case UInt8(ascii: "r"): memo[try count(UInt32.self)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(Int(try reader.number(UInt8.self)))
    case UInt8(ascii: "j"): try recall(try count(UInt32.self))
    // Names, calls, instances.
    case UInt8(ascii: "c"):
      let module = try reader.line(limit: Self.longestName)
      stack.append(.global(module + "." + (try reader.line(limit: Self.longestName))))
    case 0x93:
      let name = try pop().text
      guard let module = try pop().text, let name, module.utf8.count + name.utf8.count <= Self.longestName
      else {
        throw problem("a name that is no text, or too long")
      }
      stack.append(.global(module + "." + name))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      stack.append(PickledCalls.result(of: try pop(), arguments, in: arena))
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      stack.append(PickledCalls.result(of: try pop(), arguments, in: arena))
    case UInt8(ascii: "b"):
      let state = try pop()
      build(try top(), from: state)
    case UInt8(ascii: "Q"):
      guard let storage = PickledCalls.storage(try pop()) else {
        throw problem("a reference that is no storage")
      }
      stack.append(.storage(storage))
    default:
      throw problem("the instruction \(code)")
    }
  }

  // MARK: Pieces

  private func problem(_ what: String) -> Problem { Problem(message: "\(what) at byte \(reader.position)") }

  private mutating func count<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) throws -> Int
  {
    guard let count = Int(exactly: try reader.number(type)) else { throw problem("a size beyond memory") }
    return count
  }

  private mutating func pushText(_ count: Int) throws {
    guard count <= textLeft else { throw problem("more text than describes a model") }
    textLeft -= count
    stack.append(.string(try reader.text(count)))
  }

  private mutating func pushBytes(_ count: Int) throws {
    try reader.skip(count)
    stack.append(.bytes(count))
  }

  /// A little-endian integer in two's complement.
  private mutating func pushLong(_ count: Int) throws {
    let bytes = try reader.take(count)
    guard count <= 8 else { return stack.append(.long) }
    let negative = (bytes.last ?? 0) & 0x80 != 0
    let value = bytes.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) }
    stack.append(.int(value))
  }

  private mutating func pushTuple(_ count: Int) throws {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw problem("a tuple of more values than there are")
    }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    pushTuple(values)
  }

  private mutating func pushTuple(_ values: [PickleValue]) {
    stack.append(.tuple(arena.add(PickleList(values))))
  }

  private mutating func pushList() throws {
    stack.append(.list(arena.add(PickleList(try popToMark()))))
  }

  private mutating func recall(_ key: Int) throws {
    guard let value = memo[key] else { throw problem("a value that was never kept") }
    stack.append(value)
  }

  private func top() throws -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw problem("a value missing") }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw problem("an end without a start") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func append(_ values: [PickleValue]) throws {
    if case .list(let list) = try top() { list.items += values }
  }

  /// Keys and values in turn, for the dictionary, or what is like one, on top of the stack.
  private mutating func setItems(_ items: [PickleValue]) throws {
    guard items.count % 2 == 0 else { throw problem("a key without a value") }
    let target: PickleDictionary
    switch try top() {
    case .dictionary(let dictionary): target = dictionary
    case .object(let object): target = object.items
    default: return
    }
    for index in stride(from: 0, to: items.count, by: 2) { target.set(items[index], items[index + 1]) }
  }

  /// Gives an object its attributes; the state of anything else says nothing about tensors.
  private func build(_ value: PickleValue, from state: PickleValue) {
    guard case .object(let object) = value else { return }
    switch state {
    case .dictionary(let attributes): object.attributes = attributes
    case .tuple(let parts):
      // Attributes, and those in slots.
      if case .dictionary(let attributes)? = parts.items.first { object.attributes = attributes }
    default: break
    }
  }
}
