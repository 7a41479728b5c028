import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore
import TestSupport
import Testing
import Training

/// Logistic regressions of scikit-learn: `Tests/Fixtures/make_probe.py`.
private struct ProbeFixture {
  let state: StateDict
  let train: LabeledFeatures
  let validation: LabeledFeatures
  let classes = 5
  static let strengths = ["0.01", "1", "100", "10000"]

  init() throws {
    let state = try Fixture.load("probe.safetensors", bundle: .module)
    self.state = state
    func images(_ part: String) throws -> LabeledFeatures {
      let features = try #require(state["\(part)_features"])
      return try LabeledFeatures(features: features, labels: #require(state["\(part)_labels"]).intArray)
    }
    train = try images("train")
    validation = try images("validation")
  }

  func tensor(_ name: String) throws -> Tensor { try #require(state[name], "\(name)") }

  /// Some of the training images.
  func some(_ isWanted: (Int) -> Bool) throws -> LabeledFeatures {
    let rows = (0..<train.count).filter(isWanted)
    let values = rows.flatMap { train.features.rows($0..<$0 + 1).array }
    return try LabeledFeatures(
      features: Tensor(values, shape: [rows.count, train.width]), labels: rows.map { train.labels[$0] })
  }
}

/// ‖a − b‖ / ‖b‖
private func distance(_ a: [Float], _ b: [Float]) -> Float {
  let difference = zip(a, b).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (difference / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

@Suite("The linear probe")
struct LogisticProbeTests {
  private let tight = LogisticProbe.Precision(maxIterations: 10_000, gradientShare: 1e-9)

  private func expectEqual(_ probe: LogisticProbe, _ weight: Tensor, _ bias: Tensor, _ comment: Comment) {
    let largest = { (x: Tensor) in x.array.reduce(0) { max($0, abs($1)) } }
    #expect(distance(probe.weight.array, weight.array) < 1e-4, comment)
    expectClose(probe.weight, weight, absolute: 1e-4 * largest(weight), comment)
    expectClose(probe.bias, bias, absolute: 1e-4 * max(largest(bias), largest(weight)), comment)
  }

  @Test("its weights are scikit-learn's, strong or weak penalty, classes apart or not")
  func weights() throws {
    let fixture = try ProbeFixture()
    let few = try fixture.some { $0 < 15 }
    for name in ProbeFixture.strengths {
      let strength = try #require(Double(name))
      for (prefix, images) in [("", fixture.train), ("few_", few)] {
        let probe = try LogisticProbe.fit(images, classes: 5, strength: strength, precision: tight)
        expectEqual(
          probe, try fixture.tensor("\(prefix)weight_\(name)"), try fixture.tensor("\(prefix)bias_\(name)"),
          "\(prefix)\(name) after \(probe.iterations), \(probe.outcome)")
      }
    }
  }

  @Test("of two classes, their difference is scikit-learn's one vector")
  func pair() throws {
    let fixture = try ProbeFixture()
    let images = try fixture.some { fixture.train.labels[$0] < 2 }
    let probe = try LogisticProbe.fit(images, classes: 2, strength: 1, precision: tight)
    let (weight, bias) = (probe.weight.array, probe.bias.array)
    let expected = try fixture.tensor("pair_weight_1").array
    expectClose((0..<16).map { weight[16 + $0] - weight[$0] }, expected, absolute: 1e-5)
    expectClose([bias[1] - bias[0]], try fixture.tensor("pair_bias_1").array, absolute: 1e-5)
  }

  @Test("its usual precision chooses the same classes as the optimum, in few iterations")
  func usualPrecision() throws {
    let fixture = try ProbeFixture()
    for strength in [0.01, 1, 100, 1e4, 1e6] {
      let usual = try LogisticProbe.fit(fixture.train, classes: 5, strength: strength)
      let exact = try LogisticProbe.fit(fixture.train, classes: 5, strength: strength, precision: tight)
      #expect(usual.iterations < 500 && usual.outcome != .iterationLimit)
      #expect(usual.top1(on: fixture.validation) == exact.top1(on: fixture.validation))
      #expect(abs(usual.bias.array.reduce(0, +)) < 1e-4)
    }
  }

  @Test("the optimum does not depend on where the search begins, nor its bits on the threads")
  func start() throws {
    let fixture = try ProbeFixture()
    let far = try LogisticProbe.fit(fixture.train, classes: 5, strength: 1e4)
    let cold = try LogisticProbe.fit(fixture.train, classes: 5, strength: 1, precision: tight)
    let warm = try LogisticProbe.fit(fixture.train, classes: 5, strength: 1, from: far, precision: tight)
    #expect(distance(warm.weight.array, cold.weight.array) < 1e-5)
    let before = threadCount
    defer { setThreadCount(before) }
    setThreadCount(before == 1 ? 2 : 1)
    let again = try LogisticProbe.fit(fixture.train, classes: 5, strength: 1, precision: tight)
    #expect(again.weight.array == cold.weight.array)
  }

  @Test("on L2-normalised embeddings it is the head of a classifier: the same logits")
  func head() throws {
    let fixture = try ProbeFixture()
    let scale: Float = 4
    let scaled = Tensor(uninitialized: fixture.train.features.shape)
    Compute.backend.scale(scaled, fixture.train.features, by: scale)
    let probe = try LogisticProbe.fit(
      LabeledFeatures(features: scaled, labels: fixture.train.labels), classes: 5, strength: 10)
    let head = probe.head(scale: scale)
    // As the classifier does it, from embeddings of any length.
    let embeddings = Tensor(uninitialized: scaled.shape)
    Compute.backend.scale(embeddings, scaled, by: 3)
    let logits = Variable(embeddings).l2Normalized().linear(
      weight: Variable(head.weight), bias: Variable(head.bias))
    expectClose(logits.value, probe.logits(scaled), absolute: 1e-4)
    #expect(probe.head().weight.array == probe.weight.array && head.bias.array == probe.bias.array)
  }

  @Test("what it cannot be fitted on is refused")
  func refusals() throws {
    let fixture = try ProbeFixture()
    let features = fixture.train.features
    #expect(throws: TrainingError.self) { try LabeledFeatures(features: features, labels: [0]) }
    #expect(throws: TrainingError.self) {
      try LabeledFeatures(features: Tensor([.nan], shape: [1, 1]), labels: [0])
    }
    #expect(throws: TrainingError.badSetting("Class 5 has no image: a linear probe would never choose it.")) {
      try LogisticProbe.fit(fixture.train, classes: 6, strength: 1)
    }
    #expect(throws: TrainingError.self) { try LogisticProbe.fit(fixture.train, classes: 4, strength: 1) }
    #expect(throws: TrainingError.self) { try LogisticProbe.fit(fixture.train, classes: 5, strength: 0) }
    #expect(throws: CancellationError.self) {
      try LogisticProbe.fit(fixture.train, classes: 5, strength: 1) { throw CancellationError() }
    }
  }
}

@Suite("The sweep of a linear probe's strength")
struct StrengthSweepTests {
  @Test("it tries the strengths that scikit-learn's accuracies lead to, and finds the same accuracies")
  func sweep() throws {
    let fixture = try ProbeFixture()
    let sweep = try LogisticProbe.sweep(train: fixture.train, validation: fixture.validation, classes: 5)
    let expected = try fixture.tensor("sweep").intArray
    let tried = sweep.trials.map { Int32((log10($0.strength) * 8).rounded()) }
    #expect(tried == stride(from: 0, to: expected.count, by: 2).map { expected[$0] })
    let right = sweep.trials.map { Int32(($0.validationTop1 * Double(fixture.validation.count)).rounded()) }
    // At 1e-6 the classes' logits differ in their seventh digit, which is as far as fp32 goes.
    #expect(sweep.trials[0].strength < 1e-5 && abs(right[0] - expected[1]) <= 3)
    #expect(right.dropFirst() == ArraySlice(stride(from: 3, to: expected.count, by: 2).map { expected[$0] }))
    let top = try #require(sweep.trials.map(\.validationTop1).max())
    #expect(sweep.best.validationTop1 == top)
    #expect(sweep.best.strength == sweep.trials.filter { $0.validationTop1 == top }.map(\.strength).min())
    #expect(sweep.probe.strength == sweep.best.strength)
    #expect(sweep.probe.top1(on: fixture.validation) == top)
  }

