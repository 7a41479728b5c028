import EvalShift
import Report
import WiSE

/// Exact intervals of accuracies, each computed once: a study has few different sizes of sets.
final class ExactIntervals {
  private struct Key: Hashable {
    let correct, images: Int
  }

  private var known: [Key: ConfidenceBounds] = [:]

  func bounds(_ correct: Int, of images: Int) -> ConfidenceBounds {
    let key = Key(correct: correct, images: images)
    if let found = known[key] { return found }
    let bounds = ConfidenceBounds.clopperPearson(successes: correct, trials: images)
    known[key] = bounds
    return bounds
  }

  /// The accuracy of a set at the alpha of that place.
  func score(_ set: CellResult.Curve.Set, _ place: Int) -> Score {
    let bounds = bounds(set.correct[place], of: set.n)
    return Score(
      top1: set.top1(place), ci95: .init(lower: bounds.lower, upper: bounds.upper), n: set.n)
  }

  /// All scores at the alpha of that place; nil of a curve without a target.
  func point(_ curve: CellResult.Curve, _ place: Int) -> CurvePoint? {
    guard let target = curve.target else { return nil }
    let shifts = curve.shifts
    var point = CurvePoint(
      alpha: curve.alphas[place], target: score(target, place),
      shifts: Dictionary(
        shifts.map { ($0.dataset, score($0, place)) }, uniquingKeysWith: { first, _ in first }))
    point.measuredAverage = point.averageShift(over: shifts.map(\.dataset))
    return point
  }
}

extension CellResult.Curve {
  /// The place of an alpha: of the pre-trained or the fine-tuned weights, what `rule` selects, or the oracle; nil where it was not
  /// scored, or nothing could be chosen.
  func place(_ place: PairedDifference.Place, rule: AlphaSelection.Rule?) -> Int? {
    switch place {
    case .zeroShot: alphas.firstIndex(of: 0)
    case .fineTuned: alphas.firstIndex(of: 1)
    case .selected: rule.flatMap(self.place)
    case .oracle: self.place(.oracle)
    }
  }
}
