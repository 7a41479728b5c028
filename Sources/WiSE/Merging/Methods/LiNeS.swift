import TensorCore

/// LiNeS: task arithmetic whose task vectors count more the deeper a block lies, λ = α + β · l / (L − 1) in block l of L; what is
/// outside the blocks counts α.
public struct LiNeS: MergeMethod {
  public var alpha = OwnOrNumber()
  public var beta = OwnOrNumber()
  public var weights = ModelWeights()

  public static let name = "lines"
  public static let summary =
    "The base plus the sum of what each fine-tuning changed, which counts more the deeper a block lies."
  public static let citation =
    "Wang et al., LiNeS: Post-training Layer Scaling Prevents Forgetting and Enhances Model Merging, ICLR 2025"
  public static let options: [MethodOption<LiNeS>] = [
    MethodOption(
      "alpha", \.alpha,
      "factor of the first block, and outside the blocks; by itself one over the number of models"),
    MethodOption("beta", \.beta, "how much more the last block's is; by itself 1 − alpha"),
    MethodOption("weights", \.weights, "by what each model's task vector is multiplied, besides"),
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    MergeCoefficients(try weights.of(setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let first = alpha.value ?? 1 / Double(tensor.count)
    let factor = DepthFactors(first: first, growth: beta.value ?? 1 - first).factor(at: tensor.place)
    return MergedTensor(
      try tensor.taskArithmetic(coefficients.values, scale: factor, base: tensor.base()), factor: factor)
  }
}

/// A number, or what the method takes by itself.
public struct OwnOrNumber: OptionText, Equatable {
  /// Nil leaves it to the method.
  public let value: Double?

  public init(_ value: Double? = nil) { self.value = value }

  private static let own = "auto"
  public static let valid = "a number in -100…100, or \(own)"

  public init?(optionText: String) {
    guard optionText != Self.own else {
      value = nil
      return
    }
    guard let number = Double(optionText), (-100.0...100).contains(number) else { return nil }
    value = number
  }

  public var optionText: String { value.map { OptionValue.number($0).description } ?? Self.own }
}
