import Foundation
import TensorCore

/// Logits of some images over the same classes, all of them finite: the rows that softmaxes are taken over.
struct LogitMatrix: Sendable {
  /// [count, classCount], row-major.
  let values: [Float]
  let count: Int
  let classCount: Int

  init(_ values: [Float], classCount: Int) throws(EvaluationError) {
    guard !values.isEmpty else { throw .noPredictions }
    guard classCount > 0, values.count % classCount == 0 else {
      throw .statistic("\(values.count) logits do not divide into rows of \(classCount) classes")
    }
    if let wrong = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(image: wrong / classCount) }
    self.values = values
    self.classCount = classCount
    count = values.count / classCount
  }

  /// Fails unless there is one target a row, each of them a class.
  func requireTargets(_ targets: [Int32]) throws(EvaluationError) {
    guard targets.count == count else {
      throw .notPaired("\(count) rows of logits, \(targets.count) targets")
    }
    for (image, target) in targets.enumerated() where target < 0 || Int(target) >= classCount {
      throw .targetOutOfRange(image: image, target: Int(target), classes: classCount)
    }
  }

  /// Fails unless both are of the same images and classes.
  func requirePaired(_ other: LogitMatrix) throws(EvaluationError) {
    guard count == other.count, classCount == other.classCount else {
      throw .notPaired(
        "logits of \(count) images and \(classCount) classes against \(other.count) and \(other.classCount)")
    }
  }

  /// One value a row, the rows in parallel.
  func mapRows<Value: Sendable>(
    _ body: @Sendable (_ row: Int, _ logits: UnsafeBufferPointer<Float>) -> Value
  ) -> [Value] {
    [Value](unsafeUninitializedCapacity: count) { output, initialized in
      nonisolated(unsafe) let output = output
      values.withUnsafeBufferPointer { values in
        nonisolated(unsafe) let values = values
        parallelFor(count: count, grain: 64) { range in
          for row in range {
            let logits = UnsafeBufferPointer(rebasing: values[row * classCount..<(row + 1) * classCount])
            output.initializeElement(at: row, to: body(row, logits))
          }
        }
      }
      initialized = count
    }
  }
}

/// The natural logarithm of the sum of exponentials of `logits` times `scale`.
func logSumExp(_ logits: UnsafeBufferPointer<Float>, scale: Double = 1) -> Double {
  var highest = -Double.infinity
  for logit in logits { highest = max(highest, Double(logit) * scale) }
  var sum = 0.0
  for logit in logits { sum += exp(Double(logit) * scale - highest) }
  return highest + log(sum)
}

/// The logarithms of the softmax of `logits` times `scale`.
func logSoftmax(_ logits: UnsafeBufferPointer<Float>, scale: Double = 1) -> [Double] {
  let total = logSumExp(logits, scale: scale)
  return logits.map { Double($0) * scale - total }
}
