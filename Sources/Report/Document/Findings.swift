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
    guard onTarget != nil || onShifts != nil else {
      return Finding(
        lead:
          "\(name) changes nothing that the intervals tell, neither on the target nor on the shift average.",
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
    var parts = [
      losing == ends.count ? "all lose under shift" : "\(number(losing)) \(verb(losing, "lose")) under shift"
    ]
    if gaining > 0 { parts.append("\(number(gaining)) \(verb(gaining, "gain"))") }
    if untold > 0 { parts.append("of \(number(untold)) the intervals do not tell") }
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
    let better = gains.count { ($0.gain ?? 0) > 0 }
    let worse = choices.count { (change($0.end.target, $0.choice.target) ?? 0) < 0 }
    let all = choices.count
    let lead =
      better == 0 && worse == 0
      ? "Interpolated to the α selected by \(rule.rule), no method differs from its α = 1 by more than the intervals."
      : "Interpolated to the α selected by \(rule.rule), \(share(better, of: all)) better under shift than at α = 1, "
        + "\(worse == 0 ? "none is" : share(worse, of: all)) worse on the target."
    var parts: [String] = []
    if let top = gains.filter({ ($0.gain ?? 0) > 0 }).max(by: { ($0.gain ?? 0) < ($1.gain ?? 0) })?.pair {
      parts.append(
        "\(top.end.method.name) at α = \(top.end.method.selected?.alphaText ?? ""): shift average "
          + "\(percent(top.end.average.top1)) → \(percent(top.choice.average.top1)), target "
          + "\(percent(top.end.target.top1)) → \(percent(top.choice.target.top1))")
    }
    let above = choices.count { (change(start.target, $0.choice.target) ?? 0) > 0 }
    let below = choices.count { (change(start.average, $0.choice.average) ?? 0) < 0 }
    parts.append(
      "against zero-shot, \(share(above, of: all)) better on the target and \(below == 0 ? "none is" : share(below, of: all)) "
        + "worse under shift")
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
      lead: "An oracle that picks α on the test data would do better under shift for "
        + "\(list(gaps.map(\.0))).",
      detail:
        "The gap is widest for \(widest.0), \(percent(widest.1)) points of shift average. Oracle values are shown "
        + "for reference only: nobody can choose that way beforehand.")
  }

  /// How precisely all this is known.
  private func precision() -> Finding? {
    let targets = ends.compactMap { halfWidth($0.target) }
    let averages = ends.compactMap { halfWidth($0.average) }
    guard let onTarget = targets.max(), let onShifts = averages.max() else { return nil }
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
        "Accuracies are known to ±\(percent(onTarget)) points on the target and ±\(percent(onShifts)) on the "
        + "shift average (95%).", detail: detail)
  }

  // MARK: Support

  /// By how much the second score is above the first; nil where their intervals overlap or are not known.
  private func change(_ first: Score, _ second: Score) -> Double? {
    guard let one = first.measuredInterval, let other = second.measuredInterval,
      one.upper < other.lower || other.upper < one.lower
    else { return nil }
    return second.top1 - first.top1
  }

  private func halfWidth(_ score: Score) -> Double? {
    score.measuredInterval.map { ($0.upper - $0.lower) / 2 }
  }

  // MARK: Words

  private func percent(_ fraction: Double) -> String { NumberText.percent(fraction) }
  private func number(_ count: Int) -> String { count == 0 ? "none" : String(count) }
  private func verb(_ count: Int, _ plural: String) -> String { count < 2 ? plural + "s" : plural }

  /// "2 of 5 methods are", "the method is", "all 3 methods are", "none is".
  private func share(_ count: Int, of all: Int) -> String {
    if all == 1 { return count == 1 ? "the method is" : "the method is not" }
    if count == 0 { return "no method is" }
    return count == all ? "all \(all) methods are" : "\(count) of \(all) methods \(count == 1 ? "is" : "are")"
  }

  private func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
