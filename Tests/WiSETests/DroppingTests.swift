import Checkpoint
import TensorCore
import TestSupport
import Testing
import WiSE

/// Which changes TIES and DARE keep.
@Suite("Changes that are kept")
struct DroppingTests {
  private func merged(
    _ method: String, _ options: [String: String], changes: [[Float]], base: Float = 0
  ) throws -> [Float] {
    let shape = [changes[0].count]
    let models = Models(
      base: ["w": Tensor([Float](repeating: base, count: shape[0]), shape: shape)],
      models: changes.map { ["w": Tensor($0.map { base + $0 }, shape: shape)] })
    return try #require(models.merged(method, options)["w"]).array
  }

  private func tensor(_ values: Float...) -> Tensor { Tensor(values, shape: [values.count]) }

  @Test("TIES keeps the largest share in magnitude, of equal ones the first, and at least one")
  func largest() throws {
    let changes: [Float] = [1, -3, 2, -2, 0.5, 2, 0, 0, 0, 0]
    let (three, one): ([Float], [Float]) = (
      [0, -3, 2, -2, 0, 0, 0, 0, 0, 0], [0, -3, 0, 0, 0, 0, 0, 0, 0, 0]
    )
    #expect(try merged("ties", ["density": "0.3"], changes: [changes]) == three)
    #expect(try merged("ties", ["density": "0.01"], changes: [changes]) == one)
    #expect(try merged("ties", ["density": "1"], changes: [changes]) == changes)
    // 0.7 · 10 is 7 in decimals, and less in single precision.
    let ten: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    #expect(try merged("ties", ["density": "0.7"], changes: [ten]).count { $0 != 0 } == 7)
  }

  @Test("TIES takes the mean of the changes with the prevailing sign, and + where none prevails")
  func signs() throws {
    let changes: [[Float]] = [[3, 1, -4, 0], [-1, -1, 1, 0], [2, 0, -2, 5]]
    let expected: [Float] = [2.5, 1, -3, 5]
    #expect(try merged("ties", ["density": "1"], changes: changes) == expected)
  }

  @Test("TIES keeps exactly as many of random magnitudes as sorting does")
  func randomMagnitudes() throws {
    var random = SeededRandom(3)
    let changes = (0..<5000).map { _ in random.normal() }
    let kept = try merged("ties", ["density": "0.123"], changes: [changes])
    let threshold = changes.map(abs).sorted(by: >)[614]
    let expected: [Float] = changes.map { abs($0) >= threshold ? $0 : 0 }
    #expect(kept == expected)
  }

  @Test("DARE drops at random what the seed says, and divides the rest by the share that is kept")
  func dropped() throws {
    let changes = [Float](repeating: 1, count: 10_000)
    for (density, factor) in [("0.5", Float(2)), ("0.1", 10)] {
      let kept = try merged("dare", ["density": density, "seed": "1"], changes: [changes])
      #expect(kept.allSatisfy { $0 == 0 || abs($0 - factor) < 1e-4 })
      // Six standard deviations of a binomial.
      let share = Double(kept.count { $0 != 0 }) / 10_000
      #expect(abs(share - 1 / Double(factor)) < 0.03, "\(share)")
      #expect(try kept == merged("dare", ["density": density, "seed": "1"], changes: [changes]))
      #expect(try kept != merged("dare", ["density": density, "seed": "2"], changes: [changes]))
    }
  }

  @Test("Over many seeds DARE is task arithmetic, and models are dropped from independently")
  func expectation() throws {
    let changes: [[Float]] = [[1, -2, 3, 4], [0.5, 0.5, -1, 2]]
    var sums = [Double](repeating: 0, count: 4)
    let seeds = 4000
    for seed in 0..<seeds {
      let found = try merged("dare", ["density": "0.5", "seed": "\(seed)"], changes: changes)
      for index in found.indices { sums[index] += Double(found[index]) / Double(seeds) }
    }
    // Standard errors are at most √(4² + 2²) / √4000 = 0.07.
    for (index, expected) in [1.5, -1.5, 2.0, 6.0].enumerated() {
      #expect(abs(sums[index] - expected) < 0.35, "\(sums)")
    }
    let together = try merged(
      "dare", ["seed": "5"],
      changes: [
        [Float](repeating: 1, count: 10_000), [Float](repeating: 10, count: 10_000),
      ])
    // Kept in both, in one, in the other, in none: a quarter each.
    for value: Float in [0, 2, 20, 22] {
      let share = Double(together.count { $0 == value }) / 10_000
      #expect(abs(share - 0.25) < 0.03, "\(value)")
    }
  }

  @Test("Model Stock leaves the base where changes cancel each other out, and says by what it multiplied")
  func cancelled() throws {
    let merge = try Models(
      base: ["w": tensor(1, 1)], models: [["w": tensor(2, 1)], ["w": tensor(0, 1)]]
    ).merge(ModelStock())
    let cancelled = try merge.tensor("w", merge.coefficients())
    #expect(cancelled.tensor.array == [1, 1] && cancelled.factor == 0)
  }

  @Test("LiNeS counts the blocks of each tower by itself, and says by what it multiplied")
  func depth() throws {
    let names =
      ["logit_scale"] + (0..<3).map { "visual.transformer.resblocks.\($0).w" }
      + (0..<2).map { "transformer.resblocks.\($0).w" }
    let merge = try Models(
      base: StateDict(names.map { ($0, tensor(0)) }), models: [StateDict(names.map { ($0, tensor(1)) })]
    ).merge(MergeMethodRegistry.method(named: "lines", options: ["alpha": "0.25", "beta": "0.5"]))
    let factors = try names.map { try merge.tensor($0, merge.coefficients()).factor }
    let expected: [Double?] = [0.25, 0.25, 0.5, 0.75, 0.25, 0.75]
    #expect(factors == expected)
  }

  @Test("Negative Fisher information, and weights that make no mean, are refused")
  func fisher() throws {
    var models = Models(2)
    models.fishers[1]["logit_scale"] = Tensor(scalar: -1)
    #expect(throws: WiSEError.negativeFisher(file: "fisher1", tensor: "logit_scale")) {
      _ = try models.merged("fisher")
    }
    #expect(throws: MergeError.self) { _ = try Models(2).merged("fisher", ["weights": "1,0"]) }
    #expect(throws: MergeError.weightCount(3, models: 2)) {
      _ = try Models(2).merged("ties", ["weights": "1,2,3"])
    }
  }
}
