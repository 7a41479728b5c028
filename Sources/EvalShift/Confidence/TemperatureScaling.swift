import Foundation

/// One number that a model's logits are divided by so that its probabilities are calibrated (Guo et al., On calibration
/// of modern neural networks, ICML 2017): the one at which the negative log-likelihood of validation images is lowest.
public struct TemperatureScaling: Sendable, Equatable {
  /// How the temperature was found.
  public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// It is the minimum.
    case minimum
    /// Sharper is better without end: every image is right, or nearly so; the temperature is the lowest.
    case lowest
    /// Flatter is better without end: the model does no better than chance; the temperature is the highest.
    case highest
    /// Any temperature is as good: no image's logits differ; the temperature is 1.
    case undetermined

    /// What the temperature is, in words.
    public var words: String {
      switch self {
      case .minimum: "the best there is"
      case .lowest: "the lowest there is: (nearly) all validation images are right"
      case .highest: "the highest there is: it does no better than chance on the validation images"
      case .undetermined: "1, as any would do: its logits do not differ"
      }
    }
  }

  /// The temperatures that are considered.
  public static let range = 1e-3...1e3

  public let temperature: Double
  public let outcome: Outcome
  /// Mean negative log-likelihood of the validation images at that temperature, and at 1.
  public let negativeLogLikelihood: Double
  public let negativeLogLikelihoodBefore: Double

  /// Fits the temperature to the logits [N, `classCount`] and targets [N] of validation images, never of test images.
  public init(logits: [Float], targets: [Int32], classCount: Int) throws(EvaluationError) {
    let logits = try LogitMatrix(logits, classCount: classCount)
    try logits.requireTargets(targets)
    let loss = Likelihood(logits: logits, targets: targets)
    (temperature, outcome) = Self.minimize(loss)
    negativeLogLikelihood = loss.at(1 / temperature).value
    negativeLogLikelihoodBefore = loss.at(1).value
  }

  /// Logits divided by the temperature.
  public func scale(_ logits: [Float]) -> [Float] { logits.map { Float(Double($0) / temperature) } }

  /// In the inverse of the temperature the loss is convex: Newton's steps, kept between what is known to be below and
  /// above the minimum.
  private static func minimize(_ loss: Likelihood) -> (Double, Outcome) {
    var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
    let (first, last) = (loss.at(low), loss.at(high))
    if first.slope == 0, first.curvature == 0 { return (1, .undetermined) }
    if last.slope <= 0 { return (range.lowerBound, .lowest) }
    if first.slope >= 0 { return (range.upperBound, .highest) }
    var inverse = 1.0
    for _ in 0..<200 {
      let (_, slope, curvature) = loss.at(inverse)
      if slope == 0 { break }
      if slope < 0 { low = inverse } else { high = inverse }
      let step = inverse - slope / curvature
      let next = step > low && step < high ? step : (low * high).squareRoot()
      let isDone = abs(next - inverse) <= 1e-14 * inverse
      inverse = next
      if isDone { break }
    }
    return (1 / inverse, .minimum)
  }
}

/// The mean negative log-likelihood of targets under logits times a number, with its first two derivatives.
private struct Likelihood: Sendable {
  let logits: LogitMatrix
  let targets: [Int32]

  func at(_ scale: Double) -> (value: Double, slope: Double, curvature: Double) {
    let rows = logits.mapRows { row, logits in
      // From the target's logit, so that the sums of a model that is certain and right are exactly 0.
      let own = Double(logits[Int(targets[row])])
      let highest = Double(logits.max() ?? 0)
      var (total, first, second) = (0.0, 0.0, 0.0)
      for logit in logits {
        let excess = Double(logit) - own
        let mass = exp(scale * (Double(logit) - highest))
        total += mass
        first += mass * excess
        second += mass * excess * excess
      }
      let mean = first / total
      return (log(total) + scale * (highest - own), mean, max(0, second / total - mean * mean))
    }
    var sums = (0.0, 0.0, 0.0)
    for row in rows { sums = (sums.0 + row.0, sums.1 + row.1, sums.2 + row.2) }
    let n = Double(rows.count)
    return (sums.0 / n, sums.1 / n, sums.2 / n)
  }
}
