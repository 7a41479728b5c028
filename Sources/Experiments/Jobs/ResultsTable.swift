import EvalShift
import Foundation
import Report
import Training

/// Everything that was scored of runs, a line each metric of each set at each alpha of each run; and the average over the shifts of a
/// curve, as a set `average_shift`. What several curves choose by their rules has a line for each, and `curve` says which it is of.
public struct ResultsTable {
  static let columns = [
    "run", "method", "options", "seed", "dataset", "role", "alpha", "rule", "metric", "value", "ci_low",
    "ci_high", "n", "precision", "images_sha256", "marks", "curve",
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
      for (scores, role) in sets { try add(scores, role, start, curve: curve.words) }
      guard let average = SeedAverage.point(point).measuredAverage else { continue }
      // Of several sets there is no one hash; a number that is made of marked ones is marked.
      let marks = point.shifts.flatMap { shift in shift.marks.map { "\(shift.dataset): \($0)" } }
      try append(
        start("average_shift", "shift"), Top1Accuracy().key, average.top1,
        average.measuredInterval.map { ($0.lower, $0.upper) },
        [
          String(average.n), point.shifts.first?.provenance?.precision ?? "", "",
          marks.joined(separator: "; "),
        ], curve: curve.words, of: point.shifts.map(\.dataset))
    }
  }

  /// Adds what was scored of a run at one alpha.
  public mutating func add(
    _ scores: DatasetScores, alpha: Double, of folder: RunFolder, _ record: RunRecord
  ) throws(ReportError) {
    // An ensemble scores validation images as a target of their own; they are not the run's target.
    let isValidation =
      scores.provenance?.isSelectionSet == true
      && scores.provenance?.imagesSHA256 == record.data.validation.sha256
    try add(
      scores, isValidation ? "validation" : scores.role.rawValue,
      Self.start(folder, record, seed: record.settings.seeds.all, alpha: alpha, rule: ""), curve: "")
  }

  private mutating func add(
    _ scores: DatasetScores, _ role: String, _ start: (_ dataset: String, _ role: String) -> [String],
    curve: String
  ) throws(ReportError) {
    let end = [
      String(scores.n), scores.provenance?.precision ?? "", scores.provenance?.imagesSHA256 ?? "",
      scores.marks.joined(separator: "; "),
    ]
    for metric in MetricRegistry.all {
      guard let value = scores[metric.key] else { continue }
      try append(
        start(scores.dataset, role), metric.key, value,
        scores.intervals[metric.key].map { ($0.lower, $0.upper) }, end, curve: curve)
    }
    if let drop = scores.drop {
      try append(
        start(scores.dataset, role), "drop", drop.value, (drop.interval.lower, drop.interval.upper), end,
        curve: curve)
    }
  }

  /// `sets` are those that a number is made of, where these are several.
  private mutating func append(
    _ start: [String], _ metric: String, _ value: Double, _ interval: (Double, Double)?, _ end: [String],
    curve: String, of sets: [String] = []
  ) throws(ReportError) {
    // A score is one line whatever has it; but what the rules of a curve choose is a line of that curve.
    let score = start.dropLast() + [metric] + end.dropLast() + sets
    let isNew = seen.insert(score).inserted
    let rule = start.last ?? ""
    let isChosenAnew = rule.isEmpty ? false : seen.insert(score + [rule, curve]).inserted
    guard isNew || isChosenAnew else { return }
    try table.append(
      start + [
        metric, String(value), interval.map { String($0.0) } ?? "", interval.map { String($0.1) } ?? "",
      ]
        + end + [curve])
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
