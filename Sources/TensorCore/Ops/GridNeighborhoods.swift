extension Variable {
  /// What a 3 × 3 convolution with padding 1 sees of tokens that are a class token followed by a square grid of patches.
  ///
  /// self: [batch, 1 + side², width], or only its class token → [batch, tokens, 9 · width], the neighbours row by row. The
  /// class token is an image of one pixel: all its neighbours but itself are padding, which is 0.
  public func gridNeighborhoods(side: Int) -> Variable {
    let (batch, tokens, width) = (shape[0], shape[1], shape[2])
    precondition(tokens == 1 + side * side || tokens == 1, "\(tokens) tokens for a grid of side \(side)")
    let rows = batch * tokens
    let index = Self.neighbors(batch: batch, tokens: tokens, side: side)
    func padded(_ x: Tensor) -> Tensor {
      let y = Tensor(zeros: [rows + 1, width], dtype: .f32)
      y.rows(0..<rows).mutableBytes.copyMemory(from: x.converted(to: .f32).bytes)
      return y
    }
    let y = Tensor(uninitialized: [rows * 9, width])
    Compute.backend.gatherRows(y, padded(value), index: index)
    let result = y.reshaped([batch, tokens, 9 * width]).converted(to: dtype)
    return .record(result, inputs: [self]) { [node, shape, dtype] dy in
      let sum = Tensor(zeros: [rows + 1, width])
      Compute.backend.scatterAddRows(
        adding: sum, dy.converted(to: .f32).reshaped([rows * 9, width]), index: index)
      node?.add(sum.rows(0..<rows).reshaped(shape).converted(to: dtype))
    }
  }

  /// [batch · tokens · 9], the last row of the padded table standing for padding.
  private static func neighbors(batch: Int, tokens: Int, side: Int) -> Tensor {
    let padding = Int32(batch * tokens)
    var index: [Int32] = []
    index.reserveCapacity(batch * tokens * 9)
    for image in 0..<batch {
      let first = Int32(image * tokens)
      for offset in 0..<9 { index.append(offset == 4 ? first : padding) }
      for patch in 0..<tokens - 1 {
        let (row, column) = (patch / side, patch % side)
        for offset in 0..<9 {
          let (y, x) = (row + offset / 3 - 1, column + offset % 3 - 1)
          let inside = (0..<side).contains(y) && (0..<side).contains(x)
          index.append(inside ? first + 1 + Int32(y * side + x) : padding)
        }
      }
    }
    return Tensor(index, shape: [batch * tokens * 9])
  }
}
