import Foundation

enum JSONCoding {
  /// What is left of a value after it was written and read.
  static func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
  }
}
