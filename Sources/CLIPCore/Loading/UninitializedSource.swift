import NN
import TensorCore

/// Supplies parameters of the right shape whose values are undefined, for counting them: memory that is never touched
/// costs nothing.
public final class UninitializedSource: ParameterSource {
  public init() {}

  public func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
    Tensor(uninitialized: shape)
  }
}
