import TensorCore

/// Model Stock: between the base and the models' mean, t = N·c / (1 + (N − 1)·c), c being the mean cosine between the task vectors
/// of two models, tensor by tensor: the more the models agree, the nearer to their mean.
///
/// A model that did not change a tensor has cosines of 0 there; where task vectors cancel each other out, t is 0.
public struct ModelStock: MergeMethod {
  public static let name = "model-stock"
  public static let summary =
    "Between the base and the mean of all models, tensor by tensor by how much their changes agree."
  public static let citation =
    "Jang et al., Model Stock: All we need is just a few fine-tuned models, ECCV 2024"
  public static let needs: MergeNeeds = .base
  public static let models = 2...mostModels

  private static let smallestDenominator = 1e-6

  public init() {}

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let base = try tensor.base()
    let (sums, directions) = (ElementSums(tensor.elements), ElementSums(tensor.elements))
    var changed = 0
    for index in 0..<tensor.count {
      let delta = try tensor.delta(index, from: base)
      sums.add(delta, times: coefficients.values[index])
      let norm = Elements.dot(delta, delta).squareRoot()
      guard norm > 0 else { continue }
      directions.add(delta, times: 1 / norm)
      changed += 1
    }
    let models = Double(tensor.count)
    // |Σ u|² of directions u has each once with itself, and each pair twice.
    let cosine = (directions.sumOfSquares - Double(changed)) / (models * (models - 1))
    let denominator = 1 + (models - 1) * cosine
    let t = denominator > Self.smallestDenominator ? models * cosine / denominator : 0
    return MergedTensor(sums.tensor(tensor.shape, times: t, plus: base), factor: t)
  }
}
