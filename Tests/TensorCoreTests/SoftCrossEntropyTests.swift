import Foundation
import TensorCore
import TestSupport
import Testing

@Suite("Cross entropy against distributions")
struct SoftCrossEntropyTests {
  @Test("Losses and gradients are PyTorch's, of distributions, weights, one-hot rows and smoothed labels")
  func pyTorch() throws {
    let fixture = try Fixture.load("losses.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["smoothing"])
    let cases = try JSONDecoder().decode([String: Float].self, from: Data(json.utf8))
    #expect(cases.count == 17)
    for (name, smoothing) in cases {
      let logits = Parameter(path: "logits", value: try #require(fixture["\(name).logits"]), trainable: true)
      let loss =
        if let distribution = fixture["\(name).distribution"] {
          logits.variable.crossEntropy(distribution: distribution)
        } else {
          logits.variable.crossEntropy(
            targets: try #require(fixture["\(name).labels"]), labelSmoothing: smoothing)
        }
      loss.backward()
      expectClose(
        loss.value, try #require(fixture["\(name).loss"]), absolute: 1e-6, relative: 1e-6, "\(name)")
      expectClose(
        try #require(logits.gradient), try #require(fixture["\(name).gradient"]), absolute: 5e-7,
        relative: 5e-6,
        "\(name)")
    }
  }

  @Test("No smoothing is the cross entropy of the labels, bit for bit")
  func noSmoothing() {
    func evaluate(_ loss: (Variable) -> Variable) -> [[Float]] {
      let logits = Parameter(
        path: "logits", value: Noise.tensor([5, 9], seed: 2), trainable: true)
      let value = loss(logits.variable)
      value.backward()
      return [value.value.array, logits.gradient?.array ?? []]
    }
    let targets = Tensor([8, 0, 3, 3, 1] as [Int32], shape: [5])
    #expect(
      evaluate { $0.crossEntropy(targets: targets, labelSmoothing: 0) }
        == evaluate { $0.crossEntropy(targets: targets) })
  }

  @Test("A class that is impossible and not wanted costs nothing; one that is wanted, everything")
  func impossible() {
    let logits = Variable(Tensor([0, 0, -.infinity], shape: [1, 3]))
    let fair = logits.crossEntropy(distribution: Tensor([0.5, 0.5, 0], shape: [1, 3])).value.item
    #expect(abs(fair - log(2)) < 1e-6)
    #expect(
      logits.crossEntropy(distribution: Tensor([0.5, 0, 0.5], shape: [1, 3])).value.item == .infinity)
  }

  @Test("Smoothed labels add up to 1, the right class having what the others have and the rest")
  func smoothed() {
    let rows = Tensor.distribution(labels: [2, 0], classes: 4, smoothing: 0.2)
    expectClose(rows.array, [0.05, 0.05, 0.85, 0.05, 0.85, 0.05, 0.05, 0.05], absolute: 1e-7)
    #expect(Tensor.distribution(labels: [1], classes: 3).array == [0, 1, 0])
  }
}

private enum Noise {
  static func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var random = SeededRandom(seed)
    return Tensor((0..<shape.reduce(1, *)).map { _ in random.normal() }, shape: shape)
  }
}
