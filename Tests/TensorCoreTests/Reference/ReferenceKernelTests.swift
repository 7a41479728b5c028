import Foundation
import TensorCore
import Testing

/// The reference must itself be right: known values for what it computes, finite differences for its gradients.
@Suite struct ReferenceKernelValues {
  typealias K = ReferenceKernels

  @Test(arguments: [false, true], [false, true])
  func multipliesMatricesStoredEitherWay(transposedA: Bool, transposedB: Bool) {
    // [1 2 3; 4 5 6] · [1 0; 0 1; 1 1] + [10 20]
    let a: [Double] = transposedA ? [1, 4, 2, 5, 3, 6] : [1, 2, 3, 4, 5, 6]
    let b: [Double] = transposedB ? [1, 0, 1, 0, 1, 1] : [1, 0, 0, 1, 1, 1]
    let c = K.multiply(
      a, transposedA: transposedA, b, transposedB: transposedB, m: 2, n: 2, k: 3, bias: [10, 20])
    #expect(c == [14, 25, 20, 31])
  }

  @Test func appliesTheActivationAfterTheBias() {
    #expect(K.multiply([1], [-3], m: 1, n: 1, k: 1, bias: [1], activation: .relu) == [0])
    #expect(K.multiply([1], [-3], m: 1, n: 1, k: 1, bias: [5], activation: .relu) == [2])
  }

  @Test func activationsHaveTheirTabulatedValues() {
    expectClose([K.value(of: .gelu, at: 1)], [0.841_344_746_068_543], 1e-14)
    expectClose([K.value(of: .gelu, at: -2)], [-0.045_500_263_896_358], 1e-14)
    expectClose([K.value(of: .quickGELU, at: 1)], [0.845_795_765_932_821], 1e-14)
    #expect(K.activate([-1, 0, 2], .relu) == [0, 0, 2])
    #expect(K.activate([-1, 0, 2], .identity) == [-1, 0, 2])
  }

  @Test func layerNormUsesThePopulationVariance() {
    let result = K.layerNorm([1, 3], gamma: [2, 2], beta: [10, 10], epsilon: 0)
    #expect(result.y == [8, 12])
    #expect(result.mean == [2])
    #expect(result.rstd == [1])
  }

  @Test func normalisedRowsHaveLengthOneAndZeroStaysZero() {
    #expect(K.l2Normalize([3, 4, 0, 0], columns: 2).y == [0.6, 0.8, 0, 0])
  }

  @Test func crossEntropyOfEqualLogitsIsTheLogOfTheirNumber() {
    let result = K.crossEntropy([5, 5, 5, 5], targets: [2], columns: 4)
    expectClose(result.losses, [log(4)], 1e-15)
    expectClose(result.dlogits, [0.25, 0.25, -0.75, 0.25], 1e-15)
  }

  @Test func softmaxSurvivesLargeLogits() {
    expectClose(K.softmax([1000, 1000, -.infinity], columns: 3), [0.5, 0.5, 0], 1e-12)
  }

  @Test func equalKeysAreAveraged() {
    let shape = K.Attention(batch: 1, tokens: 2, queries: 2, heads: 1, dim: 1)
    let result = K.attention([1, 0, 10, 2, 0, 20], shape)
    #expect(result.out == [15, 15])
    expectClose(result.lse, [log(2), log(2)], 1e-15)
  }

  @Test func causalQueriesSeeNothingAhead() {
    let shape = K.Attention(batch: 1, tokens: 2, queries: 2, heads: 1, dim: 1, causal: true)
    #expect(K.attention([1, 0, 10, 2, 0, 20], shape).out == [10, 15])
  }

  @Test func keyBiasGatesAKey() {
    var shape = K.Attention(batch: 1, tokens: 2, queries: 1, heads: 1, dim: 1, keyBias: [0, -.infinity])
    #expect(K.attention([1, 0, 10, 2, 0, 20], shape).out == [10])
    shape.keyBias = [0, log(3)]
    expectClose(K.attention([1, 0, 10, 2, 0, 20], shape).out, [17.5], 1e-13)
  }

