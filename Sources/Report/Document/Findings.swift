/// What the numbers of a report say, in a sentence and what backs it.
public struct Finding: Sendable, Equatable {
  /// The statement.
  public var lead: String
  /// The numbers behind it.
  public var detail: String
}

extension ReportDocument {
  /// The statements the measured scores support, the most important first; empty where nothing compares.
  ///
  /// A difference is stated only where the 95% interval of the paired difference excludes zero, if the document has one, and
  /// else where the 95% intervals of the two scores are apart. Scores on the same images differ reliably more often than
  /// intervals lie apart; what is not stated may still be so. Scores without intervals take no part.
  public var findings: [Finding] { FindingsWriter(self).findings() }
}

/// Words for the scores of one document.
private struct FindingsWriter {
  let document: ReportDocument
  let shiftNames: [String]
  let start: Standing?
  let ends: [Standing]
  /// Ends and choices of the methods that have both.
  let choices: [(end: Standing, choice: Standing)]

  /// Where a method stands at one alpha, or zero-shot.
  struct Standing {
    let side: PairedDifference.Side
    /// Zero-shot is of no method.
    let method: MethodResult?
    let point: CurvePoint
    let target: Score
    let average: Score

    var name: String { method?.name ?? "zero-shot" }
    var tuned: Int { method?.tunedParameters ?? 0 }
  }

  /// Where two standings are compared.
  enum Place {
    case target, average
    case shift(String)
  }

  init(_ document: ReportDocument) {
    let names = document.shiftNames
    func standing(
      _ place: PairedDifference.Place, _ method: MethodResult?, _ point: CurvePoint?
    ) -> Standing? {
      guard let point, point.target.measuredInterval != nil, let average = point.averageShift(over: names),
        average.measuredInterval != nil
      else { return nil }
      return Standing(
        side: .init(place, of: method?.name), method: method, point: point, target: point.target,
        average: average)
    }
    self.document = document
    shiftNames = names
    start = standing(.zeroShot, nil, document.startingPoint)
    ends = document.methods.compactMap { standing(.fineTuned, $0, $0.fineTuned) }
    choices = document.methods.compactMap { method in
      guard let end = standing(.fineTuned, method, method.fineTuned),
        let choice = standing(.selected, method, method.selectedPoint)
      else { return nil }
      return (end, choice)
    }
  }

  func findings() -> [Finding] {
    let findings = [tradeOff(), underShift(), interpolation(), priceOfSelection(), precision()].compactMap {
      $0
    }
    // All of them rest on the target and the average over the shifts.
    let marks = document.marks()
    guard !marks.isEmpty else { return findings }
    return findings.map {
      Finding(lead: "\($0.lead) *", detail: "\($0.detail) * \(marks.joined(separator: "; ")).")
    }
  }

  // MARK: Statements

  /// What the method that tunes the most does to the target and the shifts.
  private func tradeOff() -> Finding? {
    guard let start, let most = ends.max(by: { $0.tuned < $1.tuned }) else { return nil }
    let onTarget = change(start, most, .target)
    let onShifts = change(start, most, .average)
    var detail =
      "Target \(percent(start.target.top1)) → \(percent(most.target.top1)), shift average "
      + "\(percent(start.average.top1)) → \(percent(most.average.top1))."
    let changes = shiftNames.compactMap { name in change(start, most, .shift(name)).map { (name, $0) } }
    if shiftNames.count > 1 {
      let lower = changes.filter { $0.1 < 0 }.map(\.0)
      let higher = changes.filter { $0.1 > 0 }.map(\.0)
      if !lower.isEmpty { detail += " Lower on \(list(lower))." }
      if !higher.isEmpty { detail += " Higher on \(list(higher))." }
    }
    let name = most.name
    if ends.count > 1 { detail += " \(name) is named here because it tunes the most parameters." }
    guard onTarget != nil || onShifts != nil else {
      return Finding(
        lead:
          "Whether \(name) changes anything, the intervals do not tell, neither on the target nor on the shift average.",
        detail: detail)
    }
    func clause(_ change: Double?, on place: String) -> String {
      guard let change else { return "shows no change that the intervals tell \(place)" }
      return "\(change > 0 ? "gains" : "loses") \(percent(change.magnitude)) points \(place)"
    }
    let joint = (onTarget ?? 0) * (onShifts ?? 0) < 0 ? "but" : "and"
    return Finding(
      lead: "\(name) \(clause(onTarget, on: "on the target")) \(joint) "
        + "\(clause(onShifts, on: "on the shift average")).", detail: detail)
  }

