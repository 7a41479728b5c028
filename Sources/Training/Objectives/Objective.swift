import CLIPCore
import NN
import TensorCore

/// What a batch costs.
protocol Objective {
  /// Whether the costs of a batch's parts, weighted by their images, add up to that of the batch.
  var addsUp: Bool { get }
  /// Mean cost of the images; a scalar.
  func loss(of batch: ObjectiveBatch, _ context: ForwardContext) -> Variable
}

/// Some images of a step, or all of them.
struct ObjectiveBatch {
  enum Images {
    /// [batch, 3, size, size]
    case pixels(Tensor)
    /// Class-token features of a tower that stays, [batch, width].
    case features(Variable)

    /// Class-token features, [batch, width].
    func pooled(by classifier: ImageClassifier, _ context: ForwardContext) -> Variable {
      switch self {
      case .pixels(let images): classifier.vision.pooled(images, context)
      case .features(let features): features
      }
    }

    /// Embeddings of length 1 [batch, embedding width].
    func embedded(by classifier: ImageClassifier, _ context: ForwardContext) -> Variable {
      classifier.embedded(pooled: pooled(by: classifier, context), context)
    }
  }

  var images: Images
  var labels: [Int32]
  /// [batch, classes]; nil is the labels.
  var distribution: Tensor?
  /// Which images of the training set these are, and in which epoch.
  var indices: [Int]
  var epoch: Int
}

extension ObjectiveSettings {
  /// The objective that these settings name. Throws where the classifier has no text tower to read captions.
  func objective(
    _ classifier: ImageClassifier, teacher: Teacher, seed: UInt64
  ) throws(TrainingError) -> any Objective {
    switch name {
    case .crossEntropy: return ClassificationObjective(self, classifier: classifier, teacher: teacher)
    case .contrastive:
      guard let texts = classifier.texts else {
        throw .badSetting(
          "The objective contrastive reads captions, and no text tower trains; give --towers both.")
      }
      return ContrastiveObjective(positives: positives, classifier: classifier, texts: texts, seed: seed)
    }
  }
}
