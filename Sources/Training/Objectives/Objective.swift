import CLIPCore
import NN
import TensorCore

/// What a batch costs by itself, without the terms that hold a model to something.
protocol Objective {
  /// Whether the costs of a batch's parts, weighted by their images, add up to that of the batch.
  var addsUp: Bool { get }
  /// What the model says of the images.
  func forward(_ batch: ObjectiveBatch, _ context: ForwardContext) -> Forwarded
  /// Mean cost of the images; a scalar.
  func cost(of forwarded: Forwarded, _ batch: ObjectiveBatch) -> Variable
}

/// What a model says of a batch.
struct Forwarded {
  /// Of the images, of length 1: [batch, embedding width].
  var embeddings: Variable
  /// One or several tables of logits, each row a choice: of classes, [batch, classes], or of the batch's captions and of its
  /// images, [batch, batch] each.
  var logits: [Variable]
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
  /// Which images of the training set these are, and in which epoch and step.
  var indices: [Int]
  var epoch: Int
  var step: Int
}
