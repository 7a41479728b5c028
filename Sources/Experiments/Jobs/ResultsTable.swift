import EvalShift
import Report
import Training

/// Everything scored along the curves of runs, a line each metric of each set at each alpha of each run; and the average
/// over the shifts, as a set `average_shift`.
enum ResultsTable {
  static let columns = [
    "run", "method", "options", "seed", "dataset", "role", "alpha", "rule", "metric", "value", "ci_low",
    "ci_high", "n", "precision", "images_sha256", "marks",
  ]

  static func table(_ runs: [ComparableRuns.Traced]) throws(ReportError) -> DelimitedTable {
    var table = DelimitedTable(columns: columns)
    for (run, curve) in runs {
      let options = run.record.choices.text
      for point in curve.points {
        let rules = (curve.selections + [curve.oracle].compactMap { $0 }).filter { $0.alpha == point.alpha }
          .map(\.rule.rawValue).joined(separator: " ")
        let sets =
          [(point.target, "target")] + point.shifts.map { ($0, "shift") }
          + (point.validation.map { [($0, "validation")] } ?? [])
        func start(_ dataset: String, _ role: String) -> [String] {
          [
            run.folder.url.lastPathComponent, run.record.method, options, curve.seed.map(String.init) ?? "",
            dataset, role,
            String(point.alpha), rules,
          ]
        }
        func line(_ value: Double, _ interval: (lower: Double, upper: Double)?) -> [String] {
          [String(value), interval.map { String($0.lower) } ?? "", interval.map { String($0.upper) } ?? ""]
        }
        for (scores, role) in sets {
          let provenance = scores.provenance
          let end = [
            String(scores.n), provenance?.precision ?? "", provenance?.imagesSHA256 ?? "",
            scores.marks.joined(separator: "; "),
          ]
          for metric in MetricRegistry.all {
            guard let value = scores[metric.key] else { continue }
            let interval = scores.intervals[metric.key]
            try table.append(
              start(scores.dataset, role) + [metric.key]
                + line(value, interval.map { ($0.lower, $0.upper) }) + end)
          }
        }
        for (scores, _) in sets {
          guard let drop = scores.drop else { continue }
          try table.append(
            start(scores.dataset, "shift") + ["drop"]
              + line(drop.value, (drop.interval.lower, drop.interval.upper))
              + [
                String(scores.n), scores.provenance?.precision ?? "", scores.provenance?.imagesSHA256 ?? "",
                scores.marks.joined(separator: "; "),
              ])
        }
        if let average = SeedAverage.point(point).measuredAverage {
          // Of several sets there is no one hash, and what marks them stands in their own lines.
          try table.append(
            start("average_shift", "shift") + ["top1"]
              + line(average.top1, average.measuredInterval.map { ($0.lower, $0.upper) })
              + [String(average.n), point.shifts.first?.provenance?.precision ?? "", "", ""])
        }
      }
    }
    return table
  }
}
