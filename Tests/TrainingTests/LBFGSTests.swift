import Foundation
import TensorCore
import TestSupport
import Testing
import Training

@Suite("L-BFGS")
struct LBFGSTests {
  /// Σ 100 (x₂ᵢ₊₁ − x₂ᵢ²)² + (1 − x₂ᵢ)²
  private func rosenbrock(_ x: [Double], _ gradient: inout [Double]) -> Double {
    var value = 0.0
    for i in stride(from: 0, to: x.count, by: 2) {
      let (bend, rest) = (x[i + 1] - x[i] * x[i], 1 - x[i])
      value += 100 * bend * bend + rest * rest
      gradient[i] = -400 * x[i] * bend - 2 * rest
      gradient[i + 1] = 200 * bend
    }
    return value
  }

  @Test(
    "it finds the end of Rosenbrock's valley, in two dimensions and in many", arguments: [2, 100, 50_000])
  func valley(dimensions: Int) {
    let start = (0..<dimensions).map { $0 % 2 == 0 ? -1.2 : 1.0 }
    let minimum = LBFGS(gradientTolerance: 1e-10).minimize(from: start, rosenbrock)
    #expect(minimum.outcome == .converged && minimum.gradientNorm <= 1e-10)
    #expect(minimum.point.allSatisfy { abs($0 - 1) < 1e-8 })
    #expect(minimum.iterations < 100 && minimum.evaluations < 2 * minimum.iterations)
  }

  @Test("the number of threads changes no bit")
  func threads() {
    let start = (0..<50_000).map { cos(Double($0)) }
    let before = threadCount
    defer { setThreadCount(before) }
    let points = [1, 2, 3].map { threads in
      setThreadCount(threads)
      return LBFGS(maxIterations: 25).minimize(from: start, rosenbrock).point
    }
    #expect(points[0] == points[1] && points[0] == points[2])
  }

  @Test(
    "a quadratic of any scale is solved, from steps that are far too short or long",
    arguments: [1e-9, 1, 1e9])
  func scale(_ scale: Double) {
    let minimum = LBFGS(gradientTolerance: 1e-9 * scale).minimize(from: [5, -3, 2]) { x, gradient in
      for i in x.indices { gradient[i] = scale * Double(i + 1) * x[i] }
      return zip(x, gradient).reduce(0) { $0 + $1.0 * $1.1 / 2 }
    }
    #expect(minimum.outcome == .converged && minimum.point.allSatisfy { abs($0) < 1e-8 })
  }

  @Test("it says why it ended: converged, out of iterations, or at what its values' precision allows")
  func outcomes() {
    #expect(LBFGS(maxIterations: 3).minimize(from: [-1.2, 1], rosenbrock).outcome == .iterationLimit)
    #expect(LBFGS().minimize(from: [1, 1], rosenbrock).iterations == 0)
    // A slope that points the wrong way everywhere.
    let wrong = LBFGS().minimize(from: [1]) { x, gradient in
      gradient[0] = -1
      return x[0]
    }
    #expect(wrong.outcome == .stalled && wrong.point == [1])
    let endless = LBFGS().minimize(from: [1]) { _, gradient in
      gradient[0] = 1
      return .nan
    }
    #expect(endless.outcome == .stalled && endless.evaluations == 1)
  }

  @Test("where values and slopes are rounded, it ends near the minimum instead of wandering about")
  func rounding() {
    let start = (0..<100).map { $0 % 2 == 0 ? -1.2 : 1.0 }
    let rough = LBFGS(maxIterations: 5000, gradientTolerance: 0, valuePrecision: 1e-7)
    let minimum = rough.minimize(from: start) { x, gradient in
      let value = 1 + self.rosenbrock(x.map { Double(Float($0)) }, &gradient)
      for i in gradient.indices { gradient[i] += 1e-6 * sin(1e9 * x[i]) }
      return Double(Float(value))
    }
    #expect(minimum.outcome == .stalled && minimum.iterations < 500)
    #expect(minimum.point.allSatisfy { abs($0 - 1) < 1e-4 })
  }

  @Test("where a function is not defined, the search turns back")
  func barrier() {
    // −log x + x, from the steep side: long steps leave its domain.
    let minimum = LBFGS().minimize(from: [1e-3]) { x, gradient in
      gradient[0] = 1 - 1 / x[0]
      return x[0] > 0 ? x[0] - log(x[0]) : .nan
    }
    #expect(minimum.outcome == .converged && abs(minimum.point[0] - 1) < 1e-7)
  }

  @Test("what the function throws ends the search")
  func stops() {
    var evaluations = 0
    #expect(throws: CancellationError.self) {
      try LBFGS().minimize(from: [-1.2, 1]) { x, gradient in
        evaluations += 1
        guard evaluations < 5 else { throw CancellationError() }
        return self.rosenbrock(x, &gradient)
      }
    }
    #expect(evaluations == 5)
  }
}
