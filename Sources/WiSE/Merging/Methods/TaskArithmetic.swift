import TensorCore

/// Task arithmetic: base + scale · Σ wᵢ · (θᵢ − base).
public struct TaskArithmetic: MergeMethod {
  public var weights = ModelWeights()
  public var scale: Float = 1

  public static let name = "task-arithmetic"
  public static let summary = "The base plus the sum of what each fine-tuning changed."
  public static let citation = "Ilharco et al., Editing Models with Task Arithmetic, ICLR 2023"
  public static let options: [MethodOption<TaskArithmetic>] = [
    MethodOption("weights", \.weights, "by what each model's task vector is multiplied"),
    MethodOption(
      "scale", \.scale, -100...100,
      "by what their sum is multiplied; chosen on validation images in the paper"),
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    MergeCoefficients(try weights.of(setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    MergedTensor(
      try tensor.taskArithmetic(coefficients.values, scale: Double(scale), base: tensor.base()))
  }
}
