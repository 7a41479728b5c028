import CLIPCore
import NN
import TensorCore
import TestSupport
import Testing

@Suite("Patch dropout")
struct PatchDropoutTests {
  private static let side = 6
  private static let patches = side * side
  private let tower: VisionTransformer = {
    var config = SmallCLIP.config()
    config.vision.imageSize = 4 * PatchDropoutTests.side
    return CLIP(config: config, seed: 3).vision
  }()

  private func images(_ count: Int) -> Tensor {
    Initializer.normal(deviation: 1).tensor(shape: [count, 3, 4 * Self.side, 4 * Self.side], seed: 5)
  }

  private func context(
    _ probability: Double, seed: UInt64 = 1, isTraining: Bool = true, images: [UInt64]? = nil,
    recomputes: Bool = false
  ) -> ForwardContext {
    ForwardContext(
      isTraining: isTraining, seed: seed, images: images, patchDropout: probability, precision: .fp32,
      recomputes: recomputes)
  }

  /// The patches of an image that stay, as the tower draws them.
  private func kept(_ probability: Double, image: Int, of context: ForwardContext, count: Int) -> [Int] {
    let seeds = context.seeds(at: "visual.patch_dropout", count: count)
    return PatchDropout(probability: probability).kept(of: Self.patches, seed: seeds[image])
  }

  @Test("At probability 0, and at rest, nothing changes by one bit")
  func atRest() {
    let images = images(3)
    let plain = tower(images, ForwardContext(isTraining: true, seed: 1, precision: .fp32)).value.array
    #expect(tower(images, context(0)).value.array == plain)
    #expect(
      tower(images, context(0.5, isTraining: false)).value.array
        == tower(images, context(0, isTraining: false)).value.array)
    #expect(tower(images, context(0.5)).value.array != plain)
  }

  @Test(
    "Of n patches, max(1, Int(n · (1 − p))) stay, and the class token before them, in their order",
    arguments: [1, 4, 10, 49, 196, 257], [0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
  func count(patches: Int, probability: Double) {
    let dropout = PatchDropout(probability: probability)
    let tokens = Tensor((0..<2 * (1 + patches)).map { Float($0) }, shape: [2, 1 + patches, 1])
    let left = dropout(Variable(tokens), seeds: [3, 8]).value
    let expected = max(1, Int(Double(patches) * (1 - probability)))
    #expect(left.shape == [2, 1 + expected, 1])
    for image in 0..<2 {
      let values = left.rows(image..<image + 1).array.map { Int($0) - image * (1 + patches) }
      #expect(values.first == 0)
      #expect(values.dropFirst().allSatisfy { (1...patches).contains($0) })
      #expect(values == values.sorted() && Set(values).count == values.count)
    }
  }

  @Test("Every patch is as likely to stay")
  func frequency() {
    let dropout = PatchDropout(probability: 0.6)
    var counts = [Int](repeating: 0, count: 20)
    for seed in 0..<5000 as Range<UInt64> {
      for patch in dropout.kept(of: 20, seed: seed) { counts[patch] += 1 }
    }
    #expect(counts.allSatisfy { (1850...2150).contains($0) }, "\(counts)")
  }

  @Test("What a dropped patch shows changes nothing; what a kept one shows does")
  func content() {
    let context = context(0.5)
    let images = images(2)
    let before = tower(images, context).value.array
    let width = before.count / 2
    let staying = kept(0.5, image: 1, of: context, count: 2)
    #expect(staying.count == 18)
    for patch in 0..<Self.patches {
      let changed = images.copy()
      let pixels = changed.row(1)
      for channel in 0..<3 {
        for y in 0..<4 {
          for x in 0..<4 {
            let (row, column) = (4 * (patch / Self.side) + y, 4 * (patch % Self.side) + x)
            pixels[(channel * 4 * Self.side + row) * 4 * Self.side + column] += 1
          }
        }
      }
      let after = tower(changed, context).value.array
      #expect(after.prefix(width) == before.prefix(width))
      #expect((after.suffix(width) == before.suffix(width)) == !staying.contains(patch), "patch \(patch)")
    }
  }

  @Test(
    "Each image loses patches of its own, the same whichever images are beside it, and others at each step")
  func masks() {
    let images = images(3)
    let whole = tower(images, context(0.5, images: [7, 3, 9])).value
    let part = tower(images.rows(1..<3), context(0.5, images: [3, 9])).value
    expectClose(part, whole.rows(1..<3), absolute: 1e-6, relative: 1e-5)
    let contexts = [context(0.5, seed: 1), context(0.5, seed: 2)]
    let drawn = contexts.flatMap { context in (0..<3).map { kept(0.5, image: $0, of: context, count: 3) } }
    #expect(Set(drawn).count == 6)
  }

  @Test("Gradients are those of the values, and only kept patches pass one on", arguments: [false, true])
  func gradients(recomputes: Bool) throws {
    let context = context(0.7, recomputes: recomputes)
    let image = images(1)
    let parameters = [tower.positionalEmbedding, tower.classEmbedding, tower.patchEmbedding]
    for parameter in parameters { parameter.isTrainable = true }
    let weights = Variable(Initializer.normal(deviation: 1).tensor(shape: [1, 12], seed: 9))
    func loss() -> Variable { tower(image, context).linear(weight: weights) }
    loss().backward()
    let rows = try #require(tower.positionalEmbedding.gradient)
    let nonzero = (0...Self.patches).filter { rows.rows($0..<$0 + 1).array.contains { $0 != 0 } }
    #expect(nonzero == [0] + kept(0.7, image: 0, of: context, count: 1).map { 1 + $0 })
    #expect(nonzero.count == 1 + 10)
    for parameter in parameters {
      let gradient = try #require(parameter.takeGradient()).array
      let value = parameter.value
      let elements = stride(from: 0, to: value.count, by: max(1, value.count / 40))
      let differences = elements.map { element -> Float in
        func moved(by distance: Float) -> Float {
          let other = value.copy()
          other.mutableFloats[element] += distance
          parameter.assign(other)
          return loss().value.item
        }
        return (moved(by: 0x1p-7) - moved(by: -0x1p-7)) / 0x1p-6
      }
      parameter.assign(value)
      expectClose(
        elements.map { gradient[$0] }, differences, absolute: 2e-3, relative: 1e-2, "\(parameter.path)")
    }
  }
}