  @Test func scoresAreScaledByTheRootOfTheDimension() {
    let shape = K.Attention(batch: 1, tokens: 1, queries: 1, heads: 1, dim: 4)
    // q · k = 4, over √4
    expectClose(K.attention([1, 1, 1, 1, 1, 1, 1, 1, 5, 6, 7, 8], shape).lse, [2], 1e-15)
  }

  @Test func headsAreRunsOfColumnsAndPartsFollowEachOther() {
    // Two heads of one column: q, k, v of each head differ.
    let shape = K.Attention(batch: 1, tokens: 1, queries: 1, heads: 2, dim: 1)
    let result = K.attention([2, 3, 5, 7, 11, 13], shape)
    #expect(result.out == [11, 13])
    expectClose(result.lse, [10, 21], 1e-14)
  }

  @Test func repeatedIndicesAddUp() {
    #expect(K.gatherRows([1, 2, 3, 4], index: [1, 1, 0], columns: 2) == [3, 4, 3, 4, 1, 2])
    #expect(
      K.scatterAddRows([1, 2, 3, 4, 5, 6], index: [1, 1, 0], rows: 3, columns: 2) == [5, 6, 4, 6, 0, 0])
  }

  @Test func patchesAreCutInRowMajorOrder() {
    // One image of two channels, 2 × 4, patches of 2.
    let image: [Double] = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17]
    let patches = K.unfold(image, batch: 1, channels: 2, height: 2, width: 4, patch: 2)
    #expect(patches == [0, 1, 4, 5, 10, 11, 14, 15, 2, 3, 6, 7, 12, 13, 16, 17])
  }

  @Test func runsAreCopiedAtTheirStrides() {
    let out = K.copyRuns(
      into: [0, 0, 0, 0, 0, 0], offset: 1, stride: 3, from: [9, 1, 2, 9, 3, 4], offset: 1, stride: 3,
      length: 2,
      count: 2)
    #expect(out == [0, 1, 2, 0, 3, 4])
  }

  @Test func firstAdamWStepMovesByTheLearningRateWhateverTheGradient() {
    let step = AdamWStep(
      learningRate: 0.25, beta1: 0.5, beta2: 0.5, epsilon: 0, weightDecay: 0.5, gradientScale: 1, step: 1)
    let result = K.adamW(weights: [8, 8], first: [0, 0], second: [0, 0], gradient: [3, -100], step)
    #expect(result.weights == [6.75, 7.25])
    #expect(result.first == [1.5, -50])
    #expect(result.second == [4.5, 5000])
  }

  @Test func sgdDecaysIntoItsMomentum() {
    let step = SGDStep(learningRate: 0.5, momentum: 0.5, weightDecay: 0.25, gradientScale: 2)
    let result = K.sgd(weights: [4], momentum: [2], gradient: [1], step)
    #expect(result.momentum == [4])
    #expect(result.weights == [2])
  }
}

@Suite struct ReferenceKernelGradients {
  typealias K = ReferenceKernels

  @Test(arguments: Activation.allCases) func ofActivations(kind: Activation) {
    let x = values(40, seed: 1).filter { abs($0) > 1e-3 }
    let dy = values(x.count, seed: 2)
    expectGradient(K.activateBackward(dy, x, kind), at: x) { K.dot(dy, K.activate($0, kind)) }
  }

  @Test func ofScaleShift() {
    let (x, gamma, beta) = (values(12, seed: 1), values(4, seed: 2), values(4, seed: 3))
    let dy = values(12, seed: 4)
    let result = K.scaleShiftBackward(dy, x, gamma: gamma, columns: 4)
    expectGradient(result.dx, at: x) { K.dot(dy, K.scaleShift($0, gamma: gamma, beta: beta, columns: 4)) }
    expectGradient(result.dgamma, at: gamma) { K.dot(dy, K.scaleShift(x, gamma: $0, beta: beta, columns: 4)) }
    expectGradient(result.dbeta, at: beta) { K.dot(dy, K.scaleShift(x, gamma: gamma, beta: $0, columns: 4)) }
  }

