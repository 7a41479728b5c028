import NN
import TensorCore
import TestSupport
import Testing

@Suite("Initial values")
struct InitializerTests {
  private struct Moments {
    let mean, deviation: Double
    let smallest, largest: Float

    init(_ tensor: Tensor) {
      let values = tensor.array
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
      let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      self.mean = mean
      deviation = (squares / Double(values.count)).squareRoot()
      (smallest, largest) = (values.min() ?? .nan, values.max() ?? .nan)
    }
  }

  private func moments(_ initializer: Initializer, _ shape: [Int]) -> Moments {
    Moments(initializer.tensor(shape: shape, seed: 11))
  }

  /// Uniform in ±bound: within it, reaching nearly to it, with its variance.
  private func expectUniform(
    _ initializer: Initializer, _ shape: [Int], bound: Float,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = moments(initializer, shape)
    #expect(found.smallest >= -bound && found.largest <= bound, sourceLocation: sourceLocation)
    #expect(found.smallest < -0.99 * bound && found.largest > 0.99 * bound, sourceLocation: sourceLocation)
    #expect(abs(found.mean) < 0.02 * Double(bound), sourceLocation: sourceLocation)
    let expected = Double(bound) / 3.0.squareRoot()
    #expect(abs(found.deviation / expected - 1) < 0.02, sourceLocation: sourceLocation)
  }

  @Test("A constant is itself everywhere")
  func constant() {
    #expect(
      Initializer.constant(0.25).tensor(shape: [2, 3], seed: 1).array == Array(repeating: 0.25, count: 6))
    #expect(Initializer.zeros.tensor(shape: [4], seed: 1).array == [0, 0, 0, 0])
    #expect(Initializer.ones.tensor(shape: [], seed: 1).item == 1)
  }

  @Test("A normal has its mean, deviation and tails")
  func normal() {
    let found = moments(.normal(mean: 1, deviation: 0.02), [300, 200])
    #expect(abs(found.mean - 1) < 0.0005)
    #expect(abs(found.deviation / 0.02 - 1) < 0.02)
    let values = Initializer.normal(deviation: 1).tensor(shape: [60_000], seed: 3).array
    let beyondTwo = Double(values.filter { abs($0) > 2 }.count) / Double(values.count)
    #expect(abs(beyondTwo - 0.0455) < 0.005)
    #expect(values.allSatisfy { $0.isFinite })
  }

  @Test("A uniform fills its interval")
  func uniform() { expectUniform(.uniform(bound: 0.0625), [40_000], bound: 0.0625) }

  @Test("Xavier's bound is √(6 / (fan in + fan out))")
  func xavier() { expectUniform(.xavierUniform, [100, 500], bound: (6 / Float(600)).squareRoot()) }

  @Test("Kaiming's bound is 1 / √(fan in), of convolutions too")
  func kaiming() {
    expectUniform(.kaimingUniform, [200, 400], bound: 0.05)
    expectUniform(.kaimingUniform, [800, 4, 5, 5], bound: 0.1)
  }

  @Test("The same seed gives the same bits, another seed others")
  func determinism() {
    for initializer in [
      Initializer.normal(deviation: 1), .uniform(bound: 1), .xavierUniform, .kaimingUniform,
    ] {
      let first = initializer.tensor(shape: [6, 7], seed: 5).array
      #expect(first == initializer.tensor(shape: [6, 7], seed: 5).array)
      #expect(first != initializer.tensor(shape: [6, 7], seed: 6).array)
    }
  }

  @Test("A seeded model does not depend on the order in which it is built, but on names and the seed")
  func orderIndependence() {
    func build(_ names: [String], seed: UInt64 = 9) -> [String: [Float]] {
      let store = ParameterStore()
      let scope = ParameterScope(store: store, source: SeededSource(seed: seed))
      for name in names { _ = scope[name].parameter("weight", [4, 4], .normal(deviation: 1)) }
      return Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.path, $0.value.array) })
    }
    let forwards = build(["a", "b", "c"])
    #expect(forwards == build(["c", "a", "b"]))
    #expect(Set(forwards.values).count == 3, "parameters of different names must not share values")
    #expect(forwards["a.weight"] == build(["a"])["a.weight"], "another parameter changed this one")
    #expect(forwards["a.weight"] != build(["a"], seed: 10)["a.weight"])
  }
}
