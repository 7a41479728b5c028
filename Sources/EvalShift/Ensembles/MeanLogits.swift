/// The mean of the models' logits: the ensemble in output space that WiSE-FT compares with, (1 − α) f₀ + α f₁.
public struct MeanLogits: EnsembleRule {
  public let name = "mean-logits"
  public let summary = "mean of the logits"
  public let citation: String? = "Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022"
  public let needs: Set<EnsembleNeed> = []
  public let givesProbabilities = false

  public init() {}

  public func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float] {
    inputs.eachImage { image in
      inputs.weightedSum(of: image) { _, logits in logits.map(Double.init) }.map(Float.init)
    }
  }
}
