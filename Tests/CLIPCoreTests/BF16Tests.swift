import CLIPCore
import NN
import TensorCore
import TestSupport
import Testing

/// In bf16, a model says what it says in fp32, to the precision of bf16.
@Suite("Models in bf16")
struct BF16Tests {
  private static let images = Initializer.normal(deviation: 1).tensor(shape: [6, 3, 32, 32], seed: 5)

  private func embeddings(_ precision: Precision) throws -> (images: Tensor, texts: Tensor) {
    let clip = CLIP(config: Architectures.world, seed: 3)
    let context = ForwardContext(isTraining: false, seed: 0, precision: precision)
    let tokens = Tensor((0..<4 * 12).map { Int32(($0 * 37) % 600) }, shape: [4, 12])
    return (
      clip.encodeImages(Self.images, context).l2Normalized().value,
      try clip.encodeTexts(tokens, context).l2Normalized().value
    )
  }

  @Test("Embeddings are within 2 % of those of fp32, and not the same")
  func closeness() throws {
    let (fp32, bf16) = (try embeddings(.fp32), try embeddings(.bf16))
    for (low, full) in [(bf16.images, fp32.images), (bf16.texts, fp32.texts)] {
      let largest = full.array.map(abs).max() ?? 0
      expectClose(low, full, absolute: 2e-2 * largest)
      #expect(low.array != full.array)
    }
  }

  @Test("What is kept of weights for products follows the weights", arguments: [false, true])
  func keptWeights(trainable: Bool) {
    let parameter = Parameter(
      path: "w", value: Tensor([1, 2] as [Float], shape: [1, 2]), trainable: trainable)
    let x = Variable(Tensor([1, 10] as [Float], shape: [1, 2]).converted(to: .bf16))
    func product() -> [Float] {
      x.linear(weight: parameter.variable, parameter: parameter, result: .f32).value.array
    }
    #expect(product() == [21])
    parameter.value.mutableFloats[0] = 3
    parameter.valueDidChange()
    #expect(product() == [23])
    parameter.assign(Tensor([5, 6] as [Float], shape: [1, 2]))
    #expect(product() == [65])
  }
}
