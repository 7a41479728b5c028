import Foundation

/// Probabilities of a zero-shot and a fine-tuned model mixed for each image by how near it is to training images that
/// only fine-tuning gets right: p = (1 − ω) p₀ + ω p₁ with ω = σ(−(d − a) / b), d the distance that `ZeroShotFailures`
/// measures. Both models are calibrated by their temperatures first.
///
/// The authors choose a temperature at which mean confidence equals accuracy; here it is the one of least negative
/// log-likelihood, as everywhere in this program.
public struct VarianceReduction: EnsembleRule {
  public let name = "vrf"
  public let summary = "zero-shot and fine-tuned probabilities, mixed by nearness to zero-shot failures"
  public let citation: String? =
    "Zhu, Cui & Zhang, Robust fine-tuning of zero-shot models via variance reduction, NeurIPS 2024"
  public let needs: Set<EnsembleNeed> = [.temperatures, .failureDistances]
  public let givesProbabilities = true
  /// The distance at which both weigh the same, and how fast that changes; the defaults are the authors' for CLIP.
  public let centre: Double
  public let width: Double

  public init() { (centre, width) = (1.5, 0.6) }

  /// Throws unless the width is above 0.
  public init(centre: Double, width: Double) throws(EvaluationError) {
    guard centre.isFinite, width.isFinite, width > 0 else {
      throw .statistic("the width of the mixing weight is above 0, and \(width) is not")
    }
    (self.centre, self.width) = (centre, width)
  }

  public func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float] {
    let temperatures = try inputs.requireTemperatures(for: self)
    guard let distances = inputs.failureDistances else {
      throw .statistic(
        "\(name) needs the distance of each image to the zero-shot failures of the training set")
    }
    guard inputs.models.count == 2, !inputs.isWeighted else {
      throw .statistic(
        "\(name) mixes two models, the zero-shot and then the fine-tuned one, by weights of its own: "
          + "give it two models and no weights")
    }
    return inputs.eachImage { image in
      let fineTuned = 1 / (1 + exp((distances[image] - centre) / width))
      return logarithms(
        inputs.mixedProbabilities(of: image, shares: [1 - fineTuned, fineTuned]) { 1 / temperatures[$0] })
    }
  }
}
