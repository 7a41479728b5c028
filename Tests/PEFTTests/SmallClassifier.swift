import CLIPCore
import Checkpoint
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import Training

/// A classifier small enough to train, merge and differentiate in milliseconds.
///
/// Every parameter is random, so that no zero bias and no norm of ones hides a mistake.
enum SmallClassifier {
  static let classes = 5
  static let config = CLIPConfig(
    vision: VisionConfig(
      imageSize: 12, patchSize: 4,
      transformer: TransformerConfig(width: 16, layers: 3, heads: 2, mlpWidth: 48, activation: .quickGELU)),
    text: TextConfig(
      contextLength: 8, vocabularySize: 8,
      transformer: TransformerConfig(width: 8, layers: 2, heads: 1, mlpWidth: 16, activation: .quickGELU),
      pooling: .highestToken),
    embeddingWidth: 12)

  /// With a prompt of four words and a name for each class where text is read.
  static func make(withTexts: Bool = false) -> ImageClassifier {
    let prompts: [Int32] = (0..<classes).flatMap { [6, 1, 2, 1, 3, Int32($0) + 1, 7, 0] as [Int32] }
    let classifier = ImageClassifier(
      config: config, classes: classes, source: RandomSource(),
      prompts: withTexts ? .init(templates: [Tensor(prompts, shape: [classes, 8])]) : nil)
    classifier.texts?.logitScale.assign(Tensor(scalar: log(10)))
    return classifier
  }

  static func make(
    _ method: any FineTuningMethod, towers: Set<TowerKind> = [.vision], seed: UInt64 = 1
  ) throws -> ImageClassifier {
    let classifier = make(withTexts: method.prompts != .none || towers.contains(.text))
    try classifier.adapt(with: method, towers: towers, seed: seed, examples: SmallExamples(classifier))
    return classifier
  }

  /// The images themselves, as methods keep them.
  private final class SmallExamples: Examples {
    let count = SmallClassifier.labels.count
    private weak var classifier: ImageClassifier?

    init(_ classifier: ImageClassifier) { self.classifier = classifier }

    func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {
      guard let classifier else { return }
      visit(
        classifier.vision(SmallClassifier.images, context).l2Normalized().value,
        SmallClassifier.labels.intArray)
    }
  }

  static let images = Initializer.normal(deviation: 1).tensor(shape: [6, 3, 12, 12], seed: 77)
  static let labels = Tensor([0, 1, 2, 3, 4, 1] as [Int32], shape: [6])

  private final class RandomSource: ParameterSource {
    func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
      let mean: Float = path.contains("ln_") && path.hasSuffix("weight") ? 1 : 0
      let deviation: Float = path.hasPrefix("classification_head") ? 2 : 0.2
      return Initializer.normal(mean: mean, deviation: deviation)
        .tensor(shape: shape, seed: SeededRandom.seed(6, named: path))
    }
  }
}

extension ImageClassifier {
  /// The logits of a classifier at rest: nothing trains, so that activations are fused into products.
  func logits() -> Tensor {
    let trained = store.trainable
    for parameter in trained { parameter.isTrainable = false }
    defer { for parameter in trained { parameter.isTrainable = true } }
    return logits(SmallClassifier.images, .inference).value
  }

  func loss(_ context: ForwardContext) -> Variable {
    logits(SmallClassifier.images, context).crossEntropy(targets: SmallClassifier.labels)
  }

  /// Steps of AdamW on one batch, with dropout and drop path.
  func train(steps: Int = 3, learningRate: Float = 0.01, seed: UInt64 = 5) {
    let optimizer = Optimizer(store.trainable.map { TrainedParameter($0) }, rule: AdamW())
    for step in 0..<steps {
      loss(ForwardContext(isTraining: true, seed: seed &+ UInt64(step), dropPath: 0.1)).backward()
      optimizer.step(learningRate: learningRate)
    }
  }

  /// Adds noise to all that trains: away from starts at which a gradient or an update is 0.
  func perturb(deviation: Float = 0.1) {
    for parameter in store.trainable {
      let noise = Initializer.normal(deviation: deviation)
        .tensor(shape: parameter.shape, seed: SeededRandom.seed(8, named: parameter.path))
      let sum = parameter.value.copy()
      Compute.backend.accumulate(adding: noise, scaledBy: 1, to: sum)
      // A ReLU has no slope at 0: half of a bottleneck is always open, the rest never.
      if parameter.path.hasSuffix("adapter_down_bias") {
        for i in 0..<sum.count { sum.mutableFloats[i] = i.isMultiple(of: 2) ? 8 : -8 }
      }
      parameter.assign(sum)
    }
  }

  /// Copies of all values by path.
  func values() -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.path, $0.value.array) })
  }
}

extension Tensor {
  /// Largest magnitude.
  var largest: Float { array.map(abs).max() ?? 0 }

  /// The bits of every element: equality that tells −0 from 0.
  var bits: [UInt32] { array.map(\.bitPattern) }
}
