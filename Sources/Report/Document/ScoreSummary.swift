import Foundation

extension CurvePoint {
  /// The mean top-1 over `datasets`, or nil where one of them was not measured: a mean over fewer shifts
  /// would not compare. Its interval takes the datasets as independent, so that half-widths add in squares.
  public func averageShift(over datasets: [String]) -> Score? {
    guard !datasets.isEmpty else { return nil }
    if let measuredAverage, Set(datasets) == Set(shifts.keys) { return measuredAverage }
    var sum = 0.0
    var images = 0
    var below: Double? = 0
    var above: Double? = 0
    for name in datasets {
      guard let score = shifts[name], let top1 = score.measuredTop1 else { return nil }
      sum += top1
      images = images.addingReportingOverflow(score.n).partialValue
      let interval = score.measuredInterval
      below = below.flatMap { total in interval.map { total + ($0.lower - top1) * ($0.lower - top1) } }
      above = above.flatMap { total in interval.map { total + ($0.upper - top1) * ($0.upper - top1) } }
    }
    let count = Double(datasets.count)
    let mean = sum / count
    var interval: ConfidenceInterval?
    if let below, let above {
      interval = ConfidenceInterval(
        lower: mean - below.squareRoot() / count, upper: mean + above.squareRoot() / count)
    }
    return Score(top1: mean, ci95: interval, n: images)
  }
}

extension MethodResult {
  /// The point of the curve at `alpha`.
  public func point(at alpha: Double) -> CurvePoint? {
    curve.first { abs($0.alpha - alpha) < 1e-6 }
  }

  /// The scores of the fine-tuned weights.
  public var fineTuned: CurvePoint? { point(at: 1) }

  /// The scores at the selected alpha.
  public var selectedPoint: CurvePoint? { selected?.point }

  /// The scores at the oracle's alpha.
  public var oraclePoint: CurvePoint? { oracle?.point }

  /// The curve in the order of alpha, without points whose alpha is not a number.
  package var orderedCurve: [CurvePoint] {
    curve.filter { $0.alpha.ifPlottable != nil }.sorted { $0.alpha < $1.alpha }
  }
}

extension ReportDocument {
  /// The name of the target dataset, where the document names one.
  public var targetName: String? { datasets.first { $0.role == .target }?.name }

  /// The shifts in the order of the document; where it lists none, those the curves know, by name.
  public var shiftNames: [String] {
    var seen = Set<String>()
    let listed = datasets.filter { $0.role == .shift }.map(\.name).filter { seen.insert($0).inserted }
    if !listed.isEmpty { return listed }
    let points = methods.flatMap(\.curve) + (zeroShot.map { [$0] } ?? [])
    return Set(points.flatMap(\.shifts.keys)).sorted()
  }

  /// The zero-shot scores, or the curves' point at alpha 0 where the document gives none.
  public var startingPoint: CurvePoint? {
    zeroShot ?? methods.lazy.compactMap { $0.point(at: 0) }.first
  }
}
