import Datasets
import EvalShift
import Experiments
import Foundation
import Report
import TensorCore
import Training
import WiSE

/// Runs a WiSE curve with its progress shown, keeps it, and prints it.
enum WiseSession {
  /// A curve that cannot be kept is told, not lost.
  static func run(
    _ run: LoadedRun, alphas: [Double], suite: EvaluationSuite,
    rule: AlphaSelection.Rule = .oneStandardError, movement: MovementOptions? = nil,
    arguments: [SetArgument] = [], resampling: Resampling = Resampling()
  ) throws -> (curve: WiseCurve, notKept: String?) {
    let (curve, predictions) = try trace(
      WiseJob(
        model: ScoredModel(run: run), subject: .init(run: run), alphas: alphas, suite: suite, rule: rule,
        shape: try movement?.shape() ?? .plain, selectsBeyond: movement?.selectExtrapolated ?? false,
        arguments: arguments, resampling: resampling))
    do {
      try run.folder.keep(curve, predictions)
      return (curve, nil)
    } catch let error as any ClassifiedError {
      return (curve, error.description)
    }
  }

  /// Runs a job with its progress shown.
  static func trace(
    _ job: WiseJob
  ) throws -> (curve: WiseCurve, predictions: CurvePredictions) {
    let progress = Progress("curve of \(job.subject.method)", total: job.work, unit: "images")
    do {
      let found = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
      progress.finish()
      return found
    } catch is WorkStopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
  }

  /// One table a metric; of those that were asked for, or of the accuracy.
  static func table(_ curve: WiseCurve, metrics: [any Metric] = []) -> String {
    let tables = (metrics.isEmpty ? [MetricRegistry.standard] : metrics).map { metric in
      (metrics.isEmpty ? "" : Figures.heading(metric) + "\n") + table(curve, of: metric)
    }
    return tables.joined(separator: "\n") + "\n" + notes(curve, metrics)
  }

  private static func table(_ curve: WiseCurve, of metric: any Metric) -> String {
    let shifts = curve.points.first?.shifts ?? []
    var columns: [TextTable.Column] = [
      .init("alpha", .right), .init(heading(curve.points.first?.target, "target"), .right),
    ]
    columns += shifts.map { .init(heading($0, ""), .right) }
    columns.append(.init("shift average" + (shifts.allSatisfy(\.marks.isEmpty) ? "" : " *"), .right))
    if hasValidation(curve) { columns.append(.init("validation", .right)) }
    columns.append(.init(""))
    var table = TextTable(columns: columns)
    for point in curve.points {
      var cells = [String(point.alpha), Figures.text(point.target[metric.key], metric)]
      cells += point.shifts.map { Figures.text($0[metric.key], metric) }
      cells.append(Figures.text(Scores.averageShift(point.shifts, of: metric), metric))
      if hasValidation(curve) { cells.append(Figures.text(point.validation?[metric.key], metric)) }
      table.append(cells + [marks(of: point.alpha, curve)])
    }
    return table.text()
  }

  /// Where the target is the validation set, one column has both.
  private static func hasValidation(_ curve: WiseCurve) -> Bool {
    curve.points.first?.validation != nil
      && curve.points.first?.target.provenance?.isSelectionSet != true
  }

  /// What stands below the tables.
  private static func notes(_ curve: WiseCurve, _ metrics: [any Metric]) -> String {
    let shifts = curve.points.first?.shifts ?? []
    let target = curve.points.first?.target
    let validation = curve.points.first?.validation
    let selected =
      curve.selected.map { "selected: alpha \($0.alpha), \($0.rule.words)" }
      ?? (validation == nil
        ? "selected: none, as there are no validation images to select by"
          // A run has its own, or none.
          + (curve.seed == nil ? "; name some with --val" : "")
        : "selected: none, as the rule that was asked for cannot choose among these alphas")
    var marks = ([target].compactMap { $0 } + shifts).flatMap(notes)
    marks += ([target].compactMap { $0 } + shifts).filter { $0.ownMetric != nil && metrics.isEmpty }.map {
      "\($0.dataset): the field reports \($0.metric), which --metric \($0.metric) shows; the table has top-1 accuracy"
    }
    if let trained = validation?.provenance?.overlaps.train, trained > 0 {
      marks.append(
        "* validation: \(trained) images were trained on, so that the selection of alpha means nothing")
    }
    if metrics.contains(where: { $0.needs.contains(.temperature) }) {
      marks += curve.points.compactMap { point in
        temperature(point.target).map { "alpha \(point.alpha): \($0)" }
      }
    }
    if let movement = Self.movement(curve) { marks.append(movement) }
    if let head = curve.head {
      marks.append(
        head == .trained
          ? "head: the two models' trained heads, interpolated"
          : "head: made from prompts at each alpha, zero-shot")
    }
    return (marks + [selected]).joined(separator: "\n")
  }

  /// What moves with alpha, where that is not all by alpha itself.
  private static func movement(_ curve: WiseCurve) -> String? {
    curve.isWhole ? nil : "alpha moves \(curve.movement); what does not move is fine-tuned"
  }

  /// A star leads to the notes below the table.
  private static func heading(_ scores: DatasetScores?, _ fallback: String) -> String {
    guard let scores else { return fallback }
    return scores.dataset + (scores.marks.isEmpty ? "" : " *")
  }

  /// What a reader of a set's scores must know.
  static func notes(_ scores: DatasetScores) -> [String] {
    scores.marks.map { "* \(scores.dataset): \($0)" }
  }

  /// What is to be known of a temperature that is no minimum.
  static func temperature(_ scores: DatasetScores) -> String? {
    scores.temperatureOutcome.map { "the temperature is no minimum but \($0.words)" }
  }

  /// Which rules choose an alpha.
  private static func marks(of alpha: Double, _ curve: WiseCurve) -> String {
    let rules = (curve.selections + [curve.oracle].compactMap { $0 }).filter { $0.alpha == alpha }
    return rules.map { $0.rule.rawValue + ($0 == curve.selected ? " (selected)" : "") }
      .joined(separator: ", ")
  }
}