  @Test func ofLayerNorm() {
    let (x, gamma, beta) = (values(15, seed: 1), values(5, seed: 2), values(5, seed: 3))
    let dy = values(15, seed: 4)
    func loss(_ x: [Double], _ gamma: [Double], _ beta: [Double]) -> Double {
      K.dot(dy, K.layerNorm(x, gamma: gamma, beta: beta, epsilon: 1e-5).y)
    }
    let forward = K.layerNorm(x, gamma: gamma, beta: beta, epsilon: 1e-5)
    let result = K.layerNormBackward(dy, x, mean: forward.mean, rstd: forward.rstd, gamma: gamma)
    expectGradient(result.dx, at: x) { loss($0, gamma, beta) }
    expectGradient(result.dgamma, at: gamma) { loss(x, $0, beta) }
    expectGradient(result.dbeta, at: beta) { loss(x, gamma, $0) }
  }

  @Test func ofNormalisation() {
    let (x, dy) = (values(12, seed: 1), values(12, seed: 2))
    let forward = K.l2Normalize(x, columns: 4)
    let dx = K.l2NormalizeBackward(dy, y: forward.y, norm: forward.norm, columns: 4)
    expectGradient(dx, at: x) { K.dot(dy, K.l2Normalize($0, columns: 4).y) }
  }

  @Test func ofCrossEntropy() {
    let logits = values(12, seed: 1)
    let result = K.crossEntropy(logits, targets: [2, 0, 3], columns: 4)
    expectGradient(result.dlogits, at: logits) {
      K.crossEntropy($0, targets: [2, 0, 3], columns: 4).losses.reduce(0, +)
    }
  }

  @Test(arguments: [false, true], [3, 5]) func ofAttention(causal: Bool, queries: Int) {
    let shape = K.Attention(
      batch: 2, tokens: 5, queries: queries, heads: 2, dim: 3, causal: causal,
      keyBias: [0, 0.5, -.infinity, -1, 0])
    let qkv = values(2 * 5 * 18, seed: 1)
    let dout = values(2 * queries * 6, seed: 2)
    expectGradient(K.attentionBackward(dout, qkv, shape), at: qkv) { K.dot(dout, K.attention($0, shape).out) }
  }

  @Test func scatteringIsTheTransposeOfGathering() {
    let (x, dy, index) = (values(8, seed: 1), values(10, seed: 2), [3, 0, 3, 1, 3])
    expectGradient(K.scatterAddRows(dy, index: index, rows: 4, columns: 2), at: x) {
      K.dot(dy, K.gatherRows($0, index: index, columns: 2))
    }
  }
}

private func values(_ count: Int, seed: UInt64) -> [Double] {
  var random = SeededRandom(seed)
  return (0..<count).map { _ in Double(random.normal()) }
}

private func expectClose(
  _ actual: [Double], _ expected: [Double], _ tolerance: Double,
  at location: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: location)
  for (index, (a, b)) in zip(actual, expected).enumerated() {
    #expect(abs(a - b) <= tolerance, "element \(index): \(a), expected \(b)", sourceLocation: location)
  }
}

/// Compares a gradient with central differences of `function` around `point`.
private func expectGradient(
  _ gradient: [Double], at point: [Double], location: SourceLocation = #_sourceLocation,
  of function: ([Double]) -> Double
) {
  let step = 1e-5
  let differences = point.indices.map { index in
    var (above, below) = (point, point)
    above[index] += step
    below[index] -= step
    return (function(above) - function(below)) / (2 * step)
  }
  expectClose(gradient, differences, 1e-8, at: location)
}
