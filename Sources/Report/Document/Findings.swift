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
  /// A difference is stated only where the 95% intervals of the two scores are apart. Scores on the same images differ
  /// reliably more often than that; what is not stated may still be so.
  public var findings: [Finding] { FindingsWriter(self).findings() }
}

/// Words for the scores of one document.
private struct FindingsWriter {
  let document: ReportDocument
  let shiftNames: [String]
  let start: (target: Score, average: Score)?
  let ends: [Standing]
  /// Ends and choices of the methods that have both.
  let choices: [(end: Standing, choice: Standing)]

  /// Where a method stands at one alpha.
  struct Standing {
    let method: MethodResult
    let point: CurvePoint
    let target: Score
    let average: Score
  }

  init(_ document: ReportDocument) {
    let names = document.shiftNames
    func standing(_ method: MethodResult, _ point: CurvePoint?) -> Standing? {
      guard let point, point.target.measuredTop1 != nil, let average = point.averageShift(over: names),
        average.measuredTop1 != nil
      else { return nil }
      return Standing(method: method, point: point, target: point.target, average: average)
    }
    self.document = document
    shiftNames = names
    start = document.startingPoint.flatMap { point in
      guard point.target.measuredTop1 != nil, let average = point.averageShift(over: names) else {
        return nil
      }
      return (point.target, average)
    }
    ends = document.methods.compactMap { standing($0, $0.fineTuned) }
    choices = document.methods.compactMap { method in
      guard let end = standing(method, method.fineTuned), let choice = standing(method, method.selectedPoint)
      else { return nil }
      return (end, choice)
    }
  }

  func findings() -> [Finding] {
    [tradeOff(), underShift(), interpolation(), priceOfSelection(), precision()].compactMap { $0 }
  }

  // MARK: Statements

  /// What the method that tunes the most does to the target and the shifts.
  private func tradeOff() -> Finding? {
    guard let start, let most = ends.max(by: { $0.method.tunedParameters < $1.method.tunedParameters })
    else { return nil }
    let onTarget = change(start.target, most.target)
    let onShifts = change(start.average, most.average)
    var detail =
      "Target \(percent(start.target.top1)) → \(percent(most.target.top1)), shift average "
      + "\(percent(start.average.top1)) → \(percent(most.average.top1))."
    let changes = shiftNames.compactMap { name -> (String, Double)? in
      guard let before = document.startingPoint?.shifts[name], let after = most.point.shifts[name] else {
        return nil
      }
      return change(before, after).map { (name, $0) }
    }
    if shiftNames.count > 1 {
      let lower = changes.filter { $0.1 < 0 }.map(\.0)
      let higher = changes.filter { $0.1 > 0 }.map(\.0)
      if !lower.isEmpty { detail += " Lower on \(list(lower))." }
      if !higher.isEmpty { detail += " Higher on \(list(higher))." }
    }
    let name = most.method.name
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
    let changes = ends.map { change(start.average, $0.average) }
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
    let rivals = ends.filter { $0.method.name != best.method.name && change($0.average, best.average) == nil }
    var detail =
      "The highest shift average is \(best.method.name)’s, \(percent(best.average.top1)) "
      + "(\(NumberText.points(best.average.top1 - start.average.top1)) against zero-shot), with "
      + "\(NumberText.compact(best.method.tunedParameters)) tuned parameters"
    detail +=
      rivals.isEmpty
      ? "; no other interval reaches it."
      : "; \(rivals.count == 1 ? "the interval" : "the intervals") of \(list(rivals.map(\.method.name))) "
        + "\(rivals.count == 1 ? "overlaps" : "overlap") with its own, so that it cannot be called the most robust."
    return Finding(
      lead: "Of \(ends.count) fine-tuned methods, \(parts.joined(separator: ", ")).", detail: detail)
  }

