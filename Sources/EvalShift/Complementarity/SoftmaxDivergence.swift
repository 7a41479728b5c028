import Foundation

/// Mean Kullback-Leibler divergence KL(p‖q), in nats, between the softmaxes of two models' logits [N, `classCount`].
public func meanDivergence(
  from first: [Float], to second: [Float], classCount: Int
) throws(EvaluationError) -> Double {
  guard !first.isEmpty else { throw .noPredictions }
  guard first.count == second.count else { throw .notPaired("\(first.count) logits against \(second.count)") }
  guard classCount > 0, first.count % classCount == 0 else {
    throw .shapeMismatch(logits: first.count, targets: classCount)
  }
  var total = 0.0
  for row in stride(from: 0, to: first.count, by: classCount) {
    let p = logSoftmax(first[row..<row + classCount])
    let q = logSoftmax(second[row..<row + classCount])
    for (a, b) in zip(p, q) { total += exp(a) * (a - b) }
  }
  return total / Double(first.count / classCount)
}

private func logSoftmax(_ logits: ArraySlice<Float>) -> [Double] {
  let highest = Double(logits.max() ?? 0)
  let logTotal = log(logits.reduce(0) { $0 + exp(Double($1) - highest) })
  return logits.map { Double($0) - highest - logTotal }
}
