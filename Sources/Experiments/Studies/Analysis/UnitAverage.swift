import EvalShift
import Foundation
import Report
import WiSE

/// The means of runs that differ in nothing but their seeds.
struct UnitAverage {
  let name: String
  let results: [CellResult]
  let choice: String?
  /// By which alpha is selected.
  let rule: AlphaSelection.Rule?
  let intervals: ExactIntervals

  /// The scores at a place of the curves; nil where a run has none there.
  func point(_ place: PairedDifference.Place) -> CurvePoint? {
    average { curve in curve.place(place, rule: rule) }
  }

  private func average(_ place: (CellResult.Curve) -> Int?) -> CurvePoint? {
    let points = results.compactMap { result in
      result.curve.flatMap { curve in place(curve).flatMap { intervals.point(curve, $0) } }
    }
    guard points.count == results.count, !points.isEmpty else { return nil }
    return SeedAverage.average(points, shifts: shifts)
  }

  private var shifts: [String] { results.first?.curve?.shifts.map(\.dataset) ?? [] }

  /// All points of the curves.
  var curve: [CurvePoint] {
    (results.first?.curve?.alphas ?? []).compactMap { alpha in
      average { $0.alphas.firstIndex(of: alpha) }
    }
  }

  private func standing(_ place: PairedDifference.Place) -> StudyUnit.Standing? {
    point(place).map { .init(target: $0.target, shifts: $0.averageShift(over: shifts)) }
  }

  /// What a rule chose for each run, and the scores there; nil where it cannot choose for one.
  func choice(_ place: PairedDifference.Place) -> AlphaChoice? {
    let curves = results.compactMap(\.curve)
    let alphas = curves.compactMap { curve in curve.place(place, rule: rule).map { curve.alphas[$0] } }
    guard !alphas.isEmpty, alphas.count == results.count,
      let rule = place == .oracle ? .oracle : rule
    else { return nil }
    return AlphaChoice(alphas: alphas, rule: rule.rawValue, words: rule.words, point: point(place))
  }

  /// Nil without results.
  var unit: StudyUnit? {
    guard let first = results.first else { return nil }
    return StudyUnit(
      name: name, method: first.method, options: first.unusualOptions.text, choice: choice,
      seeds: results.count,
      tunedParameters: first.tunedParameters, headParameters: first.headParameters,
      target: first.curve?.target?.dataset ?? "", zeroShot: standing(.zeroShot),
      fineTuned: standing(.fineTuned), selected: standing(.selected),
      selectedAlpha: choice(.selected)?.alphaText ?? "–")
  }

  func method(name: String) -> MethodResult? {
    guard let first = results.first else { return nil }
    let selected = choice(.selected)
    return MethodResult(
      name: name, look: first.look, seeds: results.map(\.seed), tunedParameters: first.tunedParameters,
      headParameters: first.headParameters, curve: curve, selected: selected,
      selections: [selected].compactMap { $0 }, oracle: choice(.oracle))
  }
}
