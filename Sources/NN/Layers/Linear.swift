import TensorCore

/// y = x · Wᵀ + b, with room for an update.
public final class Linear {
  public let weight: Parameter
  public let bias: Parameter?
  /// Path of the layer, such as `visual.transformer.resblocks.0.mlp.c_fc`.
  public let path: String
  public let place: Place
  public var update: (any LinearUpdate)?

  public init(
    _ scope: ParameterScope, inputs: Int, outputs: Int, weight weightName: String = "weight",
    bias biasName: String = "bias", deviation: Float, place: Place
  ) {
    weight = scope.parameter(weightName, [outputs, inputs], .normal(deviation: deviation))
    bias = scope.parameter(biasName, [outputs], .zeros)
    path = scope.path
    self.place = place
  }

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }
  public var affine: AffineMap { AffineMap(weight: weight, bias: bias) }

  /// x: [..., inputs] → [..., outputs], of the type `result`, by default that of x.
  public func callAsFunction(
    _ x: Variable, activation: Activation = .identity, result: DType? = nil, _ context: ForwardContext
  ) -> Variable {
    let context = context.at(place)
    guard let update, context.alpha != 0 else { return plain(x, activation: activation, result: result) }
    let updated = update.output(of: self, for: x, result: result, context: context)
    let mixed = context.alpha == 1 ? updated : context.between(plain(x, result: result), updated)
    return mixed.activated(activation)
  }

  /// The layer without its update.
  public func plain(_ x: Variable, activation: Activation = .identity, result: DType? = nil) -> Variable {
    x.linear(
      weight: weight.variable, bias: bias?.variable, activation: activation, parameter: weight, result: result
    )
  }
}
