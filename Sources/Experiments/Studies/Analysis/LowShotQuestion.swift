import EvalShift
import Foundation
import Report

/// With few images, do parameter-efficient methods reach similar accuracy, and do they beat linear probing and full fine-tuning?
struct LowShotQuestion {
  /// Within how many points methods are called similar.
  static let similar = 0.02

  let scope: QuestionScope
  let hasShots: Bool

  func answer() throws -> StudyQuestion {
    StudyQuestion(
      key: "low-shot", title: "With few images, which methods are accurate?",
      scope: "Answered by the fine-tuned weights on the target"
        + (scope.words.isEmpty ? "" : ": \(scope.words)") + "."
        + (hasShots
          ? "" : " The study has no axis of training images (data.shots), so that these are all its runs."),
      claims: [
        try similarity(),
        try scope.claim(
          "With few images, parameter-efficient methods beat linear probing", .init(scope.efficient),
          above: .init(scope.linear),
          quantity: "their mean accuracy minus that of linear probing",
          lacking: scope.efficient.isEmpty ? "a parameter-efficient method" : "linear probing",
          detail: { _ in
            try scope.each(scope.efficient, against: .init(scope.linear), "linear probing")
          }),
        try scope.claim(
          "With few images, parameter-efficient methods beat full fine-tuning", .init(scope.efficient),
          above: .init(scope.full),
          quantity: "their mean accuracy minus that of full fine-tuning",
          lacking: scope.efficient.isEmpty ? "a parameter-efficient method" : "full fine-tuning",
          detail: { _ in
            try scope.each(scope.efficient, against: .init(scope.full), "full fine-tuning")
          }),
      ])
  }

  private func similarity() throws -> StudyClaim {
    let points = NumberText.trimmed(Self.similar * 100, decimals: 1)
    let statement =
      "With few images, parameter-efficient methods reach similar accuracy, within \(points) points of each other"
    guard Set(scope.efficient.map(\.method)).count > 1 else {
      return StudyClaim(statement, notAsked: "The study has fewer than two parameter-efficient methods.")
    }
    let pairs = try scope.pairs(scope.efficient)
    guard let widest = pairs.max(by: { abs($0.contrast.found.value) < abs($1.contrast.found.value) }) else {
      return StudyClaim(statement, notAsked: "No two methods have a seed and a task in common.")
    }
    // Intervals that hold for all pairs at once hold for the two that lie farthest apart, whichever these are.
    let bounds = try pairs.map { pair in
      let own = try pair.contrast.found.bounds(level: 1 - 0.05 / Double(pairs.count))
      return (least: max(0, own.lower, -own.upper), most: max(abs(own.lower), abs(own.upper)))
    }
    let interval = ConfidenceInterval(
      lower: bounds.map(\.least).max() ?? 0, upper: min(1, bounds.map(\.most).max() ?? 1))
    let p = try HolmCorrection.adjust(pairs.map(\.contrast.found.pValue))
    let (low, high) =
      widest.contrast.found.value > 0 ? (widest.b, widest.a) : (widest.a, widest.b)
    return StudyClaim(
      statement, .init(below: Self.similar, interval),
      quantity: "spread between the best and the worst method",
      estimate: abs(widest.contrast.found.value), ci95: interval,
      detail: "The best is \(high.name), the worst \(low.name). Of \(pairs.count) pairs of methods "
        + "\(p.count { $0 < Comparison.level }) differ after Holm’s correction, by the images and seeds together."
        + (try models(pairs)) + " The interval holds for all pairs at once.",
      basis: widest.contrast.basis(scope.parts.count))
  }

  /// How many pairs of models of one seed differ, which says nothing of other seeds.
  private func models(_ pairs: [(a: Contender, b: Contender, contrast: StudyContrast)]) throws -> String {
    guard
      let seed = scope.efficient.first?.any.first?.seeds.first(where: { seed in
        scope.efficient.allSatisfy { $0.any.allSatisfy { $0.run(seed) != nil } }
      })
    else { return "" }
    var p: [Double] = []
    for pair in pairs {
      var (onlyA, onlyB) = (0, 0)
      for case (let a?, let b?) in zip(pair.a.entrants, pair.b.entrants) {
        guard let one = a.run(seed)?.targetOutcomes?.correct[.fineTuned],
          let other = b.run(seed)?.targetOutcomes?.correct[.fineTuned]
        else { return "" }
        let consistency = try ErrorConsistency(one, other)
        onlyA += consistency.onlyFirst
        onlyB += consistency.onlySecond
      }
      p.append(McNemarTest(onlyFirst: onlyA, onlySecond: onlyB).pValue)
    }
    let differing = try HolmCorrection.adjust(p).count { $0 < Comparison.level }
    return
      " Of the models of \(seed.isEmpty ? "the one seed" : seed) alone, \(differing) pairs differ (McNemar’s exact test, "
      + "Holm’s correction)."
  }

  /// What each method gains over linear probing, and its range task by task.
  func evidence() throws -> [StudyDocument.Evidence] {
    let shown = scope.contenders.filter { $0.extent != .head }
    var document = scope.document(shown)
    var gains: StudyGains?
    if let linear = scope.linear.first {
      let rows = try shown.compactMap { contender -> StudyGains.Row? in
        guard let (contrast, _) = try scope.difference(.init([contender]), .init(scope.linear)) else {
          return nil
        }
        return StudyGains.Row(
          method: contender.name, gain: contrast.found.value, ci95: try contrast.ci95)
      }
      gains = StudyGains(reference: linear.name, rows: rows)
    }
    if scope.parts.count > 1 {
      func accuracy(_ contender: Contender, _ part: Int) -> Double? {
        contender.entrants[part]?.average.point(.fineTuned)?.target.measuredTop1
      }
      let tasks = scope.parts.indices.compactMap { part -> TaskComparison.Task? in
        guard let linear = scope.linear.compactMap({ accuracy($0, part) }).first else { return nil }
        return TaskComparison.Task(
          name: scope.parts[part].setting, linear: linear,
          full: scope.full.compactMap { accuracy($0, part) }.first,
          efficient: scope.efficient.compactMap { contender in
            accuracy(contender, part).map { .init(method: contender.name, accuracy: $0) }
          })
      }
      document.tasks = TaskComparison(tasks: tasks, remark: "Accuracies are means over seeds.")
    }
    return [StudyDocument.Evidence(question: "low-shot", part: "", report: document, gains: gains)]
  }
}

extension Entrant.Run {
  /// What was said of the target's images; nil where it was not kept.
  var targetOutcomes: RunOutcomes.Set? {
    result.curve?.target.flatMap { outcomes?.sets[$0.imagesSha256] }
  }
}
