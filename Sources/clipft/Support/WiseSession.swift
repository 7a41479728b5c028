import Report
import Training

/// Runs a WiSE curve with its progress shown, and prints it.
enum WiseSession {
  /// `start` is alpha 0 as scored for another run from the same weights and head.
  static func run(
    _ run: LoadedRun, alphas: [Double], suite: EvaluationSuite, start: WiseCurve.Point? = nil
  ) throws -> WiseCurve {
    let job = WiseJob(
      run: run, alphas: alphas, target: suite.target, shifts: suite.shifts, validation: suite.validation,
      start: start)
    let progress = Progress("curve of \(run.record.method)", total: job.work, unit: "images")
    do {
      let curve = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
      progress.finish()
      return curve
    } catch is ShiftEvaluator.Stopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
  }

  static func table(_ curve: WiseCurve) -> String {
    let shifts = curve.points.first?.shifts.map(\.dataset) ?? []
    var table = TextTable(
      columns: [.init("alpha", .right), .init(curve.points.first?.target.dataset ?? "target", .right)]
        + shifts.map { .init($0, .right) } + [.init("shift average", .right), .init("")])
    for point in curve.points {
      let marks = [
        point.alpha == curve.selected?.alpha ? "selected on validation" : nil,
        point.alpha == curve.oracle?.alpha ? "oracle" : nil,
      ]
      table.append(
        [String(point.alpha), Figures.percent(point.target.top1)]
          + point.shifts.map { Figures.percent($0.top1) }
          + [Figures.percent(point.averageShift), marks.compactMap { $0 }.joined(separator: ", ")])
    }
    return table.text()
  }
}
