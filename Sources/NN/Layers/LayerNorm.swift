import TensorCore

/// Layer normalisation with a learned scale and shift.
public final class LayerNorm {
  public let weight: Parameter
  public let bias: Parameter
  public let place: Place
  private let epsilon: Float

  public init(_ scope: ParameterScope, width: Int, epsilon: Float, place: Place) {
    weight = scope.parameter("weight", [width], .ones)
    bias = scope.parameter("bias", [width], .zeros)
    self.epsilon = epsilon
    self.place = place
  }

  public var affine: AffineMap { AffineMap(weight: weight, bias: bias) }

  /// x: [..., width]; `result` is the type of the result's elements.
  public func callAsFunction(_ x: Variable, result: DType = .f32) -> Variable {
    x.layerNorm(gamma: weight.variable, beta: bias.variable, epsilon: epsilon, result: result)
  }
}
