extension Variable {
  /// A range of the first dimension: [rows, …] → [range.count, …].
  public func rows(_ range: Range<Int>) -> Variable {
    guard range != 0..<shape[0] else { return self }
    return .record(value.rows(range), inputs: [self]) { [node, shape, dtype] dy in
      node?.addInto(shape, dtype) { sum, fresh in
        if fresh { sum.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0) }
        Compute.backend.accumulate(adding: dy, scaledBy: 1, to: sum.rows(range))
      }
    }
  }

  /// A matrix [rows, columns] of zeros but for blocks, which may not overlap, each at the row and column of its first
  /// element.
  public static func assembled(
    _ shape: [Int], _ blocks: [(block: Variable, row: Int, column: Int)]
  ) -> Variable {
    let columns = shape[1]
    func run(_ tensor: Tensor, _ place: (block: Variable, row: Int, column: Int)) -> StridedRuns {
      StridedRuns(tensor, offset: place.row * columns + place.column, stride: columns)
    }
    func whole(_ block: Tensor) -> StridedRuns { StridedRuns(block, stride: block.shape[1]) }
    let y = Tensor(zeros: shape)
    for place in blocks {
      let (rows, width) = (place.block.shape[0], place.block.shape[1])
      precondition(
        place.row + rows <= shape[0] && place.column + width <= columns, "a block beyond its matrix")
      Compute.backend.copyRuns(run(y, place), whole(place.block.value), length: width, count: rows)
    }
    return .record(y, inputs: blocks.map(\.block)) { dy in
      for place in blocks {
        guard let node = place.block.node else { continue }
        let part = Tensor(uninitialized: place.block.shape)
        Compute.backend.copyRuns(
          whole(part), run(dy, place), length: part.shape[1], count: part.shape[0])
        node.add(part)
      }
    }
  }
}

extension Tensor {
  /// A copy of a range of a matrix's columns.
  public func columns(_ range: Range<Int>) -> Tensor {
    let y = Tensor(uninitialized: [shape[0], range.count], dtype: dtype)
    Compute.backend.copyRuns(
      StridedRuns(y, stride: range.count), StridedRuns(self, offset: range.lowerBound, stride: shape[1]),
      length: range.count, count: shape[0])
    return y
  }
}
