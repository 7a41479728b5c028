extension Variable {
  /// Puts the same tokens before those of every sample: a class token, prompts.
  ///
  /// self: [batch, tokens, width], prefix: [n, width], of one type → [batch, n + tokens, width].
  public func prepending(_ prefix: Variable) -> Variable {
    let (batch, tokens, width) = (shape[0], shape[1], shape[2])
    let added = prefix.shape[0]
    precondition(prefix.dtype == dtype, "\(prefix.dtype) before \(dtype)")
    let y = Tensor(uninitialized: [batch, added + tokens, width], dtype: dtype)
    let backend = Compute.backend
    let stride = (added + tokens) * width
    backend.copyRuns(
      StridedRuns(y, stride: stride), StridedRuns(prefix.value, stride: 0), length: added * width,
      count: batch)
    backend.copyRuns(
      StridedRuns(y, offset: added * width, stride: stride), StridedRuns(value, stride: tokens * width),
      length: tokens * width, count: batch)
    return .record(y, inputs: [self, prefix]) { [node] dy in
      let gradient = Variable(dy)
      node?.add(gradient.tokens(added..<added + tokens).value)
      guard let prefixNode = prefix.node else { return }
      // Of many samples: summed in f32.
      let parts = gradient.tokens(0..<added).value.converted(to: .f32)
      guard prefix.dtype != .f32 else {
        return prefixNode.accumulateInto(prefix.shape) { Compute.backend.sumBroadcast(adding: $0, parts) }
      }
      let sum = Tensor(zeros: prefix.shape)
      Compute.backend.sumBroadcast(adding: sum, parts)
      prefixNode.add(sum.converted(to: prefix.dtype))
    }
  }

  /// A range of the tokens of every sample: [batch, tokens, width] → [batch, range.count, width].
  public func tokens(_ range: Range<Int>) -> Variable {
    let (batch, tokens, width) = (shape[0], shape[1], shape[2])
    guard range != 0..<tokens else { return self }
    let y = Tensor(uninitialized: [batch, range.count, width], dtype: dtype)
    Compute.backend.copyRuns(
      StridedRuns(y, stride: range.count * width),
      StridedRuns(value, offset: range.lowerBound * width, stride: tokens * width),
      length: range.count * width, count: batch)
    return .record(y, inputs: [self]) { [node, shape] dy in
      let dx = Tensor(zeros: shape, dtype: dy.dtype)
      Compute.backend.copyRuns(
        StridedRuns(dx, offset: range.lowerBound * width, stride: tokens * width),
        StridedRuns(dy, stride: range.count * width), length: range.count * width, count: batch)
      node?.add(dx)
    }
  }

  /// x[b, :] + table for every sample b: position embeddings. self: [batch, ...], table: [...].
  public func addingToEach(_ table: Variable) -> Variable {
    precondition(Array(shape.dropFirst()) == table.shape, "\(shape) + \(table.shape) for each")
    let y = Tensor(uninitialized: shape)
    Compute.backend.addBroadcast(y, value, table: table.value)
    return .record(y, inputs: [self, table]) { [node] dy in
      node?.add(dy)
      table.node?.accumulateInto(table.shape) { Compute.backend.sumBroadcast(adding: $0, dy) }
    }
  }
}
