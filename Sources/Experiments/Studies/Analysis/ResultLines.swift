import Foundation
import Report
import Training

/// Everything that was scored of a study's runs as lines of a tidy table, one a value; nothing in them differs between two undisturbed
/// runs of the same study.
struct ResultLines {
  private let axes: [String]
  private let intervals: ExactIntervals

  private static let cell = ["cell"]
  private static let values = [
    "choice", "method", "options", "seed", "tuned_parameters", "head_parameters", "dataset", "role", "alpha",
    "rule", "metric", "value", "ci_low", "ci_high", "n", "precision", "images_sha256", "marks",
  ]

  init(_ study: Study, intervals: ExactIntervals) {
    axes = study.axes.map(\.name)
    self.intervals = intervals
  }

  /// An axis of the name of another column, such as `method`, has its labels in `method_label`.
  var columns: [String] {
    var columns = Self.cell
    for axis in axes {
      var name = axis
      while columns.contains(name) || Self.values.contains(name) { name += "_label" }
      columns.append(name)
    }
    return columns + Self.values
  }

  /// The lines of a run.
  func table(
    _ result: CellResult, cell: String, labels: [String: String], choice: String?
  ) throws(ReportError) -> DelimitedTable {
    var table = DelimitedTable(columns: columns)
    let start =
      [cell] + axes.map { labels[$0] ?? "" } + [
        choice ?? "", result.method, result.options.text, String(result.seed), String(result.tunedParameters),
        String(result.headParameters),
      ]
    if let top1 = result.validationTop1 {
      try table.append(
        start + [
          "", "validation", "1.0", "", "training_validation_top1", String(top1), "", "", "", "", "", "",
        ])
    }
    guard let curve = result.curve else { return table }
    for (place, alpha) in curve.alphas.enumerated() {
      let rules = curve.selections.filter { $0.alpha == alpha }.map(\.rule.rawValue).joined(separator: " ")
      func line(
        _ dataset: String, _ role: String, _ metric: String, _ value: Double, _ interval: ConfidenceInterval?,
        _ end: [String]
      ) throws(ReportError) {
        try table.append(
          start + [dataset, role, String(alpha), rules, metric, String(value)]
            + [interval.map { String($0.lower) } ?? "", interval.map { String($0.upper) } ?? ""] + end)
      }
      for set in curve.sets {
        let end = [String(set.n), set.precision, set.imagesSha256, set.marks.joined(separator: "; ")]
        let score = intervals.score(set, place)
        try line(set.dataset, set.role, Score.accuracy, score.top1, score.measuredInterval, end)
        if let metric = set.metric, let values = set.values, values.indices.contains(place) {
          try line(set.dataset, set.role, metric, values[place], nil, end)
        }
      }
      if let point = intervals.point(curve, place), let average = point.measuredAverage {
        let precisions = Set(curve.shifts.map(\.precision))
        try line(
          "average_shift", "shift", Score.accuracy, average.top1, average.measuredInterval,
          [String(average.n), precisions.count == 1 ? precisions.first ?? "" : "", "", ""])
      }
    }
    return table
  }
}
