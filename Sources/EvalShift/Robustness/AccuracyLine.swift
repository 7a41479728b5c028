import Foundation

/// The accuracy under shift to be expected of a model from its accuracy on the target: a straight line in logit
/// space, fitted by least squares to models without a robustness intervention (Taori et al. 2020).
public struct AccuracyLine: Sendable, Equatable {
  /// logit(shift accuracy) = slope · logit(target accuracy) + intercept.
  public let slope: Double
  public let intercept: Double
  /// Fraction of the variance of logit(shift accuracy) the line explains.
  public let determination: Double

  /// Fits the line to (target, shift) accuracies, at least two of them with different target accuracies.
  public init(through models: [(target: Double, shift: Double)]) throws(EvaluationError) {
    guard models.count >= 2 else { throw .cannotFit("it takes at least two models, not \(models.count)") }
    let x = models.map { Self.logit($0.target) }
    let y = models.map { Self.logit($0.shift) }
    let meanX = x.reduce(0, +) / Double(x.count)
    let meanY = y.reduce(0, +) / Double(y.count)
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    guard spread > 1e-12 else { throw .cannotFit("all models have the same target accuracy") }
    slope = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    intercept = meanY - slope * meanX
    let total = y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
    let (a, b) = (slope, intercept)
    let residual = zip(x, y).reduce(0) { sum, point in
      let error = point.1 - (a * point.0 + b)
      return sum + error * error
    }
    determination = total > 1e-12 ? 1 - residual / total : 1
  }

  /// The shift accuracy the line predicts for a model of this target accuracy.
  public func expectedShift(atTarget target: Double) -> Double {
    1 / (1 + exp(-(slope * Self.logit(target) + intercept)))
  }

  /// How far a model is above (or below) the line: its accuracy beyond what its target accuracy explains.
  public func effectiveRobustness(target: Double, shift: Double) -> Double {
    shift - expectedShift(atTarget: target)
  }

  /// Accuracies of exactly 0 and 1 have no logit; they are taken as one error, or one hit, in ten thousand.
  static func logit(_ accuracy: Double) -> Double {
    let inside = min(max(accuracy, 1e-4), 1 - 1e-4)
    return log(inside / (1 - inside))
  }
}

/// Relative robustness (Taori et al. 2020): what an intervention gains under shift over the model it started from.
public func relativeRobustness(shift: Double, baselineShift: Double) -> Double { shift - baselineShift }
