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

  static func interval(_ scores: DatasetScores) -> String {
    "\(percent(scores.top1Interval.lower))–\(percent(scores.top1Interval.upper))"
  }

  /// The metric that the field reports for a dataset, by its name.
  static func reported(_ scores: DatasetScores) -> String {
    let metric = scores.ownMetric ?? MetricRegistry.standard
    return "\(metric.title) \(percent(scores[metric.key]))"
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
