import Foundation

extension Variable {
  /// eˣ, element by element.
  public func exponential() -> Variable {
    let y = Tensor(uninitialized: shape)
    let (x, out) = (value.floats, y.mutableFloats)
    for i in x.indices { out[i] = exp(x[i]) }
    return .record(y, inputs: [self]) { [node] dy in
      node?.add(Variable(dy).multipliedElementwise(by: Variable(y)).value)
    }
  }
}
