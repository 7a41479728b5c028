import EvalShift
import Report
import Training

/// Scores of one method averaged over runs that differ in their seeds.
///
/// The interval of a mean holds two sources of chance, whose half-widths add in squares: which images were drawn (the
/// mean of the runs' own intervals, since all were scored on the same images), and which seed was (Student's t over the
/// runs). Of one run it is the run's own.
enum SeedAverage {
  static func point(_ point: WiseCurve.Point) -> CurvePoint { self.point([point]) }

  static func point(_ points: [WiseCurve.Point]) -> CurvePoint {
    let curvePoints = points.map { point in
      var own = CurvePoint(
        alpha: point.alpha, target: score(point.target),
        shifts: Dictionary(
          point.shifts.map { ($0.dataset, score($0)) }, uniquingKeysWith: { first, _ in first }))
      own.measuredAverage = own.averageShift(over: point.shifts.map(\.dataset))
      return own
    }
    guard curvePoints.count > 1, let first = curvePoints.first else {
      return curvePoints.first ?? CurvePoint(alpha: .nan, target: .missing)
    }
    let names = points[0].shifts.map(\.dataset)
    let averages = curvePoints.compactMap { $0.averageShift(over: names) }
    return CurvePoint(
      alpha: first.alpha, target: mean(curvePoints.map(\.target)),
      shifts: Dictionary(
        names.map { name in (name, mean(curvePoints.compactMap { $0.shifts[name] })) },
        uniquingKeysWith: { first, _ in first }),
      measuredAverage: averages.count == curvePoints.count ? mean(averages) : nil)
  }

  private static func mean(_ scores: [Score]) -> Score {
    func mean(_ values: [Double?]) -> Double? {
      let known = values.compactMap { $0 }
      return known.count == scores.count ? known.reduce(0, +) / Double(known.count) : nil
    }
    let top1 = mean(scores.map(\.measuredTop1)) ?? .nan
    let ofSeeds = StudentInterval.halfWidth(scores.compactMap(\.measuredTop1)) ?? 0
    let below = mean(scores.map { score in score.measuredInterval.map { score.top1 - $0.lower } })
    let above = mean(scores.map { score in score.measuredInterval.map { $0.upper - score.top1 } })
    var interval: ConfidenceInterval?
    if let below, let above {
      interval = ConfidenceInterval(
        lower: max(0, top1 - (below * below + ofSeeds * ofSeeds).squareRoot()),
        upper: min(1, top1 + (above * above + ofSeeds * ofSeeds).squareRoot()))
    }
    return Score(
      top1: top1, ci95: interval, n: scores.first?.n ?? 0, top5: mean(scores.map(\.top5)),
      ece: mean(scores.map(\.ece)), nll: mean(scores.map(\.nll)))
  }

  private static func score(_ scores: DatasetScores) -> Score {
    Score(
      top1: scores.top1,
      ci95: ConfidenceInterval(lower: scores.top1Interval.lower, upper: scores.top1Interval.upper),
      n: scores.n, top5: scores.top5, ece: scores.ece, nll: scores.nll)
  }
}
