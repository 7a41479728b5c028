import Foundation
import TensorCore

/// A linear probe whose strength the validation images chose, by CLIP's protocol.
public struct StrengthSweep: Sendable {
  /// One strength, and how well it does.
  public struct Trial: Sendable, Codable, Equatable {
    /// C, as scikit-learn has it.
    public var strength: Double
    public var validationTop1: Double
    public var iterations: Int
    public var outcome: LBFGS.Outcome
  }

  /// In the order tried.
  public let trials: [Trial]
  public let best: Trial
  /// The best, fitted on the training images alone.
  public let probe: LogisticProbe
}

extension LogisticProbe {
  /// Fits probes of strengths between 1e-6 and 1e6 as `StrengthSearch` proposes, and keeps the one with the best
  /// validation accuracy. Each fit begins from the probe of the nearest strength before.
  ///
  /// CLIP's authors then fitted the best strength anew on training and validation images together: `fit` does that.
  public static func sweep(
    train: LabeledFeatures, validation: LabeledFeatures, classes: Int, precision: Precision = Precision(),
    check: () throws -> Void = {}
  ) throws -> StrengthSweep {
    guard validation.width == train.width else {
      throw TrainingError.badSetting(
        "Features for validation have \(validation.width) columns, those for training \(train.width).")
    }
    var probes: [Int: LogisticProbe] = [:]
    var trials: [StrengthSweep.Trial] = []
    var search = StrengthSearch()
    while let step = search.next {
      let nearest = probes.min { (abs($0.key - step), $0.key) < (abs($1.key - step), $1.key) }?.value
      let probe = try fit(
        train, classes: classes, strength: StrengthSearch.strength(step), from: nearest,
        precision: precision, check: check)
      let top1 = probe.top1(on: validation)
      probes[step] = probe
      trials.append(
        .init(
          strength: probe.strength, validationTop1: top1, iterations: probe.iterations,
          outcome: probe.outcome))
      search.record(top1, at: step)
    }
    guard let peak = search.peak, let probe = probes[peak],
      let best = trials.first(where: { $0.strength == probe.strength })
    else { preconditionFailure("a search tries at least one strength") }
    return StrengthSweep(trials: trials, best: best, probe: probe)
  }
}

/// CLIP's binary search for a strength (Radford et al. 2021, appendix A.3): 96 logarithmic steps from 1e-6 to 1e6, of which
/// seven, two decades apart, are tried first; then the interval on both sides of the best so far is halved until
/// neighbours are an eighth of a decade apart.
///
/// Of strengths that do equally well, the stronger penalty, the smaller C, is the best.
package struct StrengthSearch {
  /// Strengths are 10^(step / 8).
  private static let stepsPerDecade = 8
  private static let limits = -48...48

  private var scores: [Int: Double] = [:]
  /// What to try before anything is halved again, the next first.
  private var waiting = Array(stride(from: limits.lowerBound, through: limits.upperBound, by: 16))
  private var interval = 16

  package init() {}

  /// C of a step.
  package static func strength(_ step: Int) -> Double { pow(10, Double(step) / Double(stepsPerDecade)) }

  /// The step to try next; nil where the search is over.
  package var next: Int? { waiting.first }

  /// The best step so far.
  package var peak: Int? { scores.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key }

  /// Takes note of how well `next` does.
  package mutating func record(_ score: Double, at step: Int) {
    scores[step] = score
    waiting.removeAll { $0 == step }
    while waiting.isEmpty, interval > 1, let peak {
      interval /= 2
      waiting = [peak - interval, peak + interval].filter {
        Self.limits.contains($0) && scores[$0] == nil
      }
    }
  }
}
