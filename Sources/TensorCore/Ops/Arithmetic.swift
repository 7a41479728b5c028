extension Tensor {
  /// (1 − alpha) · a + alpha · b, element by element; alpha 0 and 1 give a and b bit for bit.
  public static func lerp(_ a: Tensor, _ b: Tensor, alpha: Float) -> Tensor {
    precondition(a.shape == b.shape, "\(a.shape) and \(b.shape) cannot be interpolated")
    let out = Tensor(uninitialized: a.shape)
    Compute.backend.lerp(out, a, b, alpha: alpha)
    return out
  }

  /// Softmax over the last dimension.
  public func softmax() -> Tensor {
    let out = Tensor(uninitialized: shape)
    Compute.backend.softmax(out, self)
    return out
  }

  /// Whether no element is infinite or NaN.
  public var isFinite: Bool { Compute.backend.allFinite(self) }
}
