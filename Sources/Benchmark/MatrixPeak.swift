import Foundation
import NN
import TensorCore

/// How fast this machine multiplies matrices with the engine and the precision in use.
public enum MatrixPeak {
  /// A large cube, and the shapes of an MLP over a batch of images.
  private static let shapes = [(2048, 2048, 2048), (3152, 3072, 768), (3152, 768, 3072)]

  /// The best rate over shapes of matrices, in floating-point operations a second; each runs for `seconds`.
  public static func measure(seconds: Double = 0.5) -> Double {
    shapes.map { rate(m: $0.0, n: $0.1, k: $0.2, seconds: seconds) }.max() ?? 0
  }

  private static func rate(m: Int, n: Int, k: Int, seconds: Double) -> Double {
    let source = Initializer.normal(deviation: 1)
    let (a, b) = (
      source.tensor(shape: [m, k], seed: 1).converted(to: Compute.precision.operands),
      source.tensor(shape: [n, k], seed: 2).converted(to: Compute.precision.operands)
    )
    let c = Tensor(uninitialized: [m, n])
    func multiply() {
      Compute.backend.multiply(
        c, MatrixOperand(a), MatrixOperand(b, transposed: true), MultiplyOptions(m: m, n: n, k: k))
    }
    multiply()
    let clock = ContinuousClock()
    let start = clock.now
    var products = 0.0
    while products == 0 || clock.now - start < .seconds(seconds) {
      multiply()
      products += 1
    }
    return products * 2 * Double(m) * Double(n) * Double(k) / (clock.now - start).inSeconds
  }
}

extension Duration {
  /// With a fraction.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