  /// Which fine-tuned methods lose under shift, and whether one of them loses least.
  private func underShift() -> Finding? {
    guard let start, ends.count > 1, let best = ends.max(by: { $0.average.top1 < $1.average.top1 }) else {
      return nil
    }
    let changes = ends.map { change(start, $0, .average) }
    let losing = changes.count { ($0 ?? 0) < 0 }
    let gaining = changes.count { ($0 ?? 0) > 0 }
    let untold = changes.count { $0 == nil }
    // What the intervals do not show is not denied: no method is said not to lose.
    var parts: [String] = []
    if losing > 0 {
      parts.append("\(losing == ends.count ? all(losing) : "\(losing)") \(verb(losing, "lose")) under shift")
    }
    if gaining > 0 {
      let place = losing > 0 ? "" : " under shift"
      parts.append("\(gaining == ends.count ? all(gaining) : "\(gaining)") \(verb(gaining, "gain"))\(place)")
    }
    if untold == ends.count {
      parts.append("the intervals tell of none whether it loses or gains under shift")
    } else if untold > 0 {
      parts.append("of \(untold) the intervals do not tell")
    }
    let rivals = ends.filter { $0.name != best.name && change($0, best, .average) == nil }
    let against = change(start, best, .average).map { "\(NumberText.points($0)) against zero-shot" }
    var detail =
      "The highest shift average is \(best.name)’s, \(percent(best.average.top1)) "
      + "(\(against ?? "not told apart from zero-shot")), with \(NumberText.compact(best.tuned)) tuned parameters"
    detail +=
      rivals.isEmpty
      ? "; no other is within reach of its interval."
      : "; \(list(rivals.map(\.name))) \(rivals.count == 1 ? "is" : "are") not told apart from it, so that it cannot be "
        + "called the most robust."
    return Finding(
      lead: "Of \(ends.count) fine-tuned methods, \(parts.joined(separator: ", ")).", detail: detail)
  }

  /// What interpolation to the selected alpha changes.
  private func interpolation() -> Finding? {
    guard let start, !choices.isEmpty, let rule = choices.first?.end.method?.selected else { return nil }
    let gains = choices.map { (pair: $0, gain: change($0.end, $0.choice, .average)) }
    let lead =
      "Interpolated to the α selected by \(rule.rule), "
      + stand(
        ("under shift", gains.map(\.gain)),
        ("on the target", choices.map { change($0.end, $0.choice, .target) }),
        than: "at α = 1") + "."
    var parts: [String] = []
    if let top = gains.filter({ ($0.gain ?? 0) > 0 }).max(by: { ($0.gain ?? 0) < ($1.gain ?? 0) })?.pair {
      parts.append(
        "\(top.end.name) at α = \(top.end.method?.selected?.alphaText ?? ""): shift average "
          + "\(percent(top.end.average.top1)) → \(percent(top.choice.average.top1)), target "
          + "\(percent(top.end.target.top1)) → \(percent(top.choice.target.top1))")
    }
    parts.append(
      stand(
        ("on the target", choices.map { change(start, $0.choice, .target) }),
        ("under shift", choices.map { change(start, $0.choice, .average) }), than: "zero-shot"))
    // A method's name is written as it is, also at the beginning of a sentence.
    if parts.count == 1 { parts[0] = parts[0].prefix(1).uppercased() + parts[0].dropFirst() }
    return Finding(lead: lead, detail: parts.joined(separator: "; ") + ".")
  }

  /// Where an alpha chosen on the test data would do better than the selected one.
  private func priceOfSelection() -> Finding? {
    let gaps = choices.compactMap { pair -> (String, Double)? in
      guard let method = pair.end.method, let point = method.oraclePoint,
        let average = point.averageShift(over: shiftNames), average.measuredInterval != nil
      else { return nil }
      let oracle = Standing(
        side: .init(.oracle, of: method.name), method: method, point: point, target: point.target,
        average: average)
      guard let gap = change(pair.choice, oracle, .average), gap > 0 else { return nil }
      return (method.name, gap)
    }
    guard let widest = gaps.max(by: { $0.1 < $1.1 }) else { return nil }
    return Finding(
      lead: "An oracle that picks α by the average over the shifts’ test images would do better there for "
        + "\(list(gaps.map(\.0))).",
      detail: (gaps.count == 1
        ? "The gap is \(percent(widest.1)) points of shift average. "
        : "The gap is widest for \(widest.0), \(percent(widest.1)) points of shift average. ")
        + "Oracle values are shown for reference only: nobody can choose that way beforehand.")
  }

