import Foundation
import TensorCore

/// The mean cross entropy of images under W · x + b, with an L2 penalty on W: a function of all of W [classes, width] and
/// then b [classes], as one vector.
///
/// Products are fp32; all that is added up over images is added in double precision, run by run.
struct LogisticLoss {
  private let images: LabeledFeatures
  private let classes: Int
  /// λ of λ/2 · ‖W‖².
  private let penalty: Double
  private let runs: [Range<Int>]
  private let targets: Tensor

  init(images: LabeledFeatures, classes: Int, penalty: Double) {
    self.images = images
    self.classes = classes
    self.penalty = penalty
    runs = images.runs(classes: classes)
    targets = Tensor(images.labels, shape: [images.count])
  }

  var weightCount: Int { classes * images.width }
  var parameterCount: Int { weightCount + classes }

  /// Its value at `point`; writes the gradient there. `check` is called before every run.
  func evaluate(
    at point: [Double], _ gradient: inout [Double], check: () throws -> Void
  ) throws -> Double {
    let weight = Tensor(point[..<weightCount].map(Float.init), shape: [classes, images.width])
    let bias = Tensor(point[weightCount...].map(Float.init), shape: [classes])
    for index in gradient.indices { gradient[index] = 0 }
    var loss = 0.0
    for run in runs {
      try check()
      loss += add(run, weight, bias, to: &gradient)
    }
    let share = 1 / Double(images.count)
    VectorArithmetic.scale(&gradient, by: share)
    var squares = 0.0
    for index in 0..<weightCount {
      squares += point[index] * point[index]
      gradient[index] += penalty * point[index]
    }
    return loss * share + penalty / 2 * squares
  }

  /// Adds the gradient of some images' summed loss; gives that sum.
  private func add(_ run: Range<Int>, _ weight: Tensor, _ bias: Tensor, to gradient: inout [Double]) -> Double
  {
    let backend = Compute.backend
    let features = images.features.rows(run)
    let logits = LogisticProbe.logits(of: features, weight: weight, bias: bias)
    let (losses, residuals) = (Tensor(uninitialized: [run.count]), Tensor(uninitialized: logits.shape))
    let targets = targets.rows(run)
    backend.crossEntropy(losses, dlogits: residuals, logits, targets: targets)
    let loss = sharpen(losses, residuals, targets: targets)
    let slopes = Tensor(uninitialized: weight.shape)
    backend.multiply(
      slopes, MatrixOperand(residuals, transposed: true), MatrixOperand(features),
      MultiplyOptions(m: classes, n: images.width, k: run.count))
    let sums = Tensor(zeros: [classes])
    backend.columnSum(adding: sums, residuals)
    withExtendedLifetime((slopes, sums)) {
      for (index, slope) in slopes.floats.enumerated() { gradient[index] += Double(slope) }
      for (index, sum) in sums.floats.enumerated() { gradient[weightCount + index] += Double(sum) }
    }
    return loss
  }

  /// Writes p − 1 of each image's own class anew, and gives the summed loss.
  ///
  /// Of an image that is classified well, p − 1 and log p are differences of numbers near 1, of which fp32 leaves little:
  /// weak penalties would stop far from their optimum. The probabilities of all other classes together say the same
  /// precisely.
  private func sharpen(_ losses: Tensor, _ residuals: Tensor, targets: Tensor) -> Double {
    var exact = [Double](repeating: 0, count: losses.count)
    withExtendedLifetime((losses, residuals, targets)) {
      exact.withUnsafeMutableBufferPointer { exact in
        nonisolated(unsafe) let (exact, rows, rough) = (exact, residuals.mutableFloats, losses.floats)
        nonisolated(unsafe) let targets = targets.ints
        parallelFor(count: exact.count, grain: 64) { range in
          for row in range {
            let (first, target) = (row * classes, row * classes + Int(targets[row]))
            rows[target] = 0
            let others = Self.sum(rows, first..<first + classes)
            rows[target] = Float(-others)
            exact[row] = others < 0.5 ? -log1p(-others) : Double(rough[row])
          }
        }
      }
    }
    return exact.reduce(0, +)
  }

  private static func sum(_ values: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>) -> Double {
    var lanes = SIMD8<Double>.zero
    var i = range.lowerBound
    while i + 8 <= range.upperBound {
      lanes += SIMD8<Double>(
        SIMD8<Float>(
          values[i], values[i + 1], values[i + 2], values[i + 3], values[i + 4], values[i + 5], values[i + 6],
          values[i + 7]))
      i += 8
    }
    return values[i..<range.upperBound].reduce(lanes.sum()) { $0 + Double($1) }
  }
}
