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
}
