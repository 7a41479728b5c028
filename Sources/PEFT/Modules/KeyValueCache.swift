import NN
import TensorCore

/// Tip-Adapter in its two forms, with keys that train and without.
protocol KeyValueMethod: FineTuningMethod {
  var strength: Float { get set }
  var sharpness: Float { get set }
  static var trainsKeys: Bool { get }
}

extension KeyValueMethod {
  public static var citation: String {
    "Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, ECCV 2022"
  }
  public static var options: [MethodOption<Self>] {
    [
      MethodOption("strength", \.strength, 0...1000, "factor on what the cache adds (the paper's alpha)"),
      MethodOption("sharpness", \.sharpness, 0...1000, "how fast similarity counts less (the paper's beta)"),
    ]
  }
  public static var training: MethodTraining {
    MethodTraining(worldRate: 1e-3, photographs: "frozen-features")
  }

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    _ = try KeyValueCache(
      adaptation, strength: strength, sharpness: sharpness, trainsKeys: Self.trainsKeys)
  }
}

/// What Tip-Adapter's two forms share: a cache of training images, whose classes are added to the logits by similarity:
/// logits + strength · exp(−sharpness · (1 − f · keysᵀ)) · one-hot classes.
final class KeyValueCache: HeadModule {
  let isOfTrainedClasses = true
  private let keys, labels: Parameter
  private let strength, sharpness: Float
  /// [images, classes], made when it is needed first: what the labels are is settled then.
  private var classes: Variable?

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
    let classes = adaptation.head.last?.shape.first ?? 0
    adaptation.keep(keys)
    adaptation.keep(labels) { value in
      let isValid = value.floats.allSatisfy { label in
        Int(exactly: label).map((0..<classes).contains) ?? false
      }
      return isValid ? nil : "has labels of no class"
    }
    adaptation.trainsHead = false
    adaptation.headModule = self
    guard !adaptation.countsOnly else { return }
    guard let read = try MethodError.reading({ try examples.embedded() }) else { return }
    keys.assign(read.embeddings)
    labels.assign(Tensor(read.labels.map(Float.init), shape: [examples.count]))
  }

  func logits(_ normalized: Variable, head: PlainHead, context: ForwardContext) -> Variable {
    let oneHot = classes ?? oneHot(head.weight.shape[0])
    classes = oneHot
    let minus = Variable(Tensor([-sharpness], shape: [1]))
    let similarity = normalized.linear(weight: keys.variable)
    let affinity = (sharpness * similarity).reshaped([similarity.value.count, 1])
      .scaleShifted(gamma: nil, beta: minus).reshaped(similarity.shape).exponential()
    return head.logits(normalized) + strength * affinity.multiplied(by: oneHot)
  }

  private func oneHot(_ classes: Int) -> Variable {
    let result = Tensor(zeros: [labels.count, classes])
    for (row, label) in labels.value.floats.enumerated() {
      result.mutableFloats[row * classes + Int(label)] = 1
    }
    return Variable(result)
  }
}
