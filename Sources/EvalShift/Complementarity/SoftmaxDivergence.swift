import Foundation

/// How far two models' probabilities are from each other, in nats, averaged over images.
public enum SoftmaxDivergence {
  /// Mean Kullback-Leibler divergence KL(p‖q) between the softmaxes of two models' logits [N, `classCount`].
  public static func kullbackLeibler(
    from first: [Float], to second: [Float], classCount: Int
  ) throws(EvaluationError) -> Double {
    let values = try kullbackLeiblers(from: first, to: second, classCount: classCount)
    return values.reduce(0, +) / Double(values.count)
  }

  /// The same of each image.
  static func kullbackLeiblers(
    from first: [Float], to second: [Float], classCount: Int
  ) throws(EvaluationError) -> [Double] {
    try values(first, second, classCount) { p, q in
      var sum = 0.0
      for (a, b) in zip(p, q) { sum += exp(a) * (a - b) }
      return sum
    }
  }

  private static func values(
    _ first: [Float], _ second: [Float], _ classCount: Int,
    _ divergence: @Sendable (_ p: [Double], _ q: [Double]) -> Double
  ) throws(EvaluationError) -> [Double] {
    let first = try LogitMatrix(first, classCount: classCount)
    let second = try LogitMatrix(second, classCount: classCount)
    try first.requirePaired(second)
    return first.mapRows { row, logits in
      let other = second.values[row * classCount..<(row + 1) * classCount]
      return divergence(logSoftmax(logits), other.withUnsafeBufferPointer { logSoftmax($0) })
    }
  }
}
