extension Tensor {
  /// The same numbers as `f32` or `bf16`, rounded to nearest even; itself if it is of that type already.
  public func converted(to dtype: DType) -> Tensor {
    guard dtype != self.dtype else { return self }
    let result = Tensor(uninitialized: shape, dtype: dtype)
    Compute.backend.convert(result, self)
    return result
  }
}

extension Variable {
  /// The same numbers as `f32` or `bf16`; the gradient is converted back.
  public func converted(to dtype: DType) -> Variable {
    guard dtype != self.dtype else { return self }
    return .record(value.converted(to: dtype), inputs: [self]) { [node, original = self.dtype] dy in
      node?.add(dy.converted(to: original))
    }
  }
}
