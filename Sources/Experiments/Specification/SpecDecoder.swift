/// What of a tree cannot be what it is read as.
struct SpecMismatch: Error {
  /// Of the key: `optimizer.lr`.
  let path: String
  /// What is there; nil where nothing is.
  let value: SpecValue?
  /// What may be, or what is wrong: to follow a semicolon.
  let advice: String

  var problem: String {
    value.map { "\(path) cannot be '\($0.text)'; \(advice)" } ?? "\(path) is missing; \(advice)"
  }
}

/// Reads a tree as a value. What does not fit is a `SpecMismatch`: it names the key and what may be there, which the kinds of
/// values say themselves, so that a new setting needs no words of its own.
final class SpecDecoder: Decoder {
  /// The keys that were asked for, by the path of what they lie in: there are no others.
  final class Log {
    fileprivate(set) var asked: [String: Set<String>] = [:]

    /// Where a key of this name lies, as `schedule.epochs`; nil where that is nowhere, or in several places.
    func place(of name: String) -> String? {
      let places = asked.filter { $0.value.contains(name) }.map(\.key)
      return places.count == 1 ? (places[0].isEmpty ? name : "\(places[0]).\(name)") : nil
    }
  }

  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  fileprivate let value: SpecValue?
  fileprivate let log: Log

  init(_ value: SpecValue?, at path: [any CodingKey] = [], log: Log = Log()) {
    self.value = value
    codingPath = path
    self.log = log
  }

  fileprivate var path: String { Self.path(codingPath) }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map(String.init) ?? SpecKey.snakeCase($0.stringValue) }.joined(separator: ".")
  }

  fileprivate func wants(_ what: String) -> SpecMismatch {
    SpecMismatch(path: path, value: value, advice: "give \(what)")
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let simple = try simple(type) as? Value { return simple }
    do {
      return try Value(from: self)
    } catch let error as DecodingError {
      // Only of what is checked as it is read, such as RandAugment's strings: the reason says what may be.
      let (keys, reason) = Self.context(of: error)
      let inner = keys.dropFirst(codingPath.count)
      let part = inner.reduce(value) { $0?[Self.path([$1])] }
      throw SpecMismatch(
        path: Self.path(codingPath + inner), value: part,
        advice: reason.hasSuffix(".") ? String(reason.dropLast()) : reason)
    }
  }

  private static func context(of error: DecodingError) -> (keys: [any CodingKey], reason: String) {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      (context.codingPath, context.debugDescription)
    @unknown default: ([], "give another value")
    }
  }

  /// What has no parts, and what is said better as a whole than by its parts; nil for other types.
  private func simple<Value>(_ type: Value.Type) throws -> Any? {
    switch type {
    case is Bool.Type:
      guard case .flag(let flag)? = value else { throw wants("true or false") }
      return flag
    case is String.Type:
      guard case .text(let text)? = value else {
        let looksOtherwise = value != nil && value != .null && value?.map == nil
        throw wants("text" + (looksOtherwise ? ", in quotes where it looks like something else" : ""))
      }
      return text
    case is Double.Type:
      guard let number = value?.number else { throw wants("a number") }
      return number
    case is Float.Type:
      // By its digits, as it was written: rounded once.
      guard let number = value?.number, let float = Float("\(number)"), float.isFinite else {
        throw wants(value?.number == nil ? "a number" : "a number up to \(Float.greatestFiniteMagnitude)")
      }
      return float
    case is Int.Type: return try whole(Int.self, "a whole number")
    case is Int64.Type: return try whole(Int64.self, "a whole number")
    case is UInt64.Type: return try whole(UInt64.self, "a whole number of at least 0")
    case is ClosedRange<Double>.Type:
      guard case .list(let ends)? = value, ends.count == 2, let low = ends[0].number,
        let high = ends[1].number, low <= high
      else { throw wants("two numbers, the lower first, as in [0.5, 1]") }
      return low...high
    default:
      guard let words = Self.words(type) else { return nil }
      guard case .text(let word)? = value, let index = words.firstIndex(of: word) else {
        throw wants(words.joined(separator: ", "))
      }
      return Self.choices(type)?[index]
    }
  }

  private func whole<Number: FixedWidthInteger>(_: Number.Type, _ kind: String) throws -> Number {
    let number: Number? =
      switch value {
      case .integer(let value)?: Number(exactly: value)
      case .natural(let value)?: Number(exactly: value)
      case .number(let value)?: Number(exactly: value)
      default: nil
      }
    guard let number else { throw wants(kind) }
    return number
  }

  /// Everything that a value of few choices may be; nil for other types.
  private static func choices<Value>(_ type: Value.Type) -> [Any]? {
    func all<Choice: CaseIterable>(_: Choice.Type) -> [Any] { Choice.allCases.map { $0 } }
    guard type is any (RawRepresentable<String>).Type, let type = type as? any CaseIterable.Type else {
      return nil
    }
    return all(type)
  }

  private static func words<Value>(_ type: Value.Type) -> [String]? {
    choices(type)?.compactMap { ($0 as? any RawRepresentable<String>)?.rawValue }
  }

  // MARK: Containers

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let values = value?.map else { throw wants("keys and values") }
    log.asked[path, default: []].formUnion([])
    return KeyedDecodingContainer(KeyedValues<Key>(decoder: self, values: values))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let values)? = value else { throw wants("a list, as in [a, b]") }
    return ListedValues(decoder: self, values: values)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValue(decoder: self) }
}

