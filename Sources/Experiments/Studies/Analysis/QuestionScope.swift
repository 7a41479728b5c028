import EvalShift
import Foundation
import PEFT
import Report
import WiSE

/// A method over the parts of a study that a question looks at.
struct Contender {
  let name: String
  /// By the place of the part; nil where the method has no runs.
  let entrants: [Entrant?]

  var any: [Entrant] { entrants.compactMap { $0 } }
  var method: String { any[0].method }
  var extent: TrainedExtent? { any[0].extent }
  /// The mean over the parts, of which each weighs the same; nil without scores.
  func accuracy(_ place: RunOutcomes.Place) -> Double? {
    let values = any.compactMap { $0.average.point(place)?.target.measuredTop1 }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// The parts of a study that a question looks at, one a task, with the methods in them.
struct QuestionScope {
  let parts: [StudyPart]
  let rule: AlphaSelection.Rule?
  let contenders: [Contender]

  init(_ parts: [StudyPart], rule: AlphaSelection.Rule?) {
    (self.parts, self.rule) = (parts, rule)
    var names: [String] = []
    for entrant in parts.flatMap(\.entrants) where !names.contains(entrant.name) {
      names.append(entrant.name)
    }
    contenders = names.map { name in
      Contender(name: name, entrants: parts.map { part in part.entrants.first { $0.name == name } })
    }
  }

  var efficient: [Contender] { contenders.filter { $0.extent == .part } }
  var full: [Contender] { contenders.filter { $0.extent == .whole } }
  var linear: [Contender] { contenders.filter { $0.extent == .head } }

  /// Which part it is, in words.
  var words: String {
    let shots = Set(parts.compactMap { $0.shots?.words })
    let tasks = parts.map(\.setting).filter { !$0.isEmpty }
    return [
      tasks.isEmpty ? "" : tasks.count == 1 ? tasks[0] : "\(tasks.count) tasks, each weighing the same",
      shots.count == 1 ? shots.first ?? "" : shots.sorted().joined(separator: " or "),
    ].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  // MARK: Differences

  /// A side of a difference: methods at a place of their curves, each method weighing the same.
  struct Side {
    let contenders: [Contender]
    let place: RunOutcomes.Place

    init(_ contenders: [Contender], _ place: RunOutcomes.Place = .fineTuned) {
      (self.contenders, self.place) = (contenders, place)
    }
  }

  /// The mean of one side minus that of the other, over the parts that have both; nil where none has, or they have no seed in common.
  func difference(
    _ one: Side, _ other: Side, _ measure: StudyMeasure = .target
  ) throws -> (contrast: StudyContrast, settings: Int)? {
    let shared = parts.indices.filter { place in
      [one, other].allSatisfy { $0.contenders.contains { $0.entrants[place] != nil } }
        && (measure == .target || parts[place].hasShifts)
    }
    let terms = shared.flatMap { place in
      Self.terms(one, place, 1 / Double(shared.count)) + Self.terms(other, place, -1 / Double(shared.count))
    }
    return try StudyContrast(terms, measure, rule: rule).map { ($0, shared.count) }
  }

  private static func terms(_ side: Side, _ part: Int, _ weight: Double) -> [StudyContrast.Term] {
    let entrants = side.contenders.compactMap { $0.entrants[part] }
    let methods = Set(entrants.map(\.method))
    return entrants.map { entrant in
      let sizes = entrants.count { $0.method == entrant.method }
      return .init(
        entrant: entrant, place: side.place, weight: weight / Double(methods.count * sizes))
    }
  }

  /// Every two of some contenders, as far as they share a part.
  func pairs(_ contenders: [Contender]) throws -> [(a: Contender, b: Contender, contrast: StudyContrast)] {
    try contenders.enumerated().flatMap { place, a in
      try contenders.dropFirst(place + 1).compactMap { b in
        try difference(.init([a]), .init([b])).map { (a, b, $0.contrast) }
      }
    }
  }

  /// A claim that one side lies above the other.
  func claim(
    _ statement: String, _ one: Side, above other: Side, _ measure: StudyMeasure = .target,
    quantity: String, lacking: String, detail: (StudyContrast) throws -> String = { _ in "" }
  ) throws -> StudyClaim {
    guard !one.contenders.isEmpty, !other.contenders.isEmpty else {
      return StudyClaim(statement, notAsked: "The study has no run of \(lacking).")
    }
    guard measure == .target || parts.contains(where: \.hasShifts) else {
      return StudyClaim(statement, notAsked: "The study scores no shift.")
    }
    guard let (contrast, settings) = try difference(one, other, measure) else {
      return StudyClaim(
        statement,
        notAsked: "The methods have no seed in common that was scored at the alphas that the claim speaks of."
      )
    }
    let interval = try contrast.ci95
    return StudyClaim(
      statement, .init(above: 0, interval), quantity: quantity, estimate: contrast.found.value,
      ci95: interval,
      detail: try detail(contrast), basis: contrast.basis(settings))
  }

  /// How many of some contenders lie above and below a side after Holm's correction, in a sentence.
  func each(_ contenders: [Contender], against other: Side, _ name: String) throws -> String {
    let found = try contenders.compactMap { try difference(.init([$0]), other)?.contrast.found }
    guard found.count > 1 else { return "" }
    let p = try HolmCorrection.adjust(found.map(\.pValue))
    let above = zip(found, p).count { $0.value > 0 && $1 < Comparison.level }
    let below = zip(found, p).count { $0.value < 0 && $1 < Comparison.level }
    return
      "One by one, \(above) of \(found.count) lie above \(name) and \(below) below it after Holm’s correction; of the others "
      + "the data do not tell."
  }

  // MARK: Evidence

  /// The methods without their scores, for figures that need their looks only.
  func document(_ contenders: [Contender]) -> ReportDocument {
    ReportDocument(
      title: "",
      methods: contenders.compactMap { contender in
        guard var method = contender.any[0].average.method(name: contender.name) else { return nil }
        (method.curve, method.selected, method.selections, method.oracle) = ([], nil, [], nil)
        return method
      })
  }
}
