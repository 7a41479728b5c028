import Datasets
import EvalShift
import Foundation

/// How robust one run is, by every measure that its scores allow: what `clipft compare --json` prints for each run.
public struct RobustnessSummary: Codable, Sendable, Equatable {
  /// On one shift.
  public struct Shift: Codable, Sendable, Equatable {
    public let dataset: String
    public let top1: Double
    public let top1Interval: ConfidenceBounds
    /// Accuracy on the target's images of the shift's classes less that on the shift; nil where none are of its classes.
    public let drop: Double?
    public let dropInterval: ConfidenceBounds?
    /// Accuracy gained over the zero-shot model (Taori et al. 2020); nil where that was not scored.
    public let relative: Double?
    /// Accuracy beyond what models without an intervention have of this target accuracy (Taori et al. 2020); nil where the table has
    /// not both sets.
    public let effective: Double?
    public let effectiveInterval: ConfidenceBounds?

    enum CodingKeys: String, CodingKey {
      case dataset, top1, drop
      case top1Interval = "top1_ci95"
      case dropInterval = "drop_ci95"
      case relative = "relative_robustness"
      case effective = "effective_robustness"
      case effectiveInterval = "effective_robustness_ci95"
    }
  }

  public let run: String
  public let group: String
  public let alpha: Double
  public let target: String
  public let top1: Double
  public let shifts: [Shift]
  public let averageShift: Double
  /// Means over the shifts; nil where one has no value.
  public let averageDrop: Double?
  public let averageRelative: Double?
  public let averageEffective: Double?
  /// mCE and relative mCE; nil unless all of ImageNet-C was scored.
  public let meanCorruptionError: Double?
  public let relativeMeanCorruptionError: Double?
  /// What the run's curve reaches; nil where none was traced on these sets.
  public let frontier: FrontierSummary?

  enum CodingKeys: String, CodingKey {
    case run, group, alpha, target, top1, shifts, frontier
    case averageShift = "average_shift"
    case averageDrop = "average_drop"
    case averageRelative = "average_relative_robustness"
    case averageEffective = "average_effective_robustness"
    case meanCorruptionError = "mce"
    case relativeMeanCorruptionError = "relative_mce"
  }

  /// From what a run said of a target and its shifts; nil without either.
  ///
  /// `curves` are those that the run keeps, of which the first that fits says how the zero-shot model fared, `frontier` is what one
  /// of them reaches, and `table` the models through which the line of effective robustness is drawn.
  public init?(
    run: String, group: String, alpha: Double, sets: [KeptPredictions], curves: [WiseCurve],
    frontier: FrontierSummary? = nil, table: AccuracyTable?, resampling: Resampling
  ) throws {
    let targets = sets.filter { $0.scores.role == .target }
    let keptShifts = sets.filter { $0.scores.role == .shift }
    guard targets.count == 1, let keptTarget = targets.first, !keptShifts.isEmpty else { return nil }
    let (target, shifted) = (keptTarget.scores, keptShifts.map(\.scores))
    // Where all weights move, whatever the grid, they begin at the zero-shot model.
    let starts = curves.filter(\.isWhole).compactMap { $0.point(at: 0) }.flatMap { [$0.target] + $0.shifts }
    let measured = try keptShifts.map { kept in
      let shift = kept.scores
      // Of this target, whatever the shift was scored beside before.
      let drop = try kept.twin(in: keptTarget)?.drop(to: shift.top1, shift.top1Interval)
      let zeroShot = starts.first { Self.sameImages($0, shift) }
      var effective: EffectiveRobustness?
      if let table, table.datasets.contains(target.dataset), table.datasets.contains(shift.dataset) {
        effective = try EffectiveRobustness(
          target: target.top1, shift: shift.top1,
          models: table.accuracies(target: target.dataset, shift: shift.dataset),
          rounds: resampling.rounds, seed: resampling.seed)
      }
      return Shift(
        dataset: shift.dataset, top1: shift.top1, top1Interval: shift.top1Interval,
        drop: drop?.value, dropInterval: drop?.interval,
        relative: zeroShot.map { shift.top1 - $0.top1 }, effective: effective?.value,
        effectiveInterval: effective?.bounds)
    }
    (self.run, self.group, self.alpha) = (run, group, alpha)
    (self.target, top1) = (target.dataset, target.top1)
    averageShift = shifted.reduce(0) { $0 + $1.top1 } / Double(shifted.count)
    shifts = measured
    averageDrop = Self.mean(measured.map(\.drop))
    averageRelative = Self.mean(measured.map(\.relative))
    averageEffective = Self.mean(measured.map(\.effective))
    let corruption = try Self.corruption(shifted, clean: 1 - target.top1)
    (meanCorruptionError, relativeMeanCorruptionError) = (corruption?.mean, corruption?.relativeMean)
    self.frontier = frontier
  }

