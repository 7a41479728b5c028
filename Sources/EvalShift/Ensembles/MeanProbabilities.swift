/// The mean of the models' probabilities.
public struct MeanProbabilities: EnsembleRule {
  public let name = "mean-probabilities"
  public let summary = "mean of the probabilities"
  public let citation: String? =
    "Lakshminarayanan, Pritzel & Blundell, Simple and scalable predictive uncertainty estimation, NeurIPS 2017"
  public let needs: Set<EnsembleNeed> = []
  public let givesProbabilities = true

  public init() {}

  public func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float] {
    inputs.eachImage { logarithms(inputs.mixedProbabilities(of: $0)) }
  }
}
