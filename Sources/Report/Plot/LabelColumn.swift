/// Places labels above each other, each as near as possible to where it belongs.
package enum LabelColumn {
  /// Positions at least `spacing` apart within `range`, in the order of `wanted`, that minimise the sum of
  /// squared distances from `wanted` among all that keep its order; nil where the range is too small.
  package static func positions(for wanted: [Double], spacing: Double, in range: ClosedRange<Double>)
    -> [Double]?
  {
    let room = range.upperBound - range.lowerBound
    guard Double(wanted.count - 1) * spacing <= room * (1 + 1e-9) else { return nil }
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    // Without the spacing the places only have to be in order: pool neighbours that are not.
    var blocks: [(sum: Double, count: Int)] = []
    for (rank, index) in order.enumerated() {
      blocks.append((wanted[index] - Double(rank) * spacing, 1))
      while blocks.count > 1, mean(blocks[blocks.count - 2]) > mean(blocks[blocks.count - 1]) {
        let last = blocks.removeLast()
        blocks[blocks.count - 1].sum += last.sum
        blocks[blocks.count - 1].count += last.count
      }
    }
    let highest = range.upperBound - Double(max(0, wanted.count - 1)) * spacing
    var result = [Double](repeating: 0, count: wanted.count)
    var rank = 0
    for block in blocks {
      let place = min(max(mean(block), range.lowerBound), highest)
      for _ in 0..<block.count {
        result[order[rank]] = place + Double(rank) * spacing
        rank += 1
      }
    }
    return result
  }

  private static func mean(_ block: (sum: Double, count: Int)) -> Double { block.sum / Double(block.count) }
}
