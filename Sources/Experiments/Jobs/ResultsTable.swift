import EvalShift
import Foundation
import Report
import Training

/// Everything that was scored of runs, a line each metric of each set at each alpha of each run; and the average over the shifts of a
/// curve, as a set `average_shift`.
public struct ResultsTable {
  static let columns = [
    "run", "method", "options", "seed", "dataset", "role", "alpha", "rule", "metric", "value", "ci_low",
    "ci_high", "n", "precision", "images_sha256", "marks",
  ]

  public private(set) var table = DelimitedTable(columns: columns)
  /// What is in the table already: a curve and predictions may be of the same scores.
  private var seen: Set<[String]> = []

  public init() {}

  /// A line as JSON.
  private struct Line: Encodable {
    let fields: [(String, String)]

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: NamedKey.self)
      for (name, field) in fields {
        let key = NamedKey(name)
        if ["seed", "n"].contains(name), let number = Int(field) {
          try values.encode(number, forKey: key)
        } else if ["alpha", "value", "ci_low", "ci_high"].contains(name), let number = Double(field) {
          try values.encode(number, forKey: key)
        } else if !field.isEmpty {
          try values.encode(field, forKey: key)
        }
      }
    }
  }

  /// The lines as objects; what is empty is left out.
  public var lines: some Encodable {
    table.rows.map { Line(fields: Array(zip(Self.columns, $0))) }
  }

  /// Adds a curve of a run.
  public mutating func add(
    _ curve: WiseCurve, of folder: RunFolder, _ record: RunRecord
  ) throws(ReportError) {
    for point in curve.points {
      let rules = (curve.selections + [curve.oracle].compactMap { $0 }).filter { $0.alpha == point.alpha }
        .map(\.rule.rawValue).joined(separator: " ")
      let sets =
        [(point.target, "target")] + point.shifts.map { ($0, "shift") }
        + (point.validation.map { [($0, "validation")] } ?? [])
      let start = Self.start(folder, record, seed: curve.seed, alpha: point.alpha, rule: rules)
      for (scores, role) in sets { try add(scores, role, start) }
      guard let average = SeedAverage.point(point).measuredAverage else { continue }
      // Of several sets there is no one hash, and what marks them stands in their own lines.
      try append(
        start("average_shift", "shift"), Top1Accuracy().key, average.top1,
        average.measuredInterval.map { ($0.lower, $0.upper) },
        [String(average.n), point.shifts.first?.provenance?.precision ?? "", "", ""])
    }
  }

  /// Adds what was scored of a run at one alpha.
  public mutating func add(
    _ scores: DatasetScores, alpha: Double, of folder: RunFolder, _ record: RunRecord
  ) throws(ReportError) {
    try add(
      scores, scores.role.rawValue,
      Self.start(folder, record, seed: record.settings.seeds.all, alpha: alpha, rule: ""))
  }

  private mutating func add(
    _ scores: DatasetScores, _ role: String, _ start: (_ dataset: String, _ role: String) -> [String]
  ) throws(ReportError) {
    let end = [
      String(scores.n), scores.provenance?.precision ?? "", scores.provenance?.imagesSHA256 ?? "",
      scores.marks.joined(separator: "; "),
    ]
    for metric in MetricRegistry.all {
      guard let value = scores[metric.key] else { continue }
      try append(
        start(scores.dataset, role), metric.key, value,
        scores.intervals[metric.key].map { ($0.lower, $0.upper) }, end)
    }
    if let drop = scores.drop {
      try append(
        start(scores.dataset, role), "drop", drop.value, (drop.interval.lower, drop.interval.upper), end)
    }
  }

  private mutating func append(
    _ start: [String], _ metric: String, _ value: Double, _ interval: (Double, Double)?, _ end: [String]
  ) throws(ReportError) {
    // Rules are not what makes a line: the one that has them came first.
    guard seen.insert(start.dropLast() + [metric] + end.dropLast()).inserted else { return }
    try table.append(
      start + [
        metric, String(value), interval.map { String($0.0) } ?? "", interval.map { String($0.1) } ?? "",
      ]
        + end)
  }

  private static func start(
    _ folder: RunFolder, _ record: RunRecord, seed: UInt64?, alpha: Double, rule: String
  ) -> (_ dataset: String, _ role: String) -> [String] {
    { dataset, role in
      [
        folder.url.lastPathComponent, record.method, record.choices.text, seed.map(String.init) ?? "",
        dataset, role, String(alpha), rule,
      ]
    }
  }
}
