extension Variable {
  /// Variables of the same shape but for the first dimension, one after another: [a, …], [b, …] → [a + b, …].
  public static func concatenated(_ parts: [Variable]) -> Variable {
    guard parts.count > 1, let first = parts.first else { return parts[0] }
    let rest = Array(first.shape.dropFirst())
    precondition(parts.allSatisfy { Array($0.shape.dropFirst()) == rest && $0.dtype == first.dtype })
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let y = Tensor(uninitialized: [rows] + rest, dtype: first.dtype)
    var ranges: [Range<Int>] = []
    for part in parts {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + part.shape[0])
      y.rows(ranges[ranges.count - 1]).mutableBytes.copyMemory(from: part.value.bytes)
    }
    return .record(y, inputs: parts) { [nodes = parts.map(\.node)] dy in
      for (node, range) in zip(nodes, ranges) { node?.add(dy.rows(range)) }
    }
  }

  /// Variables of the same shape but for the last dimension, side by side: [..., a], [..., b], … → [..., a + b + …].
  public static func sideBySide(_ parts: [Variable]) -> Variable {
    guard parts.count > 1, let first = parts.first else { return parts[0] }
    let leading = Array(first.shape.dropLast())
    precondition(parts.allSatisfy { Array($0.shape.dropLast()) == leading && $0.dtype == first.dtype })
    let widths = parts.map { $0.shape[$0.shape.count - 1] }
    let (rows, width) = (leading.reduce(1, *), widths.reduce(0, +))
    let y = Tensor(uninitialized: leading + [width], dtype: first.dtype)
    var starts: [Int] = []
    var next = 0
    for (part, own) in zip(parts, widths) {
      Compute.backend.copyRuns(
        StridedRuns(y, offset: next, stride: width), StridedRuns(part.value, stride: own), length: own,
        count: rows)
      starts.append(next)
      next += own
    }
    return .record(y, inputs: parts) { [nodes = parts.map(\.node)] dy in
      for (index, node) in nodes.enumerated() {
        guard let node else { continue }
        let gradient = Tensor(uninitialized: leading + [widths[index]], dtype: dy.dtype)
        Compute.backend.copyRuns(
          StridedRuns(gradient, stride: widths[index]), StridedRuns(dy, offset: starts[index], stride: width),
          length: widths[index], count: rows)
        node.add(gradient)
      }
    }
  }
}
