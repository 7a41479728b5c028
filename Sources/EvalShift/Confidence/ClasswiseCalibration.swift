import Foundation
import TensorCore

/// Calibration of the probabilities of all classes, and not of the predicted one alone.
public enum ClasswiseCalibration {
  /// Classwise expected calibration error (Kull et al. 2019; the static calibration error of Nixon et al. 2019) of
  /// logits [N, `classCount`] against targets [N]: for each class, all images in bins of equal width of that class's
  /// probability, the gaps between mean probability and share of images of the class averaged over images; then the
  /// mean over classes.
  ///
  /// With many classes nearly all probabilities are in the lowest bin, and the number is small whatever the model does.
  public static func expectedError(
    logits: [Float], targets: [Int32], classCount: Int, bins: Int = 15
  ) throws(EvaluationError) -> Double {
    let logits = try LogitMatrix(logits, classCount: classCount)
    try logits.requireTargets(targets)
    let bins = max(1, bins)
    // Σ (is of the class − probability) of each class and bin; parts of a fixed size, so that no sum depends on threads.
    let part = 2_048
    var sums = [Double](repeating: 0, count: classCount * bins)
    for start in stride(from: 0, to: logits.count, by: part) {
      let rows = start..<min(start + part, logits.count)
      let probabilities = logits.probabilities(rows)
      sums.withUnsafeMutableBufferPointer { sums in
        nonisolated(unsafe) let sums = sums
        parallelFor(count: classCount, grain: 16) { classes in
          for row in rows {
            for index in classes {
              let p = probabilities[(row - start) * classCount + index]
              let hit = Int(targets[row]) == index ? 1.0 : 0
              sums[index * bins + ConfidenceCalibration.bin(of: p, among: bins)] += hit - p
            }
          }
        }
      }
    }
    return sums.reduce(0) { $0 + abs($1) } / Double(logits.count) / Double(classCount)
  }
}

extension LogitMatrix {
  /// The softmax of some rows.
  fileprivate func probabilities(_ rows: Range<Int>) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows.count * classCount) { output, initialized in
      nonisolated(unsafe) let output = output
      values.withUnsafeBufferPointer { values in
        nonisolated(unsafe) let values = values
        parallelFor(count: rows.count, grain: 16) { range in
          for row in range {
            let start = (rows.lowerBound + row) * classCount
            let logits = UnsafeBufferPointer(rebasing: values[start..<start + classCount])
            for (index, p) in logSoftmax(logits).enumerated() {
              output.initializeElement(at: row * classCount + index, to: exp(p))
            }
          }
        }
      }
      initialized = rows.count * classCount
    }
  }
}
