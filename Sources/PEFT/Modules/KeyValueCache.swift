import NN
import TensorCore

/// What Tip-Adapter's two forms share: a cache of training images, whose classes are added to the logits by similarity:
/// logits + strength · exp(−sharpness · (1 − f · keysᵀ)) · one-hot classes.
final class KeyValueCache: HeadModule {
  private let keys, labels: Parameter
  private let strength, sharpness: Float

  /// Keys start as the embeddings of the training images. Throws, where they cannot be read, what reading throws.
  init(_ adaptation: Adaptation, strength: Float, sharpness: Float, trainsKeys: Bool) throws(MethodError) {
    guard let examples = adaptation.examples else {
      throw .unfit("tip-adapter keeps training images; it has none here.")
    }
    let width = adaptation.head.first?.shape.last ?? 0
    let scope = adaptation.scope("tip_adapter")
    keys = scope.parameter("keys", [examples.count, width], .zeros, trainable: trainsKeys)
    labels = scope.parameter("labels", [examples.count], .zeros)
    self.strength = strength
    self.sharpness = sharpness
    adaptation.keep(keys)
    adaptation.keep(labels)
    adaptation.trainsHead = false
    adaptation.headModule = self
    do {
      guard !adaptation.countsOnly, let read = try examples.read() else { return }
      keys.assign(read.embeddings)
      labels.assign(Tensor(read.labels.map(Float.init), shape: [examples.count]))
    } catch let error as any ClassifiedError {
      throw .unreadableExamples(error.description, error.kind)
    } catch {
      throw .unreadableExamples(
        "The training images cannot be read: \(error.localizedDescription).", .ioFailure)
    }
  }

  func logits(_ normalized: Variable, head: PlainHead, context: ForwardContext) -> Variable {
    let classes = head.weight.shape[0]
    let oneHot = Tensor(zeros: [labels.count, classes])
    for (row, label) in labels.value.floats.enumerated() {
      oneHot.mutableFloats[row * classes + Int(label)] = 1
    }
    let minus = Variable(Tensor([-sharpness], shape: [1]))
    let similarity = normalized.linear(weight: keys.variable)
    let affinity = (sharpness * similarity).reshaped([similarity.value.count, 1])
      .scaleShifted(gamma: nil, beta: minus).reshaped(similarity.shape).exponential()
    return head.logits(normalized) + strength * affinity.multiplied(by: Variable(oneHot))
  }
}