  /// How precisely all this is known.
  private func precision() -> Finding? {
    // Every score of the table of methods, the row of zero-shot among them.
    let shown = ends + choices.map(\.choice)
    let targets = (shown.map(\.target) + (start.map { [$0.target] } ?? [])).compactMap(reach)
    let averages = (shown.map(\.average) + (start.map { [$0.average] } ?? [])).compactMap(reach)
    guard !ends.isEmpty, let onTarget = targets.max(), let onShifts = averages.max() else { return nil }
    var detail = ""
    if ends.count > 1, let best = ends.max(by: { $0.target.top1 < $1.target.top1 }) {
      let tied = ends.filter { $0.name != best.name && change($0, best, .target) == nil }
      let subject = "\(best.name), the highest at α = 1"
      detail =
        tied.isEmpty
        ? "On the target, all others are told apart from \(subject)."
        : "On the target, \(list(tied.map(\.name))) \(tied.count == 1 ? "is" : "are") not told apart from \(subject)."
    }
    return Finding(
      lead:
        "The accuracies of the table below are known to ±\(percent(onTarget)) points or better on the target and "
        + "±\(percent(onShifts)) on the shift average (95%).", detail: detail)
  }

  // MARK: Support

  /// By how much the second standing is above the first; nil where that is not told: the interval of the paired difference
  /// holds zero, or, where there is none, the intervals of the two scores overlap or are not known.
  private func change(_ first: Standing, _ second: Standing, _ place: Place) -> Double? {
    if let (difference, interval) = paired(first, second, place) {
      return interval.lower > 0 || interval.upper < 0 ? difference : nil
    }
    guard let before = score(first, place), let after = score(second, place) else { return nil }
    return change(before, after)
  }

  private func score(_ standing: Standing, _ place: Place) -> Score? {
    switch place {
    case .target: standing.target
    case .average: standing.average
    case .shift(let name): standing.point.shifts[name]
    }
  }

  /// The difference on the same images, where the document has it, whichever way round.
  private func paired(
    _ first: Standing, _ second: Standing, _ place: Place
  ) -> (difference: Double, interval: ConfidenceInterval)? {
    let dataset: String?
    switch place {
    case .target:
      guard let name = document.targetName else { return nil }
      dataset = name
    case .average: dataset = nil
    case .shift(let name): dataset = name
    }
    for entry in document.paired ?? [] where entry.dataset == dataset && entry.isMeasured {
      if entry.from == first.side, entry.to == second.side { return (entry.difference, entry.ci95) }
      if entry.from == second.side, entry.to == first.side {
        let mirrored = ConfidenceInterval(lower: -entry.ci95.upper, upper: -entry.ci95.lower)
        return (-entry.difference, mirrored)
      }
    }
    return nil
  }

  private func change(_ first: Score, _ second: Score) -> Double? {
    guard let one = first.measuredInterval, let other = second.measuredInterval,
      one.upper < other.lower || other.upper < one.lower
    else { return nil }
    return second.top1 - first.top1
  }

  /// How far an interval reaches from its score, to the side where it reaches farther.
  private func reach(_ score: Score) -> Double? {
    score.measuredInterval.map { max($0.upper - score.top1, score.top1 - $0.lower) }
  }

  // MARK: Words

  private func percent(_ fraction: Double) -> String { NumberText.percent(fraction) }
  private func verb(_ count: Int, _ plural: String) -> String { count < 2 ? plural + "s" : plural }

  private func all(_ count: Int) -> String { count == 2 ? "both" : "all" }

  /// How methods compare with something in two places; said once where it is the same.
  private func stand(
    _ first: (place: String, changes: [Double?]), _ second: (place: String, changes: [Double?]),
    than other: String
  ) -> String {
    let (one, two) = (stand(first.changes, than: other), stand(second.changes, than: other))
    return one == two
      ? "\(first.place) and \(second.place) \(one)" : "\(first.place) \(one); \(second.place) \(two)"
  }

  /// How methods compare: "1 of 5 is higher than at α = 1, 4 are not told apart from it". Only what is told apart is a
  /// difference; that nothing is told denies none.
  private func stand(_ changes: [Double?], than other: String) -> String {
    let kinds = [
      ("higher than \(other)", "higher", changes.count { ($0 ?? 0) > 0 }),
      ("lower than \(other)", "lower", changes.count { ($0 ?? 0) < 0 }),
      (
        "not told apart from \(other == "zero-shot" ? other : "those \(other)")", "not told apart",
        changes.count { $0 == nil }
      ),
    ].filter { $0.2 > 0 }
    let parts = kinds.enumerated().map { index, kind in
      let (first, later, count) = kind
      let subject =
        index > 0
        ? "\(count)"
        : changes.count == 1
          ? "the method"
          : count == changes.count ? "\(all(count)) methods" : "\(count) of \(changes.count) methods"
      return "\(subject) \(count == 1 ? "is" : "are") \(index == 0 ? first : later)"
    }
    return parts.joined(separator: ", ")
  }

  private func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