  /// A curve of other images, or of another precision, says nothing of these.
  private static func sameImages(_ one: DatasetScores, _ other: DatasetScores) -> Bool {
    one.provenance?.imagesSHA256 == other.provenance?.imagesSHA256 && one.classes == other.classes
      && one.provenance?.precision == other.provenance?.precision
  }

  /// Whether a curve leads from the zero-shot model to the fine-tuned one on these sets, and no others.
  private static func traces(_ curve: WiseCurve, _ target: DatasetScores, _ shifts: [DatasetScores]) -> Bool {
    guard curve.isPlain, let point = curve.points.first, sameImages(point.target, target) else {
      return false
    }
    return point.shifts.count == shifts.count
      && shifts.allSatisfy { one in point.shifts.contains { sameImages($0, one) } }
  }

  /// Of several runs, which were scored on the same sets. Frontiers are of curves at the same alphas, or there are none: the finer
  /// a curve, the more it reaches. With what a reader must know of that, a sentence each.
  public static func summaries(
    _ runs: [(name: String, group: String, alpha: Double, sets: [KeptPredictions], curves: [WiseCurve])],
    table: AccuracyTable?, resampling: Resampling
  ) throws -> (summaries: [RobustnessSummary], notes: [String]) {
    let traced = runs.map { run in
      let shifts = run.sets.map(\.scores).filter { $0.role == .shift }
      let target = run.sets.map(\.scores).first { $0.role == .target }
      return run.curves.filter { curve in target.map { traces(curve, $0, shifts) } ?? false }
    }
    // A run without a curve has no number that could be compared.
    let having = traced.indices.filter { !traced[$0].isEmpty }
    let chosen = zip(having, CommonCurves.choose(having.map { traced[$0] })).map { ($0, traced[$0][$1]) }
    let isCommon = Set(chosen.map { $0.1.points.map(\.alpha) }).count < 2
    let frontiers = Dictionary(uniqueKeysWithValues: chosen)
    let summaries = try runs.indices.compactMap { place -> RobustnessSummary? in
      let run = runs[place]
      return try RobustnessSummary(
        run: run.name, group: run.group, alpha: run.alpha, sets: run.sets, curves: run.curves,
        frontier: isCommon ? frontiers[place]?.frontier : nil, table: table, resampling: resampling)
    }
    let note =
      "the runs' curves on these sets were traced at different alphas, so that what they reach is not compared; trace them anew "
      + "at the same with `clipft wise`"
    return (summaries, isCommon ? [] : [note])
  }

  private static func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap { $0 }
    return known.count == values.count ? known.reduce(0, +) / Double(known.count) : nil
  }

  /// From the variants of ImageNet-C, which are called `imagenet-c.CORRUPTION.SEVERITY`; nil where none is.
  private static func corruption(_ shifts: [DatasetScores], clean: Double) throws -> CorruptionError? {
    var rates: [ImageNetCorruption: [Int: Double]] = [:]
    for shift in shifts {
      let parts = shift.dataset.split(separator: ".")
      guard parts.count == 3, parts[0] == "imagenet-c", let severity = Int(parts[2]),
        let corruption = ImageNetCorruption(rawValue: String(parts[1]))
      else { continue }
      rates[corruption, default: [:]][severity] = 1 - shift.top1
    }
    return rates.isEmpty ? nil : try CorruptionError(rates, clean: clean)
  }
}
