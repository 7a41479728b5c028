/// The mean of the models' weights.
public struct UniformSoup: MergeMethod {
  public static let name = "uniform"
  public static let summary = "The mean of all models' weights."
  public static let citation =
    "Wortsman et al., Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing "
    + "inference time, ICML 2022"

  public init() {}

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    MergedTensor(try tensor.mixture(coefficients.values))
  }
}
