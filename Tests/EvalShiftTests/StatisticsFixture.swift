import Foundation
import TestSupport
import Testing

/// What SciPy, scikit-learn, statsmodels and NumPy say: `Tests/Fixtures/make_statistics.py`.
enum StatisticsFixture {
  /// The cases of one statistic.
  static func cases<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> Case {
    let data = try Data(contentsOf: Fixture.url("statistics.json", bundle: .module))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.userInfo[Section<Case>.key] = name
    return try decoder.decode(Section<Case>.self, from: data).value
  }

  private struct Section<Case: Decodable>: Decodable {
    static var key: CodingUserInfoKey { CodingUserInfoKey(rawValue: "section")! }
    let value: Case

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let name = try #require(decoder.userInfo[Self.key] as? String)
      // Keys are converted to camel case, those of sections too.
      let parts = name.split(separator: "_")
      let key = String(parts[0]) + parts.dropFirst().map(\.capitalized).joined()
      value = try decoder.container(keyedBy: Name.self).decode(Case.self, forKey: Name(stringValue: key))
    }
  }
}

/// Whether a number is the reference's to one part in 10⁹, and missing where the reference has none.
func agrees(_ value: Double?, with expected: Double?, within tolerance: Double = 1e-9) -> Bool {
  guard let value, let expected else { return value == nil && expected == nil }
  return abs(value - expected) <= tolerance * abs(expected) + 1e-13
}

/// The same of lists.
func agree(_ values: [Double], with expected: [Double], within tolerance: Double = 1e-9) -> Bool {
  values.count == expected.count
    && zip(values, expected).allSatisfy { agrees($0, with: $1, within: tolerance) }
}

extension [Int] {
  /// Zeros and ones of a fixture.
  var areTrue: [Bool] { map { $0 != 0 } }
}
