import Foundation

/// Kernels over the rows of x [rows, columns], the last dimension being the columns.
extension ReferenceKernels {
  /// gamma[c] · x[r, c] + beta[c]
  static func scaleShift(_ x: [Double], gamma: [Double]?, beta: [Double]?, columns: Int) -> [Double] {
    x.enumerated().map { index, value in
      (gamma?[index % columns] ?? 1) * value + (beta?[index % columns] ?? 0)
    }
  }

  static func scaleShiftBackward(
    _ dy: [Double], _ x: [Double], gamma: [Double]?, columns: Int
  ) -> (dx: [Double], dgamma: [Double], dbeta: [Double]) {
    (
      dx: scaleShift(dy, gamma: gamma, beta: nil, columns: columns),
      dgamma: columnSum(zip(dy, x).map { $0 * $1 }, columns: columns),
      dbeta: columnSum(dy, columns: columns)
    )
  }

  /// Σ_r x[r, c]
  static func columnSum(_ x: [Double], columns: Int) -> [Double] {
    var sum = [Double](repeating: 0, count: columns)
    for (index, value) in x.enumerated() { sum[index % columns] += value }
    return sum
  }

  /// scales[r / rowsPerScale] · x[r, :], with as many rows for each scale.
  static func scaleRows(_ x: [Double], scales: [Double]) -> [Double] {
    let elementsPerScale = scales.isEmpty ? 1 : x.count / scales.count
    return x.enumerated().map { index, value in scales[index / elementsPerScale] * value }
  }

  /// (x − mean) · rstd · gamma + beta, with the population variance of each row.
  static func layerNorm(
    _ x: [Double], gamma: [Double], beta: [Double], epsilon: Double
  ) -> (y: [Double], mean: [Double], rstd: [Double]) {
    var result = (y: [Double](), mean: [Double](), rstd: [Double]())
    for row in rows(x, gamma.count) {
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      let rstd = 1 / (variance + epsilon).squareRoot()
      result.mean.append(mean)
      result.rstd.append(rstd)
      for (column, value) in row.enumerated() {
        result.y.append((value - mean) * rstd * gamma[column] + beta[column])
      }
    }
    return result
  }

  /// With x̂ = (x − mean) · rstd and g = dy · gamma: dx = rstd · (g − mean(g) − x̂ · mean(g · x̂)).
  static func layerNormBackward(
    _ dy: [Double], _ x: [Double], mean: [Double], rstd: [Double], gamma: [Double]
  ) -> (dx: [Double], dgamma: [Double], dbeta: [Double]) {
    let columns = gamma.count
    var dx: [Double] = []
    var dgamma = [Double](repeating: 0, count: columns)
    var dbeta = dgamma
    for (index, (upstream, row)) in zip(rows(dy, columns), rows(x, columns)).enumerated() {
      let normalized = row.map { ($0 - mean[index]) * rstd[index] }
      let g = zip(upstream, gamma).map { $0 * $1 }
      let meanG = g.reduce(0, +) / Double(columns)
      let meanGX = dot(g, normalized) / Double(columns)
      for column in 0..<columns {
        dx.append(rstd[index] * (g[column] - meanG - normalized[column] * meanGX))
        dgamma[column] += upstream[column] * normalized[column]
        dbeta[column] += upstream[column]
      }
    }
    return (dx, dgamma, dbeta)
  }

  /// x / max(‖x‖₂, 1e-12); `norm` is the divisor.
  static func l2Normalize(_ x: [Double], columns: Int) -> (y: [Double], norm: [Double]) {
    var result = (y: [Double](), norm: [Double]())
    for row in rows(x, columns) {
      let norm = max(dot(row, row).squareRoot(), 1e-12)
      result.norm.append(norm)
      result.y += row.map { $0 / norm }
    }
    return result
  }

  /// dx = (dy − y · (dy · y)) / norm
  static func l2NormalizeBackward(_ dy: [Double], y: [Double], norm: [Double], columns: Int) -> [Double] {
    var dx: [Double] = []
    for (index, (upstream, row)) in zip(rows(dy, columns), rows(y, columns)).enumerated() {
      let along = dot(upstream, row)
      dx += zip(upstream, row).map { ($0 - $1 * along) / norm[index] }
    }
    return dx
  }

  static func softmax(_ x: [Double], columns: Int) -> [Double] {
    rows(x, columns).flatMap { row in
      let logSum = logSumExp(row)
      return row.map { exp($0 - logSum) }
    }
  }

  /// Log-sum-exp of each row minus its target's logit; dlogits = softmax − one-hot, not averaged.
  static func crossEntropy(
    _ logits: [Double], targets: [Int], columns: Int
  ) -> (losses: [Double], dlogits: [Double]) {
    var dlogits = softmax(logits, columns: columns)
    var losses: [Double] = []
    for (index, row) in rows(logits, columns).enumerated() {
      losses.append(logSumExp(row) - row[targets[index]])
      dlogits[index * columns + targets[index]] -= 1
    }
    return (losses, dlogits)
  }

  /// −∞ where every value is −∞.
  static func logSumExp(_ row: [Double]) -> Double {
    guard let top = row.max(), top > -.infinity else { return -.infinity }
    return top + log(row.reduce(0) { $0 + exp($1 - top) })
  }

  static func rows(_ x: [Double], _ columns: Int) -> [[Double]] {
    stride(from: 0, to: x.count, by: max(columns, 1)).map { Array(x[$0..<$0 + columns]) }
  }
}
