extension Tensor {
  /// Column of the largest element of each row of [rows, columns]; the first of equals.
  public func argmaxByRow() -> [Int] {
    let columns = shape[1]
    return withExtendedLifetime(self) {
      let values = floats
      return (0..<shape[0]).map { row in
        var best = 0
        let start = row * columns
        for column in 1..<max(1, columns) where values[start + column] > values[start + best] {
          best = column
        }
        return best
      }
    }
  }
}
