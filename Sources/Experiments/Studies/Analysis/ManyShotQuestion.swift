import EvalShift
import Foundation
import Report

/// With many images, do parameter-efficient methods keep up, and do more tuned parameters help?
struct ManyShotQuestion {
  let scope: QuestionScope
  let hasShots: Bool
  /// Where all runs have few images, how many.
  let few: StudyFactors.Shots?

  private static let key = "many-shot"
  private static let title = "With many images, do parameter-efficient methods keep up?"
  private static let statements = (
    full: "With many images, parameter-efficient methods beat full fine-tuning",
    linear: "With many images, parameter-efficient methods beat linear probing",
    sizes: "With many images, more tuned parameters of a method make it more accurate"
  )

  func answer() throws -> StudyQuestion {
    if let few {
      let reason = "All runs have \(few.words); give an axis data.shots that has more, or none for all."
      let statements = [Self.statements.full, Self.statements.linear, Self.statements.sizes]
      return StudyQuestion(
        key: Self.key, title: Self.title, scope: "",
        claims: statements.map { StudyClaim($0, notAsked: reason) })
    }
    return StudyQuestion(
      key: Self.key, title: Self.title,
      scope: "Answered by the fine-tuned weights on the target"
        + (scope.words.isEmpty ? "" : ": \(scope.words)") + "."
        + (hasShots
          ? ""
          : " The study has no axis of training images (data.shots): these are the runs of the question before."),
      claims: [
        try scope.claim(
          Self.statements.full, .init(scope.efficient),
          above: .init(scope.full),
          quantity: "their mean accuracy minus that of full fine-tuning",
          lacking: scope.efficient.isEmpty ? "a parameter-efficient method" : "full fine-tuning",
          detail: { _ in
            try scope.each(scope.efficient, against: .init(scope.full), "full fine-tuning")
          }),
        try scope.claim(
          Self.statements.linear, .init(scope.efficient),
          above: .init(scope.linear),
          quantity: "their mean accuracy minus that of linear probing",
          lacking: scope.efficient.isEmpty ? "a parameter-efficient method" : "linear probing"),
        try sizes(),
      ])
  }

  /// Methods that were trained at several sizes, each from the fewest to the most tuned parameters.
  private var sweeps: [[Contender]] {
    var methods: [String] = []
    for contender in scope.efficient where !methods.contains(contender.method) {
      methods.append(contender.method)
    }
    return methods.map { method in
      scope.efficient.filter { $0.method == method }.sorted {
        $0.any[0].tunedParameters < $1.any[0].tunedParameters
      }
    }.filter { Set($0.map { $0.any[0].tunedParameters }).count > 1 }
  }

  private func sizes() throws -> StudyClaim {
    let sweeps = sweeps
    guard !sweeps.isEmpty else {
      return StudyClaim(Self.statements.sizes, notAsked: "The study has no method at several sizes.")
    }
    return try scope.claim(
      Self.statements.sizes, .init(sweeps.compactMap(\.last)), above: .init(sweeps.compactMap(\.first)),
      quantity: "mean accuracy at the largest size minus that at the smallest",
      lacking: "a method at several sizes",
      detail: { _ in
        let parts = try sweeps.compactMap { sizes -> String? in
          guard let first = sizes.first, let last = sizes.last,
            let (contrast, _) = try scope.difference(.init([last]), .init([first]))
          else { return nil }
          let interval = try contrast.ci95
          return
            "\(first.method) from \(NumberText.compact(first.any[0].tunedParameters)) to "
            + "\(NumberText.compact(last.any[0].tunedParameters)): \(NumberText.points(contrast.found.value)) "
            + "(\(NumberText.points(interval.lower)) to \(NumberText.points(interval.upper)))"
        }
        return "In points, " + parts.joined(separator: "; ") + "."
      })
  }

  /// Accuracy by tuned parameters, a panel a task.
  func evidence() -> [StudyDocument.Evidence] {
    guard few == nil else { return [] }
    var document = scope.document(scope.contenders)
    let swept = Set(sweeps.joined().map(\.name))
    document.sizes = scope.parts.indices.map { part in
      SizeComparison(
        dataset: scope.parts[part].setting.isEmpty
          ? scope.parts[part].entrants[0].average.unit?.target ?? "" : scope.parts[part].setting,
        points: scope.contenders.compactMap { contender in
          guard let entrant = contender.entrants[part], let point = entrant.average.point(.fineTuned) else {
            return nil
          }
          return .init(
            method: contender.name, family: swept.contains(contender.name) ? contender.method : nil,
            tunedParameters: entrant.tunedParameters, score: point.target)
        })
    }
    return [StudyDocument.Evidence(question: Self.key, part: "", report: document)]
  }
}
