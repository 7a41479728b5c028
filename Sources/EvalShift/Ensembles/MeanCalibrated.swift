/// The mean of the models' probabilities, each model's logits divided by its own temperature first: a model that is too
/// sure of itself does not outweigh the others.
public struct MeanCalibrated: EnsembleRule {
  public let name = "mean-calibrated"
  public let summary = "mean of the probabilities, each model calibrated first"
  public let citation: String? =
    "Kumar et al., Calibrated ensembles can mitigate accuracy tradeoffs under distribution shift, UAI 2022"
  public let needs: Set<EnsembleNeed> = [.temperatures]
  public let givesProbabilities = true

  public init() {}

  public func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float] {
    let temperatures = try inputs.requireTemperatures(for: self)
    return inputs.eachImage { image in
      logarithms(inputs.mixedProbabilities(of: image) { 1 / temperatures[$0] })
    }
  }
}
