import Foundation

/// How an axis maps values to lengths.
public enum PlotScaleKind: Sendable, Equatable {
  case linear
  /// Powers of ten at equal distances; values that are not positive have no place on it.
  case logarithmic
  /// Percentages by the logarithm of their odds; 0 and 100 have no place on it.
  case logit

  /// Where a value lies on a linear scale of the axis; nil for one that has no place.
  func place(of value: Double) -> Double? {
    guard let value = value.ifPlottable else { return nil }
    switch self {
    case .linear: return value
    case .logarithmic: return value > 1e-12 ? log10(value) : nil
    case .logit: return value > 1e-6 && value < 100 - 1e-6 ? log(value / (100 - value)) : nil
    }
  }
}

/// A map from values to positions along an axis, with the ticks to show on it.
package struct PlotScale: Sendable {
  let kind: PlotScaleKind
  let domain: ClosedRange<Double>
  let start: Double
  let end: Double
  package let ticks: [Double]
  /// Digits after the point that tell every two ticks apart.
  let tickDecimals: Int

  /// A scale that holds all of `values` between the positions `start` and `end`.
  package init(
    values: [Double], kind: PlotScaleKind = .linear, start: Double, end: Double, tickCount: Int,
    margin: Double = 0.06, limits: ClosedRange<Double>? = nil
  ) {
    let transformed = values.compactMap(kind.place)
    var lower = transformed.min() ?? 0
    var upper = transformed.max() ?? 1
    // One value, or values that differ only by rounding, are shown in the middle of a readable range.
    let least = max(1e-9, max(lower.magnitude, upper.magnitude) * 1e-6)
    if upper - lower < least {
      let room = lower == 0 ? 0.5 : max(lower.magnitude * 0.1, least)
      lower -= room
      upper += room
    } else {
      let room = (upper - lower) * margin
      lower -= room
      upper += room
    }
    if let limits, kind == .linear {
      let fits = transformed.allSatisfy { limits.contains($0) }
      if fits { (lower, upper) = (max(lower, limits.lowerBound), min(upper, limits.upperBound)) }
    }
    self.kind = kind
    self.domain = lower...upper
    self.start = start
    self.end = end
    let step = kind == .linear ? Self.niceStep(upper - lower, count: tickCount) : 1
    (ticks, tickDecimals) = Self.ticks(
      in: lower...upper, step: step, kind: kind, mostTicks: max(2, tickCount * 3))
  }

  /// The position of `value`, or nil where it has none.
  package func position(_ value: Double) -> Double? {
    guard let place = kind.place(of: value) else { return nil }
    return start + (place - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
  }

  /// The ticks whose labels stand clear of each other, of which `width` says how much room each takes: the roundest first, and where
  /// those are equally round, from the start.
  package func ticksWithRoom(_ width: (Double) -> Double) -> [Double] {
    func roundness(_ tick: Double) -> Int {
      guard kind == .logarithmic, tick > 0 else { return 0 }
      let fraction = tick / pow(10, floor(log10(tick) + 1e-9))
      return fraction < 1.5 ? 0 : abs(fraction - 5) < 0.5 ? 1 : 2
    }
    var taken: [(tick: Double, from: Double, to: Double)] = []
    for tick in ticks.enumerated().sorted(by: { (roundness($0.1), $0.0) < (roundness($1.1), $1.0) }).map(\.1)
    {
      guard let place = position(tick) else { continue }
      let (from, to) = (place - width(tick) / 2, place + width(tick) / 2)
      if taken.allSatisfy({ to <= $0.from || $0.to <= from }) { taken.append((tick, from, to)) }
    }
    return taken.map(\.tick)
  }

  /// The position of `value`, moved to the nearer end where it lies outside the axis.
  func clampedPosition(_ value: Double) -> Double? {
    position(value).map { min(max($0, min(start, end)), max(start, end)) }
  }

  /// A step of 1, 2 or 5 times a power of ten that divides `span` into about `count` parts.
  private static func niceStep(_ span: Double, count: Int) -> Double {
    let raw = span / Double(max(1, count))
    let power = pow(10, floor(log10(raw)))
    let fraction = raw / power
    let nice = fraction < 1.5 ? 1.0 : fraction < 3.5 ? 2.0 : fraction < 7.5 ? 5.0 : 10.0
    return nice * power
  }

  private static func ticks(
    in range: ClosedRange<Double>, step: Double, kind: PlotScaleKind, mostTicks: Int
  ) -> ([Double], Int) {
    switch kind {
    case .logarithmic: return logarithmicTicks(in: range, most: mostTicks)
    case .logit: return logitTicks(in: range, most: max(2, mostTicks / 3))
    case .linear: break
    }
    let first = (range.lowerBound / step).rounded(.up)
    let count = Int(min(Double(mostTicks), (range.upperBound / step).rounded(.down) - first + 1))
    let decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    return ((0..<max(0, count)).map { (first + Double($0)) * step }, decimals)
  }

  /// Round percentages, denser where odds change faster; of neighbours that would stand too close, the first.
  private static func logitTicks(in range: ClosedRange<Double>, most: Int) -> ([Double], Int) {
    func percent(_ logit: Double) -> Double { 100 / (1 + exp(-logit)) }
    let (low, high) = (percent(range.lowerBound), percent(range.upperBound))
    let wide: [Double] = [
      0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9, 99.99,
    ]
    let step = niceStep(high - low, count: most)
    let candidates =
      high - low > 40
      ? wide
      : (0...(3 * most)).map { ((low / step).rounded(.up) + Double($0)) * step }
    let apart = (range.upperBound - range.lowerBound) / Double(most) * 0.55
    var ticks: [Double] = []
    for value in candidates {
      guard let place = PlotScaleKind.logit.place(of: value), range.contains(place) else { continue }
      if let last = ticks.last.flatMap(PlotScaleKind.logit.place), place - last < apart { continue }
      ticks.append(value)
    }
    return (ticks, 4)
  }

  /// Whole powers of ten, with their doubles and fivefolds where there are few of them.
  private static func logarithmicTicks(in range: ClosedRange<Double>, most: Int) -> ([Double], Int) {
    let span = range.upperBound - range.lowerBound
    let multiples: [Double] = span < 1.5 ? [1, 2, 3, 5, 7] : span < 3 ? [1, 2, 5] : [1]
    let stride = max(1, Int((span / Double(max(1, most))).rounded(.up)))
    var ticks: [Double] = []
    var power = Int(range.lowerBound.rounded(.down))
    while Double(power) <= range.upperBound {
      for multiple in multiples where range.contains(Double(power) + log10(multiple)) {
        ticks.append(multiple * pow(10, Double(power)))
      }
      power += stride
    }
    return (ticks, max(0, -Int(range.lowerBound.rounded(.down))))
  }
}
