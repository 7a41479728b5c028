import EvalShift
import Experiments
import Report

/// Comparisons as tables for people.
enum ComparisonText {
  static func text(_ result: ComparisonResult) -> String {
    (result.comparisons.map(comparison) + (result.robustness.isEmpty ? [] : [robustness(result.robustness)]))
      .joined(separator: "\n\n")
  }

  private static func comparison(_ comparison: Comparison) -> String {
    var runs = TextTable(columns: [
      .init("run"), .init("method"), .init("seed", .right), .init("alpha", .right), .init("top-1 %", .right),
      .init("95% interval", .right),
    ])
    for run in comparison.runs {
      runs.append([
        run.run, run.group, run.seed.map { "\($0)" } ?? "–", String(run.alpha), Figures.percent(run.top1),
        Figures.interval(run.top1Interval, MetricRegistry.standard),
      ])
    }
    let notes = comparison.marks.map { "* \(comparison.dataset): \($0)" }
    return
      ([
        "\(comparison.dataset), \(Figures.count(comparison.n)) images, \(comparison.precision)"
          + (comparison.competition == .full ? ", against all classes" : ""), runs.text(), pairs(comparison),
      ] + notes + [legend(comparison)]).joined(separator: "\n")
  }

  /// The mean of several seeds with both sources of chance; none where every method has one run.
  private static func methods(_ comparison: Comparison) -> [String] {
    guard comparison.methods.contains(where: { $0.seeds > 1 }) else { return [] }
    var table = TextTable(columns: [
      .init("method"), .init("seeds", .right), .init("mean top-1 %", .right), .init("95% interval", .right),
      .init("sd over seeds", .right), .init("se over images", .right),
    ])
    for method in comparison.methods {
      table.append([
        method.group, "\(method.seeds)", Figures.percent(method.top1),
        Figures.interval(method.top1Interval, MetricRegistry.standard),
        Figures.percent(method.seedDeviation), Figures.percent(method.imageError),
      ])
    }
    return [table.text()]
  }

  /// One row a pair of runs where no method has several, else one a pair of groups beside what seeds do.
  private static func pairs(_ comparison: Comparison) -> String {
    let known = PairMetricRegistry.all.filter { metric in
      comparison.groups.contains { $0.values[metric.key] != nil }
    }
    let hasSeeds = comparison.pairs.contains(where: \.isOfSeeds)
    var table = TextTable(
      columns: [.init("pair"), .init(hasSeeds ? "differ" : "p (Holm)", .right)]
        + known.map { .init(Figures.heading($0), .right) })
    func cells(_ values: [String: Double]) -> [String] {
      known.map { Figures.text(values[$0.key], $0) }
    }
    if hasSeeds {
      for pair in comparison.groups where pair.a != pair.b {
        table.append(
          ["\(pair.a) → \(pair.b)", "\(pair.significant) of \(pair.pairs)"] + cells(pair.values))
      }
      for pair in comparison.groups where pair.a == pair.b {
        table.append(["seeds of \(pair.a)", "–"] + cells(pair.values))
      }
    } else {
      for pair in comparison.pairs {
        table.append(["\(pair.a) → \(pair.b)", Figures.probability(pair.holm)] + cells(pair.values))
      }
    }
    return table.text()
  }

  private static func legend(_ comparison: Comparison) -> String {
    let hasSeeds = comparison.pairs.contains(where: \.isOfSeeds)
    let test =
      hasSeeds
      ? "differ: pairs of runs whose accuracies differ at 5% by McNemar's exact test after Holm's correction; numbers are means "
        + "over pairs, and 'seeds of' is what another seed of the same method does."
      : "p (Holm): McNemar's exact test of equal accuracy, corrected over all pairs. No method has several seeds here, so that "
        + "nothing says how much of a difference is the seed's."
    return test + " JSON has every pair with its intervals."
  }

  private static func robustness(_ runs: [RobustnessSummary]) -> String {
    let columns: [(String, (RobustnessSummary) -> String?)] = [
      ("target %", { Figures.percent($0.top1) }), ("shifts %", { Figures.percent($0.averageShift) }),
      ("drop", { $0.averageDrop.map { Figures.percent($0) } }),
      ("relative", { $0.averageRelative.map { Figures.percent($0) } }),
      ("effective", { $0.averageEffective.map { Figures.percent($0) } }),
      ("mCE %", { $0.meanCorruptionError.map { Figures.percent($0) } }),
      (
        "hypervolume",
        { run in
          run.frontier.map { frontier in
            Figures.percent(frontier.hypervolume)
              + (frontier.hypervolumeBounds.map {
                " (\(Figures.percent($0.lower))–\(Figures.percent($0.upper)))"
              } ?? "")
          }
        }
      ),
    ]
    let known = columns.filter { column in runs.contains { column.1($0) != nil } }
    var table = TextTable(
      columns: [.init("run"), .init("method")] + known.map { .init($0.0, .right) })
    for run in runs { table.append([run.run, run.group] + known.map { $0.1(run) ?? "–" }) }
    return "Robustness, averaged over the shifts, in points of accuracy\n" + table.text()
      + "\ndrop: below the target's images of a shift's classes; relative: above the zero-shot model; effective: above the line of "
      + "models without an intervention, where the table of models has these sets; hypervolume: of the curve's frontier of "
      + "target and mean shift accuracy, in % of the unit square."
  }
}
