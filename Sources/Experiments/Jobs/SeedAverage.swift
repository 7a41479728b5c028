import EvalShift
import Report
import Training

/// Scores of one method averaged over runs that differ in their seeds.
///
/// Intervals of means hold the chance of the images and that of the seeds; see `SeedInterval`.
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
    return average(curvePoints, shifts: points.first?.shifts.map(\.dataset) ?? [])
  }

  /// The mean of several runs' points, each with the average over its `shifts`.
  static func average(_ curvePoints: [CurvePoint], shifts names: [String]) -> CurvePoint {
    guard curvePoints.count > 1, let first = curvePoints.first else {
      return curvePoints.first ?? CurvePoint(alpha: .nan, target: .missing)
    }
    let averages = curvePoints.compactMap { $0.averageShift(over: names) }
    return CurvePoint(
      alpha: first.alpha, target: mean(curvePoints.map(\.target)),
      shifts: Dictionary(
        names.map { name in (name, mean(curvePoints.compactMap { $0.shifts[name] })) },
        uniquingKeysWith: { first, _ in first }),
      measuredAverage: averages.count == curvePoints.count ? mean(averages) : nil)
  }

  /// Of every metric that all have.
  private static func mean(_ scores: [Score]) -> Score {
    let first = scores.first ?? .missing
    var mean = Score(n: first.n, values: [:])
    for metric in first.values.keys {
      let values = scores.compactMap { $0.measured(metric) }
      guard values.count == scores.count else { continue }
      let value = values.reduce(0, +) / Double(values.count)
      mean.values[metric] = value
      let own = scores.compactMap { $0.measuredInterval(metric) }.map {
        ConfidenceBounds(lower: $0.lower, upper: $0.upper)
      }
      let isFraction = MetricRegistry.named(metric)?.unit == .fraction
      mean.intervals[metric] = SeedInterval.bounds(of: values, own: own, limits: isFraction ? 0...1 : nil).map
      {
        .init(lower: $0.lower, upper: $0.upper)
      }
    }
    return mean
  }

  static func score(_ scores: DatasetScores) -> Score {
    Score(
      n: scores.n, values: scores.values,
      intervals: scores.intervals.mapValues { .init(lower: $0.lower, upper: $0.upper) })
  }
}
