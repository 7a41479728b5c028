import EvalShift
import Foundation
import Report
import WiSE

/// Do parameter-efficient methods lose less under shift, and what does interpolation with the pre-trained weights bring?
struct RobustnessQuestion {
  let scope: QuestionScope

  private static let balance = "the mean of target and shift accuracy"
  private static let interpolation = "Interpolation at the selected α has a better balance than both its ends"
  private static let fullBalance =
    "With interpolation, full fine-tuning has a better balance than parameter-efficient methods"
  private static let noneBetween = "No run was scored between α = 0 and α = 1 (score.alphas)."

  /// Whether some run was scored between the ends.
  private var interpolates: Bool {
    scope.contenders.flatMap(\.any).flatMap(\.runs).contains { run in
      run.result.curve?.alphas.contains { $0 > 0 && $0 < 1 } == true
    }
  }

  func answer() throws -> StudyQuestion {
    let rule = scope.rule.map { " The selected α is \($0.words), on validation images." } ?? ""
    return StudyQuestion(
      key: "robustness", title: "What is lost under shift, and what does interpolation bring back?",
      scope: "Answered on the target and the mean over its shifts"
        + (scope.words.isEmpty ? "" : ": \(scope.words)") + ".\(rule) Balance is \(Self.balance).",
      claims: [
        try scope.claim(
          "Parameter-efficient methods lose less under shift than full fine-tuning", .init(scope.efficient),
          above: .init(scope.full), .shifts,
          quantity: "their mean accuracy under shift minus that of full fine-tuning, at α = 1",
          lacking: scope.efficient.isEmpty ? "a parameter-efficient method" : "full fine-tuning",
          detail: { _ in try losses() }),
        try interpolates ? interpolation() : StudyClaim(Self.interpolation, notAsked: Self.noneBetween),
        try !interpolates
          ? StudyClaim(Self.fullBalance, notAsked: Self.noneBetween)
          : scope.claim(
            Self.fullBalance,
            .init(scope.full, .selected), above: .init(scope.efficient, .selected), .balance,
            quantity: "its balance minus their mean balance, at the selected α",
            lacking: scope.full.isEmpty ? "full fine-tuning" : "a parameter-efficient method",
            detail: { _ in try bestBalance() }),
      ])
  }

  /// What fine-tuning changes under shift against zero-shot.
  private func losses() throws -> String {
    func change(_ contenders: [Contender]) throws -> String? {
      guard !contenders.isEmpty,
        let (contrast, _) = try scope.difference(
          .init(contenders), .init(contenders, .zeroShot), .shifts)
      else { return nil }
      let interval = try contrast.ci95
      return "\(NumberText.points(contrast.found.value)) (\(NumberText.points(interval.lower)) to "
        + "\(NumberText.points(interval.upper)))"
    }
    guard let efficient = try change(scope.efficient), let full = try change(scope.full) else { return "" }
    return
      "Against zero-shot, parameter-efficient methods change by \(efficient) points under shift, full fine-tuning by \(full)."
  }

  /// Whether the selected alpha is better than both ends.
  private func interpolation() throws -> StudyClaim {
    let claims = try [(RunOutcomes.Place.fineTuned, "fine-tuned weights"), (.zeroShot, "zero-shot")].map {
      try scope.claim(
        Self.interpolation, .init(scope.contenders, .selected), above: .init(scope.contenders, $0.0),
        .balance,
        quantity: "mean balance of all methods at the selected α minus that of \($0.1)", lacking: "a method")
    }
    guard let nearest = claims.min(by: { ($0.estimate ?? -1) < ($1.estimate ?? -1) }),
      nearest.estimate != nil
    else { return claims[0] }
    var claim = nearest
    let verdicts = claims.map(\.verdict)
    claim.verdict =
      verdicts.contains(.contradicted)
      ? .contradicted : verdicts.allSatisfy { $0 == .supported } ? .supported : .notResolved
    let other = claims.first { $0.quantity != claim.quantity }
    claim.detail =
      other.flatMap { other in
        guard let estimate = other.estimate, let interval = other.ci95 else { return nil }
        return "The smaller of two differences is shown, and both must lie above 0; the other, "
          + "\(other.quantity), is \(NumberText.points(estimate)) (\(NumberText.points(interval.lower)) to "
          + "\(NumberText.points(interval.upper)))."
      } ?? ""
    let oracle = oracle()
    if !oracle.isEmpty { claim.detail += " " + oracle }
    return claim
  }

  /// What could be had if the shifts' test images were looked at.
  private func oracle() -> String {
    func mean(_ place: RunOutcomes.Place) -> Double? {
      let values = scope.contenders.flatMap(\.any).map { entrant -> Double? in
        entrant.average.point(place).flatMap {
          $0.averageShift(over: Array($0.shifts.keys).sorted())?.measuredTop1
        }
      }
      let known = values.compactMap { $0 }
      return known.count == values.count && !known.isEmpty ? known.reduce(0, +) / Double(known.count) : nil
    }
    guard let oracle = mean(.oracle), let selected = mean(.selected) else { return "" }
    return
      "Mean accuracy under shift is \(NumberText.percent(selected))% at the selected α; at the oracle’s, which looks at the shifts’ "
      + "test images and is no result, it would be \(NumberText.percent(oracle))%."
  }

  /// Which method has the best balance, and which are not told apart from it.
  private func bestBalance() throws -> String {
    func balance(_ contender: Contender) -> Double? {
      let values = contender.any.compactMap { entrant -> Double? in
        guard let point = entrant.average.point(.selected),
          let shifts = point.averageShift(over: point.shifts.keys.sorted())?.measuredTop1
        else { return nil }
        return (point.target.top1 + shifts) / 2
      }
      return values.count == scope.parts.count
        ? values.reduce(0, +) / Double(values.count) : nil
    }
    let known = scope.contenders.compactMap { contender in balance(contender).map { (contender, $0) } }
    guard known.count > 1, let best = known.max(by: { $0.1 < $1.1 }) else { return "" }
    let ranking = try PairwiseRanking(
      known.map(\.0), best: known.firstIndex { $0.0.name == best.0.name } ?? 0
    ) { try scope.difference(.init([$0], .selected), .init([$1], .selected), .balance)?.contrast }
    return
      "The best balance is \(best.0.name)’s, \(NumberText.percent(best.1))%; "
      + (ranking.notToldApart.isEmpty
        ? "every other method is told apart from it."
        : "not told apart from it: \(SentenceList.text(ranking.notToldApart)).")
  }

  private static let mostParts = 3

  /// Curves from zero-shot to fine-tuned, of the first few tasks that have shifts.
  func evidence() -> [StudyDocument.Evidence] {
    scope.parts.filter(\.hasShifts).prefix(Self.mostParts).map { part in
      let methods = part.entrants.compactMap { $0.average.method(name: $0.name) }
      let sets = part.entrants[0].average.results[0].curve?.sets.filter { $0.role != "validation" } ?? []
      let report = ReportDocument(
        title: "",
        datasets: sets.map {
          ReportDataset(
            name: $0.dataset, role: $0.role == "target" ? .target : .shift, n: $0.n, marks: $0.marks)
        }, methods: methods)
      return .init(question: "robustness", part: scope.parts.count > 1 ? part.name : "", report: report)
    }
  }
}
