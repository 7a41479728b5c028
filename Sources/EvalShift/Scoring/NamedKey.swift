/// A key of a JSON object that is known when the program runs: that of a metric.
public struct NamedKey: CodingKey {
  public let stringValue: String
  public var intValue: Int? { nil }
  public init(_ name: String) { stringValue = name }
  public init?(stringValue: String) { self.stringValue = stringValue }
  public init?(intValue: Int) { nil }

  /// After the key of a metric: its 95% interval.
  public static let intervalSuffix = "_ci95"
}

extension KeyedDecodingContainer<NamedKey> {
  /// Metrics and their intervals of a flat object, which are all that is not among `others`.
  public func metrics(
    besides others: Set<String>
  ) throws -> (values: [String: Double], intervals: [String: ConfidenceBounds]) {
    var (values, intervals) = ([String: Double](), [String: ConfidenceBounds]())
    for key in allKeys where !others.contains(key.stringValue) {
      if key.stringValue.hasSuffix(NamedKey.intervalSuffix) {
        let metric = String(key.stringValue.dropLast(NamedKey.intervalSuffix.count))
        intervals[metric] = try decode(ConfidenceBounds.self, forKey: key)
      } else {
        values[key.stringValue] = try decode(Double.self, forKey: key)
      }
    }
    return (values, intervals)
  }
}

extension KeyedEncodingContainer<NamedKey> {
  /// Metrics and their intervals, by their keys.
  public mutating func encode(_ values: [String: Double], _ intervals: [String: ConfidenceBounds]) throws {
    for (key, value) in values { try encode(value, forKey: NamedKey(key)) }
    for (key, bounds) in intervals {
      try encode(bounds, forKey: NamedKey(key + NamedKey.intervalSuffix))
    }
  }
}
