import NN
import TensorCore
import TestSupport
import Testing

@Suite("Drop path in a block")
struct DropPathTests {
  /// What the attention branch adds to each of a batch of equal samples: the MLP is silenced.
  private func attentionBranch(layer: Int, samples: Int, _ context: ForwardContext) -> [Float] {
    let width = RandomBlock.width
    let block = RandomBlock(layer: layer).block
    block.fc2.weight.assign(Tensor(zeros: block.fc2.weight.shape))
    block.fc2.bias?.assign(Tensor(zeros: [width]))
    let sample = RandomBlock.noise([1, 1, width], seed: 7).array
    let x = Tensor((0..<samples).flatMap { _ in sample }, shape: [samples, 1, width])
    let y = block(Variable(x), context).value.array
    return (0..<samples).map { y[$0 * width] - sample[0] }
  }

  @Test(
    "A sample's branch is dropped whole, with a probability that grows over the blocks, and keeps its mean")
  func expectation() {
    let samples = 4000
    for (layer, probability) in [(0, 0.0), (1, 0.2), (2, 0.4)] {
      let context = ForwardContext(isTraining: true, seed: 21, dropPath: 0.4)
      let full = Double(attentionBranch(layer: layer, samples: 1, .inference)[0])
      let found = attentionBranch(layer: layer, samples: samples, context).map { Double($0) / full }
      let dropped = found.filter { abs($0) < 1e-3 }.count
      let kept = found.filter { abs($0 * (1 - probability) - 1) < 1e-3 }.count
      #expect(dropped + kept == samples, "block \(layer): neither dropped nor scaled by 1 / (1 − p)")
      #expect(abs(Double(dropped) / Double(samples) - probability) < 0.03, "block \(layer)")
      #expect(abs(found.reduce(0, +) / Double(samples) - 1) < 0.05, "block \(layer)")
    }
  }

  @Test("It acts in training only, and not at probability 0")
  func atRest() {
    let inference = attentionBranch(layer: 2, samples: 64, .inference)
    let resting = ForwardContext(isTraining: false, seed: 5, dropPath: 0.9)
    #expect(attentionBranch(layer: 2, samples: 64, resting) == inference)
    #expect(attentionBranch(layer: 2, samples: 64, ForwardContext(isTraining: true, seed: 5)) == inference)
  }

  @Test("Masks are the same for the same step, others at another step, block or branch")
  func masks() {
    func dropped(layer: Int, seed: UInt64) -> [Bool] {
      let context = ForwardContext(isTraining: true, seed: seed, dropPath: 0.8)
      return attentionBranch(layer: layer, samples: 64, context).map { abs($0) < 1e-4 }
    }
    #expect(dropped(layer: 2, seed: 1) == dropped(layer: 2, seed: 1))
    #expect(dropped(layer: 2, seed: 1) != dropped(layer: 2, seed: 2))
    let (now, later) = (ForwardContext(isTraining: true, seed: 1), ForwardContext(isTraining: true, seed: 2))
    let places = ["0.attention", "0.mlp", "1.attention", "1.mlp"]
    #expect(Set(places.flatMap { [now.seed(at: $0), later.seed(at: $0)] }).count == 8)
  }
}

@Suite("Seeds of random masks")
struct MaskSeedTests {
  @Test("An image's masks are its own, whichever images are beside it")
  func images() {
    let whole = ForwardContext(isTraining: true, seed: 4, images: [7, 3, 9])
    let part = ForwardContext(isTraining: true, seed: 4, images: [9])
    #expect(whole.seeds(at: "a", count: 3)[2] == part.seeds(at: "a", count: 1)[0])
    #expect(Set(whole.seeds(at: "a", count: 3) + whole.seeds(at: "b", count: 3)).count == 6)
  }

  @Test("No step, seed or image shares a mask with its neighbours")
  func neighbours() {
    var seen: Set<UInt64> = []
    for seed in 0..<8 as Range<UInt64> {
      for step in 0..<8 as Range<UInt64> {
        let context = ForwardContext(
          isTraining: true, seed: SeededRandom.seed(seed, step), images: Array(0..<8))
        seen.formUnion(context.seeds(at: "block", count: 8))
      }
    }
    #expect(seen.count == 512)
  }
}