  /// What interpolation to the selected alpha changes.
  private func interpolation() -> Finding? {
    guard let start, !choices.isEmpty, let rule = choices.first?.end.method.selected else { return nil }
    let gains = choices.map { (pair: $0, gain: change($0.end.average, $0.choice.average)) }
    let lead =
      "Interpolated to the α selected by \(rule.rule), "
      + stand(
        ("under shift", gains.map(\.gain)),
        ("on the target", choices.map { change($0.end.target, $0.choice.target) }),
        against: "that at α = 1") + "."
    var parts: [String] = []
    if let top = gains.filter({ ($0.gain ?? 0) > 0 }).max(by: { ($0.gain ?? 0) < ($1.gain ?? 0) })?.pair {
      parts.append(
        "\(top.end.method.name) at α = \(top.end.method.selected?.alphaText ?? ""): shift average "
          + "\(percent(top.end.average.top1)) → \(percent(top.choice.average.top1)), target "
          + "\(percent(top.end.target.top1)) → \(percent(top.choice.target.top1))")
    }
    parts.append(
      stand(
        ("on the target", choices.map { change(start.target, $0.choice.target) }),
        ("under shift", choices.map { change(start.average, $0.choice.average) }), against: "zero-shot’s"))
    // A method's name is written as it is, also at the beginning of a sentence.
    if parts.count == 1 { parts[0] = parts[0].prefix(1).uppercased() + parts[0].dropFirst() }
    return Finding(lead: lead, detail: parts.joined(separator: "; ") + ".")
  }

  /// Where an alpha chosen on the test data would do better than the selected one.
  private func priceOfSelection() -> Finding? {
    let gaps = choices.compactMap { pair -> (String, Double)? in
      guard let oracle = pair.end.method.oraclePoint?.averageShift(over: shiftNames),
        let gap = change(pair.choice.average, oracle), gap > 0
      else { return nil }
      return (pair.end.method.name, gap)
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
      let tied = ends.filter { $0.method.name != best.method.name && change($0.target, best.target) == nil }
      let subject = "that of \(best.method.name), the highest at α = 1"
      detail =
        tied.isEmpty
        ? "On the target, no interval overlaps \(subject)."
        : "On the target, \(tied.count == 1 ? "the interval" : "the intervals") of \(list(tied.map(\.method.name))) "
          + "\(tied.count == 1 ? "overlaps" : "overlap") \(subject)."
    }
    return Finding(
      lead:
        "The accuracies of the table below are known to ±\(percent(onTarget)) points or better on the target and "
        + "±\(percent(onShifts)) on the shift average (95%).", detail: detail)
  }

  // MARK: Support

  /// By how much the second score is above the first; nil where their intervals overlap or are not known.
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

  /// How intervals lie in two places; said once where it is the same.
  private func stand(
    _ first: (place: String, changes: [Double?]), _ second: (place: String, changes: [Double?]),
    against other: String
  ) -> String {
    let (one, two) = (stand(first.changes, against: other), stand(second.changes, against: other))
    return one == two
      ? "\(first.place) and \(second.place) \(one)" : "\(first.place) \(one); \(second.place) \(two)"
  }

  /// How intervals lie to others: "1 of 5 intervals lies above that at α = 1, 4 overlap". Only what lies apart is a
  /// difference; that intervals overlap denies none.
  private func stand(_ changes: [Double?], against other: String) -> String {
    let kinds = [
      ("lie", "above", changes.count { ($0 ?? 0) > 0 }), ("lie", "below", changes.count { ($0 ?? 0) < 0 }),
      ("overlap", "", changes.count { $0 == nil }),
    ].filter { $0.2 > 0 }
    let parts = kinds.enumerated().map { index, kind in
      let (verb, side, count) = kind
      let subject =
        index > 0
        ? "\(count)"
        : changes.count == 1
          ? "the interval"
          : count == changes.count ? "\(all(count)) intervals" : "\(count) of \(changes.count) intervals"
      let words = [subject, self.verb(count, verb), side] + (index == 0 ? [other] : [])
      return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
    return parts.joined(separator: ", ")
  }

  private func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
