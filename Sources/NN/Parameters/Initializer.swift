import TensorCore

/// How a parameter starts when no file supplies it.
public enum Initializer: Sendable, Equatable {
  case constant(Float)
  case normal(mean: Float = 0, deviation: Float)
  case uniform(bound: Float)
  /// Uniform in ±√(6 / (fan in + fan out)) (Glorot & Bengio 2010).
  case xavierUniform
  /// Uniform in ±1 / √(fan in): PyTorch's default for linear layers.
  case kaimingUniform

  public static let zeros = Initializer.constant(0)
  public static let ones = Initializer.constant(1)

  /// A tensor of `shape`, weights being [out, in…]; the values depend on the seed and the shape only.
  public func tensor(shape: [Int], seed: UInt64) -> Tensor {
    let tensor = Tensor(uninitialized: shape)
    var random = SeededRandom(seed)
    let fanOut = Float(shape.first ?? 1)
    let fanIn = Float(shape.dropFirst().reduce(1, *))
    let values = tensor.mutableFloats
    func fill(_ next: () -> Float) { for i in values.indices { values[i] = next() } }
    switch self {
    case .constant(let value): values.update(repeating: value)
    case .normal(let mean, let deviation): fill { mean + deviation * random.normal() }
    case .uniform(let bound): fill { random.uniform(-bound, bound) }
    case .xavierUniform:
      let bound = (6 / (fanIn + fanOut)).squareRoot()
      fill { random.uniform(-bound, bound) }
    case .kaimingUniform:
      let bound = 1 / fanIn.squareRoot()
      fill { random.uniform(-bound, bound) }
    }
    return tensor
  }
}
