import EvalShift
import Foundation

/// Numbers as people read them.
enum Figures {
  static func loss(_ value: Float) -> String { decimals(Double(value)) }

  /// Three decimals; never a zero with a sign.
  static func decimals(_ value: Double?) -> String {
    guard let value else { return "–" }
    let text = String(format: "%.3f", value)
    return text == "-0.000" ? "0.000" : text
  }

  /// A fraction as a percentage with one decimal.
  static func percent(_ fraction: Double?) -> String {
    fraction.map { String(format: "%.1f", 100 * $0) } ?? "–"
  }

  static func interval(_ interval: ConfidenceBounds?, _ metric: any MetricDescription) -> String {
    interval.map { "\(text($0.lower, metric))–\(text($0.upper, metric))" } ?? "–"
  }

  /// A value of a metric in the metric's unit: fractions in percent.
  static func text(_ value: Double?, _ metric: any MetricDescription) -> String {
    switch metric.unit {
    case .fraction: percent(value)
    case .nats, .number: decimals(value)
    }
  }

  /// The heading of a metric's column.
  static func heading(_ metric: any MetricDescription) -> String {
    metric.unit == .fraction ? "\(metric.title) %" : metric.title
  }

  /// The metric that the field reports for a dataset, by its name.
  static func reported(_ scores: DatasetScores) -> String {
    let metric = scores.ownMetric ?? MetricRegistry.standard
    return "\(metric.title) \(text(scores[metric.key], metric))"
  }

  /// A p-value.
  static func probability(_ value: Double?) -> String {
    guard let value else { return "–" }
    return value < 0.001 ? "<0.001" : decimals(value)
  }

  /// Bytes in the largest unit of which there is one, in powers of 1,000.
  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    let place = min(units.count - 1, count < 1000 ? 0 : Int(log10(Double(count)) / 3))
    let value = Double(count) / pow(1000, Double(place))
    return (place == 0 || value >= 100 ? "\(Int(value.rounded()))" : String(format: "%.1f", value))
      + " \(units[place])"
  }

  static func count(_ value: Int) -> String {
    let digits = String(value)
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return grouped
  }
}
