extension Variable {
  /// Rows by index: self: [rows, width], index: `i32` [...] → [..., width]; an embedding, or the pooled tokens.
  /// - Precondition: every index is in 0..<rows.
  public func gatherRows(_ index: Tensor) -> Variable {
    precondition(index.intArray.allSatisfy { $0 >= 0 && Int($0) < shape[0] }, "row index out of range")
    let y = Tensor(uninitialized: index.shape + [shape[1]])
    Compute.backend.gatherRows(y, value, index: index)
    return .record(y, inputs: [self]) { [node, shape] dy in
      node?.accumulateInto(shape) { Compute.backend.scatterAddRows(adding: $0, dy, index: index) }
    }
  }
}
