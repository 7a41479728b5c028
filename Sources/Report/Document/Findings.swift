/// What the numbers of a report say, in a sentence and what backs it.
public struct Finding: Sendable, Equatable {
  /// The statement.
  public var lead: String
  /// The numbers behind it.
  public var detail: String
}

extension ReportDocument {
  /// The statements the measured scores support, the most important first; empty where nothing compares.
  public var findings: [Finding] { FindingsWriter(self).findings() }
}

/// Words for the scores of one document.
private struct FindingsWriter {
  let document: ReportDocument
  let shiftNames: [String]
  let start: (target: Score, average: Score)?
  let ends: [Standing]
  let choices: [Standing]

  /// Where a method stands at one alpha.
  struct Standing {
    let method: MethodResult
    let point: CurvePoint
    let target: Double
    let average: Double
    let averageScore: Score
  }

  init(_ document: ReportDocument) {
    let names = document.shiftNames
    func standing(_ method: MethodResult, _ point: CurvePoint?) -> Standing? {
      guard let point, let target = point.target.measuredTop1, let score = point.averageShift(over: names),
        let average = score.measuredTop1
      else { return nil }
      return Standing(method: method, point: point, target: target, average: average, averageScore: score)
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
    choices = document.methods.compactMap { standing($0, $0.selectedPoint) }
  }

  func findings() -> [Finding] {
    [tradeOff(), mostRobust(), interpolation(), priceOfSelection(), precision()].compactMap { $0 }
  }

  // MARK: Statements

  /// What fine-tuning everything (or the most) does to the target and the shifts.
  private func tradeOff() -> Finding? {
    guard let start, let reference = referenceEnd else { return nil }
    let onTarget = reference.target - start.target.top1
    let onShifts = reference.average - start.average.top1
    let joint = (onTarget < 0) == (onShifts < 0) ? "and" : "but"
    var detail =
      "Target \(percent(start.target.top1)) → \(percent(reference.target)), shift average "
      + "\(percent(start.average.top1)) → \(percent(reference.average))."
    let changes = shiftNames.compactMap { name -> (String, Double)? in
      guard let before = document.startingPoint?.shifts[name]?.measuredTop1,
        let after = reference.point.shifts[name]?.measuredTop1
      else { return nil }
      return (name, after - before)
    }
    if changes.count > 1, let worst = changes.min(by: { $0.1 < $1.1 }), worst.1 < 0 {
      detail += " It loses most on \(worst.0) (\(NumberText.points(worst.1)))."
    }
    detail += overlapRemark(reference.point.target, start.target, on: "the target")
    detail += overlapRemark(reference.averageScore, start.average, on: "the shift average")
    return Finding(
      lead: "\(phrase(for: reference.method)) \(change(onTarget, unit: true)) on the target \(joint) "
        + "\(change(onShifts, unit: false)) on the shift average.", detail: detail)
  }

  /// Which fine-tuned method is best under shift.
  private func mostRobust() -> Finding? {
    guard let start, ends.count > 1, let best = ends.max(by: { $0.average < $1.average }) else { return nil }
    let change = best.average - start.average.top1
    let size = "\(NumberText.compact(best.method.tunedParameters)) tuned parameters"
    var share = ""
    if let full = referenceEnd?.method, full.name != best.method.name, full.tunedParameters > 0 {
      let part = Double(best.method.tunedParameters) / Double(full.tunedParameters)
      share = ", \(part < 0.001 ? "less than 0.1" : NumberText.percent(part))% of \(full.name)’s"
    }
    let losers = ends.count { $0.average < start.average.top1 }
    let losing = losers == ends.count ? "all" : losers == 0 ? "none" : "\(losers)"
    let place =
      change < 0
      ? "\(best.method.name) loses least"
      : change > 0 ? "\(best.method.name) gains most" : "\(best.method.name) stays where zero-shot is"
    return Finding(
      lead: "Of \(ends.count) fine-tuned methods, \(losing) \(losers == 1 ? "loses" : "lose") under shift; "
        + "\(place).",
      detail: "Shift average \(percent(best.average)) (\(NumberText.points(change)) against zero-shot) at "
        + "\(percent(best.target)) on the target "
        + "(\(NumberText.points(best.target - start.target.top1))), with \(size)\(share).")
  }

  /// Whether interpolated weights beat zero-shot on both sides.
  private func interpolation() -> Finding? {
    guard let start, !choices.isEmpty,
      let best = choices.max(by: { $0.target + $0.average < $1.target + $1.average })
    else { return nil }
    let winners = choices.count { $0.target > start.target.top1 && $0.average > start.average.top1 }
    let lead: String
    if choices.count == 1 {
      lead =
        "Interpolated to its selected α, \(best.method.name) "
        + (winners == 1
          ? "beats zero-shot on the target and on the shift average."
          : "does not beat zero-shot on both the target and the shift average.")
    } else {
      let who = winners == choices.count ? "all \(winners)" : winners == 0 ? "none" : "\(winners)"
      lead =
        "Interpolated to their selected α, \(who) of \(choices.count) methods beat zero-shot on the target "
        + "and on the shift average."
    }
    var detail =
      "\(choices.count == 1 ? "It reaches" : "Best balance: \(best.method.name) at") "
    detail += choices.count == 1 ? "" : "α = \(NumberText.alpha(best.point.alpha)), "
    detail +=
      "target \(percent(best.target)) (\(NumberText.points(best.target - start.target.top1))), shift average "
      + "\(percent(best.average)) (\(NumberText.points(best.average - start.average.top1)))"
    if choices.count == 1 { detail += " at α = \(NumberText.alpha(best.point.alpha))" }
    if let end = ends.first(where: { $0.method.name == best.method.name }), best.point.alpha != 1 {
      detail +=
        ". Against its own fine-tuned weights that is \(NumberText.points(best.target - end.target)) on the "
        + "target and \(NumberText.points(best.average - end.average)) on the shift average"
    }
    return Finding(lead: lead, detail: detail + ".")
  }

  /// How far the selected alphas are from the best there are.
  private func priceOfSelection() -> Finding? {
    let gaps = choices.compactMap { choice -> (String, Double)? in
      guard let oracle = choice.method.oraclePoint?.averageShift(over: shiftNames)?.measuredTop1 else {
        return nil
      }
      return (choice.method.name, oracle - choice.average)
    }
    guard let widest = gaps.max(by: { $0.1 < $1.1 }), widest.1 > 0.0005 else { return nil }
    let mean = gaps.map(\.1).reduce(0, +) / Double(gaps.count)
    return Finding(
      lead: "An oracle that picks α on the test data would gain \(percent(mean)) points of shift average"
        + (gaps.count == 1 ? "." : ", averaged over methods."),
      detail: "The gap is widest for \(widest.0) (\(percent(widest.1)) points). Oracle values are shown for "
        + "reference only: nobody can choose that way beforehand.")
  }

  /// How precisely all this is known.
  private func precision() -> Finding? {
    let targets = ends.compactMap { halfWidth($0.point.target) }
    let averages = ends.compactMap { halfWidth($0.averageScore) }
    guard let onTarget = targets.max(), let onShifts = averages.max() else { return nil }
    var detail = ""
    if ends.count > 1, let best = ends.max(by: { $0.target < $1.target }) {
      let tied = ends.count {
        $0.method.name != best.method.name && overlap($0.point.target, best.point.target)
      }
      let others = tied == 0 ? "no other method" : tied == 1 ? "one other method" : "\(tied) other methods"
      let verb = tied < 2 ? "the interval of \(others) overlaps" : "the intervals of \(others) overlap"
      detail = "On the target, \(verb) that of the best fine-tuned one, \(best.method.name)."
    }
    return Finding(
      lead:
        "Accuracies are known to ±\(percent(onTarget)) points on the target and ±\(percent(onShifts)) on the "
        + "shift average (95%).", detail: detail)
  }

  // MARK: Words

  /// Full fine-tuning where it was run, else the method that tunes the most.
  private var referenceEnd: Standing? {
    ends.first { isFull($0.method) } ?? ends.max { $0.method.tunedParameters < $1.method.tunedParameters }
  }

  private func isFull(_ method: MethodResult) -> Bool {
    ["full", "full fine-tuning", "full ft", "fft"].contains(method.name.lowercased())
  }

  private func phrase(for method: MethodResult) -> String {
    isFull(method) ? "Full fine-tuning" : method.name
  }

  private func change(_ difference: Double, unit: Bool) -> String {
    let amount = percent(difference.magnitude)
    if amount == "0.0" { return "changes nothing" }
    return "\(difference > 0 ? "gains" : "loses") \(amount)\(unit ? " points" : "")"
  }

  private func overlapRemark(_ one: Score, _ other: Score, on subject: String) -> String {
    overlap(one, other) ? " The 95% intervals on \(subject) overlap." : ""
  }

  private func overlap(_ one: Score, _ other: Score) -> Bool {
    guard let first = one.measuredInterval, let second = other.measuredInterval else { return false }
    return first.lower <= second.upper && second.lower <= first.upper
  }

  private func halfWidth(_ score: Score) -> Double? {
    score.measuredInterval.map { ($0.upper - $0.lower) / 2 }
  }

  private func percent(_ fraction: Double) -> String { NumberText.percent(fraction) }
}
