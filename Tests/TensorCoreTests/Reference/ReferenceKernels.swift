import Foundation
import TensorCore

/// What every kernel means, written to be read: plain loops in double precision over row-major arrays.
///
/// Nothing here shares code with the product, so that agreement is evidence. Functions return what the kernel writes,
/// or, where a kernel adds to something, what it adds.
struct ReferenceKernels {
  // MARK: Matrix multiplication

  /// activation(op(a)[m, k] · op(b)[k, n] + bias[n]); a transposed operand is stored as [k, m] or [n, k].
  static func multiply(
    _ a: [Double], transposedA: Bool = false, _ b: [Double], transposedB: Bool = false, m: Int, n: Int,
    k: Int,
    bias: [Double]? = nil, activation: Activation = .identity
  ) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    for row in 0..<m {
      for column in 0..<n {
        var sum = bias?[column] ?? 0
        for inner in 0..<k {
          let left = transposedA ? a[inner * m + row] : a[row * k + inner]
          let right = transposedB ? b[column * k + inner] : b[inner * n + column]
          sum += left * right
        }
        c[row * n + column] = value(of: activation, at: sum)
      }
    }
    return c
  }

  // MARK: Elementwise

  static func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }

  static func scale(_ x: [Double], by scale: Double) -> [Double] { x.map { scale * $0 } }

  static func lerp(_ a: [Double], _ b: [Double], alpha: Double) -> [Double] {
    zip(a, b).map { (1 - alpha) * $0 + alpha * $1 }
  }

  static func activate(_ x: [Double], _ kind: Activation) -> [Double] { x.map { value(of: kind, at: $0) } }

  static func activateBackward(_ dy: [Double], _ x: [Double], _ kind: Activation) -> [Double] {
    zip(dy, x).map { $0 * derivative(of: kind, at: $1) }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  static func value(of kind: Activation, at x: Double) -> Double {
    switch kind {
    case .identity: x
    case .quickGELU: x * sigmoid(1.702 * x)
    case .gelu: x * normalCumulative(x)
    case .relu: max(x, 0)
    }
  }

  static func derivative(of kind: Activation, at x: Double) -> Double {
    switch kind {
    case .identity:
      return 1
    case .quickGELU:
      let gate = sigmoid(1.702 * x)
      return gate + 1.702 * x * gate * (1 - gate)
    case .gelu:
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      return normalCumulative(x) + x * density
    case .relu:
      return x > 0 ? 1 : 0
    }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private static func normalCumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
}
