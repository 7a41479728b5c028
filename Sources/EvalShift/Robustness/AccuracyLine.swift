import Foundation

/// The accuracy under shift to be expected of a model from its accuracy on the target: a straight line in logit
/// space, fitted by least squares to models without a robustness intervention (Taori et al., Measuring robustness to
/// natural distribution shifts in image classification, NeurIPS 2020).
public struct AccuracyLine: Sendable, Equatable {
  /// logit(shift accuracy) = slope · logit(target accuracy) + intercept.
  public let slope: Double
  public let intercept: Double
  /// Fraction of the variance of logit(shift accuracy) the line explains.
  public let determination: Double

  /// Fits the line to (target, shift) accuracies, at least two of them with different target accuracies.
  public init(through models: [(target: Double, shift: Double)]) throws(EvaluationError) {
    guard models.count >= 2 else { throw .cannotFit("it takes at least two models, not \(models.count)") }
    guard models.allSatisfy({ (0...1).contains($0.target) && (0...1).contains($0.shift) }) else {
      throw .cannotFit("an accuracy is no fraction between 0 and 1")
    }
    let points = models.map { (x: Self.logit($0.target), y: Self.logit($0.shift)) }
    guard let fit = Fit(points, counting: nil) else {
      throw .cannotFit("all models have the same target accuracy")
    }
    self.init(fit)
  }

  fileprivate init(_ fit: Fit) {
    slope = fit.slope
    intercept = fit.intercept
    determination = fit.determination
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

/// Effective robustness with what the choice of models leaves open about the line.
///
/// The interval is the percentile one of a bootstrap that draws the line's models; draws in which all models have the same
/// target accuracy have no line and are counted. It holds the chance of which models the line was drawn through, and not
/// that of the images the model was scored on; and as models of one release are alike, it is rather too narrow.
public struct EffectiveRobustness: Sendable, Equatable {
  public let line: AccuracyLine
  /// How far the model is above the line.
  public let value: Double
  /// Nil where no draw has a line.
  public let bounds: ConfidenceBounds?
  /// Draws without a line.
  public let undefined: Int

  /// Of a model with `target` and `shift` accuracy, against the line through (target, shift) accuracies of others.
  public init(
    target: Double, shift: Double, models: [(target: Double, shift: Double)],
    rounds: Int = BootstrapCounts.defaultRounds, level: Double = 0.95, seed: UInt64 = 0
  ) throws(EvaluationError) {
    guard (0...1).contains(target), (0...1).contains(shift) else {
      throw .cannotFit("the model's accuracy is no fraction between 0 and 1")
    }
    line = try AccuracyLine(through: models)
    value = line.effectiveRobustness(target: target, shift: shift)
    let points = models.map { (x: AccuracyLine.logit($0.target), y: AccuracyLine.logit($0.shift)) }
    let distribution = try BootstrapCounts(images: models.count, rounds: rounds, seed: seed).evaluate {
      counts in
      Fit(points, counting: counts).map {
        AccuracyLine($0).effectiveRobustness(target: target, shift: shift)
      }
    }
    bounds = try distribution.interval(level: level, parameters: 2)
    undefined = distribution.undefined
  }
}

/// Least squares through points that count a number of times each.
private struct Fit {
  let slope: Double
  let intercept: Double
  let determination: Double

  /// Nil of points that all have the same x.
  init?(_ points: [(x: Double, y: Double)], counting counts: [Int32]?) {
    func sum(_ value: ((x: Double, y: Double)) -> Double) -> Double {
      guard let counts else { return points.reduce(0) { $0 + value($1) } }
      return zip(points, counts).reduce(0) { $0 + Double($1.1) * value($1.0) }
    }
    let n = sum { _ in 1 }
    let meanX = sum(\.x) / n
    let meanY = sum(\.y) / n
    let spread = sum { ($0.x - meanX) * ($0.x - meanX) }
    guard spread > 1e-12 else { return nil }
    let slope = sum { ($0.x - meanX) * ($0.y - meanY) } / spread
    let intercept = meanY - slope * meanX
    let total = sum { ($0.y - meanY) * ($0.y - meanY) }
    let residual = sum { point in
      let error = point.y - (slope * point.x + intercept)
      return error * error
    }
    self.slope = slope
    self.intercept = intercept
    determination = total > 1e-12 ? 1 - residual / total : 1
  }
}