  /// The steps that a search tries where steps score as `score` says.
  private func search(_ score: (Int) -> Double) -> (tried: [Int], peak: Int?) {
    var search = StrengthSearch()
    var tried: [Int] = []
    while let step = search.next {
      tried.append(step)
      search.record(score(step), at: step)
    }
    return (tried, search.peak)
  }

  @Test(
    "seven strengths two decades apart, then the interval around the best is halved to an eighth of a decade")
  func halving() {
    let (tried, peak) = search { -abs(Double($0) - 5) }
    #expect(tried == [-48, -32, -16, 0, 16, 32, 48, -8, 8, 4, 12, 2, 6, 3, 5] && peak == 5)
    #expect(StrengthSearch.strength(-4) == pow(10, -0.5) && StrengthSearch.strength(16) == 100)
  }

  @Test("a peak anywhere is found, the ends included", arguments: [-48, -47, -33, -1, 0, 19, 47, 48])
  func peaks(_ place: Int) {
    let (tried, peak) = search { -abs(Double($0 - place)) }
    #expect(peak == place && tried.count <= 15 && Set(tried).count == tried.count)
  }

  @Test("of equals, the stronger penalty is the best")
  func ties() {
    #expect(search { _ in 0.5 }.peak == -48)
    #expect(search { $0 >= 10 && $0 <= 40 ? 1 : 0 }.peak == 10)
  }
}
