import TensorCore

/// y = x · Wᵀ + b, with room for a factored update.
public final class Linear {
  public let weight: Parameter
  public let bias: Parameter?
  /// Path of the layer, such as `visual.transformer.resblocks.0.mlp.c_fc`.
  public let path: String
  public var update: (any LinearUpdate)?

  public init(
    _ scope: ParameterScope, inputs: Int, outputs: Int, weight weightName: String = "weight",
    bias biasName: String = "bias", deviation: Float
  ) {
    weight = scope.parameter(weightName, [outputs, inputs], .normal(deviation: deviation))
    bias = scope.parameter(biasName, [outputs], .zeros)
    path = scope.path
  }

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }
  public var affine: AffineMap { AffineMap(weight: weight, bias: bias) }

  /// x: [..., inputs] → [..., outputs], of the type `result`, by default that of x.
  public func callAsFunction(
    _ x: Variable, activation: Activation = .identity, result: DType? = nil, _ context: ForwardContext
  ) -> Variable {
    guard let update else {
      return x.linear(
        weight: weight.variable, bias: bias?.variable, activation: activation, parameter: weight,
        result: result)
    }
    let base = x.linear(weight: weight.variable, bias: bias?.variable, parameter: weight, result: result)
    return update.apply(to: base, input: x, context: context).activated(activation)
  }
}
