import EvalShift
import Experiments
import Report

/// Comparisons as tables for people.
enum ComparisonText {
  static func text(_ result: ComparisonResult) -> String {
    let marks = result.comparisons.flatMap { set in set.marks.map { "* \(set.dataset): \($0)" } }
    return
      (result.comparisons.map(comparison)
      + (result.robustness.isEmpty ? [] : [robustness(result.robustness, marks: marks)]))
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
      ? "differ: pairs of runs whose accuracies differ at 5% by McNemar's exact test after Holm's correction over all pairs "
        + "of runs of different methods on this set; numbers are means over pairs, and 'seeds of' is what another seed of the same method does."
      : "p (Holm): McNemar's exact test of equal accuracy, corrected over all pairs of runs on this set. No method has several seeds here, so that "
        + "nothing says how much of a difference is the seed's."
    let directed = PairMetricRegistry.all.filter { metric in
      metric.isDirected && comparison.pairs.contains { $0.values[metric.key] != nil }
    }.map { " \($0.title): \($0.summary)." }
    let lacking = PairMetricRegistry.all.filter { !comparison.resampling.gives($0) }.map {
      " \($0.title) has no interval over classes: \($0.lacksIntervalOverClasses ?? "")."
    }
    return test + " JSON has every pair with its intervals." + (directed + lacking).joined()
  }

  /// A measure of robustness on single shifts, which a table shows averaged over those that have it.
  private struct Measure {
    let title: String
    let words: String
    let value: (RobustnessSummary.Shift) -> Double?

    /// The shifts that any run has it on.
    func shifts(_ runs: [RobustnessSummary]) -> [String] {
      (runs.first?.shifts.map(\.dataset) ?? []).filter { name in
        runs.contains { run in run.shifts.contains { $0.dataset == name && value($0) != nil } }
      }
    }

    func mean(_ run: RobustnessSummary, over names: [String]) -> Double? {
      let known = run.shifts.filter { names.contains($0.dataset) }.compactMap(value)
      return known.isEmpty || known.count < names.count ? nil : known.reduce(0, +) / Double(known.count)
    }
  }

  private static var measures: [Measure] {
    [
      Measure(title: "drop", words: "below the target's images of a shift's classes", value: \.drop),
      Measure(title: "relative", words: "above the zero-shot model", value: \.relative),
      Measure(
        title: "effective", words: "above the line of models without an intervention", value: \.effective),
    ]
  }

  private static func robustness(_ runs: [RobustnessSummary], marks: [String]) -> String {
    var columns: [(title: String, words: String?, value: (RobustnessSummary) -> String?)] = [
      ("target %", nil, { Figures.percent($0.top1) }),
      ("shifts %", nil, { Figures.percent($0.averageShift) }),
    ]
    var notes: [String] = []
    for measure in measures {
      let shifts = measure.shifts(runs)
      columns.append(
        (measure.title, measure.words, { measure.mean($0, over: shifts).map { Figures.percent($0) } }))
      let without = (runs.first?.shifts.map(\.dataset) ?? []).filter { !shifts.contains($0) }
      if !shifts.isEmpty, !without.isEmpty {
        notes.append(
          "\(measure.title): over \(shifts.joined(separator: ", ")) alone, as it is not known of "
            + without.joined(separator: ", "))
      }
    }
    columns += [
      ("mCE %", nil, { $0.meanCorruptionError.map { Figures.percent($0) } }),
      (
        "hypervolume", "of the curve's frontier of target and mean shift accuracy, in % of the unit square",
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
    let known = columns.filter { column in runs.contains { column.value($0) != nil } }
    if known.contains(where: { $0.title == "relative" }) == false {
      notes.append("relative: not known, as `clipft wise` scored no run's zero-shot model on these shifts")
    }
    var table = TextTable(
      columns: [.init("run"), .init("method")] + known.map { .init($0.title, .right) })
    for run in runs { table.append([run.run, run.group] + known.map { $0.value(run) ?? "–" }) }
    let legend = known.compactMap { column in column.words.map { "\(column.title): \($0)" } }
    return
      ([
        "Robustness, averaged over the shifts, in points of accuracy\(marks.isEmpty ? "" : " *")\n"
          + table.text()
      ]
      + (legend.isEmpty ? [] : [legend.joined(separator: "; ") + "."]) + notes + marks).joined(
        separator: "\n")
  }
}