private struct SingleValue: SingleValueDecodingContainer {
  let decoder: SpecDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.value ?? .null == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: SpecDecoder
  let values: [String: SpecValue]
  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] {
    decoder.log.asked[decoder.path, default: []].formUnion(values.keys)
    return values.keys.compactMap(Key.init(stringValue:))
  }

  private func value(_ key: Key) -> SpecValue? {
    // Keys of a dictionary may be anything, and are as they are written.
    let isOpen = Key(stringValue: "no key of any setting") != nil
    let name = isOpen ? key.stringValue : SpecKey.snakeCase(key.stringValue)
    decoder.log.asked[decoder.path, default: []].insert(name)
    return values[name]
  }

  private func decoder(_ key: Key) -> SpecDecoder {
    SpecDecoder(value(key), at: codingPath + [key], log: decoder.log)
  }

  func contains(_ key: Key) -> Bool { value(key) != nil }
  func decodeNil(forKey key: Key) -> Bool { value(key) ?? .null == .null }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decoder(key).decode(type)
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { decoder }
  func superDecoder(forKey key: Key) -> any Decoder { decoder(key) }
}

private struct ListedValues: UnkeyedDecodingContainer {
  let decoder: SpecDecoder
  let values: [SpecValue]
  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }
  private(set) var currentIndex = 0

  init(decoder: SpecDecoder, values: [SpecValue]) {
    self.decoder = decoder
    self.values = values
  }

  private struct Index: CodingKey {
    let intValue: Int?
    var stringValue: String { "\(intValue ?? 0)" }
    init(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
  }

  private mutating func next() -> SpecDecoder {
    defer { currentIndex += 1 }
    return SpecDecoder(
      isAtEnd ? nil : values[currentIndex], at: codingPath + [Index(intValue: currentIndex)], log: decoder.log
    )
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, values[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }
  mutating func superDecoder() -> any Decoder { next() }
}

extension SpecDecoder.Log {
  /// The first key of a tree that nothing asked for, with those there are beside it; nil where there is none. `under` is the
  /// path of the tree.
  func unknown(in tree: SpecValue, under path: [String] = []) -> (path: [String], known: [String])? {
    switch tree {
    case .map(let values):
      // What was never opened is of another kind, and was refused as such.
      guard let known = asked[path.joined(separator: ".")] else { return nil }
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        guard known.contains(name) else { return (path + [name], known.sorted()) }
        if let below = unknown(in: value, under: path + [name]) { return below }
      }
      return nil
    case .list(let values):
      return values.indices.lazy.compactMap { self.unknown(in: values[$0], under: path + ["\($0)"]) }.first
    default: return nil
    }
  }
}
