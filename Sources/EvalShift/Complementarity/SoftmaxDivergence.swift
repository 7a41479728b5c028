import Foundation

/// How far two models' probabilities are from each other, in nats, averaged over images.
public enum SoftmaxDivergence {
  /// Mean Kullback-Leibler divergence KL(p‖q) between the softmaxes of two models' logits [N, `classCount`].
  public static func kullbackLeibler(
    from first: [Float], to second: [Float], classCount: Int
  ) throws(EvaluationError) -> Double {
    try mean(first, second, classCount) { p, q in
      var sum = 0.0
      for (a, b) in zip(p, q) { sum += exp(a) * (a - b) }
      return sum
    }
  }

  /// Mean Jensen-Shannon divergence (Lin 1991) between the softmaxes of two models' logits [N, `classCount`]: the same
  /// both ways, and at most log 2.
  public static func jensenShannon(
    _ first: [Float], _ second: [Float], classCount: Int
  ) throws(EvaluationError) -> Double {
    try mean(first, second, classCount) { p, q in
      var sum = 0.0
      for (a, b) in zip(p, q) {
        let (x, y) = (exp(a), exp(b))
        let middle = log((x + y) / 2)
        // A probability that underflows takes its term with it.
        if x > 0 { sum += x * (a - middle) }
        if y > 0 { sum += y * (b - middle) }
      }
      return sum / 2
    }
  }

  private static func mean(
    _ first: [Float], _ second: [Float], _ classCount: Int,
    _ divergence: @Sendable (_ p: [Double], _ q: [Double]) -> Double
  ) throws(EvaluationError) -> Double {
    let first = try LogitMatrix(first, classCount: classCount)
    let second = try LogitMatrix(second, classCount: classCount)
    try first.requirePaired(second)
    let values = first.mapRows { row, logits in
      let other = second.values[row * classCount..<(row + 1) * classCount]
      return divergence(logSoftmax(logits), other.withUnsafeBufferPointer { logSoftmax($0) })
    }
    return values.reduce(0, +) / Double(values.count)
  }
}
