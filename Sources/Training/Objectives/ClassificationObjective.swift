import CLIPCore
import NN
import TensorCore

/// Cross entropy of classes.
struct ClassificationObjective: Objective {
  let addsUp = true
  let settings: ObjectiveSettings
  let classifier: ImageClassifier
  /// ⟨t_y, t_j⟩ · s · margin of every two classes [classes, classes], of the zero-shot head.
  private let margins: Tensor?

  init(_ settings: ObjectiveSettings, classifier: ImageClassifier) {
    self.settings = settings
    self.classifier = classifier
    margins = settings.margin > 0 ? Self.margins(classifier, settings.margin) : nil
  }

  func forward(_ batch: ObjectiveBatch, _ context: ForwardContext) -> Forwarded {
    let embeddings = batch.images.embedded(by: classifier, context)
    return Forwarded(
      embeddings: embeddings, logits: [classifier.logits(embedded: embeddings, context)])
  }

  func cost(of forwarded: Forwarded, _ batch: ObjectiveBatch) -> Variable {
    var logits = forwarded.logits[0]
    let labels = Tensor(batch.labels, shape: [batch.labels.count])
    if let margins { logits = logits + (-1) * Variable(margins).gatherRows(labels) }
    if let distribution = batch.distribution { return logits.crossEntropy(distribution: distribution) }
    return logits.crossEntropy(targets: labels, labelSmoothing: settings.labelSmoothing)
  }

  /// Rows of a zero-shot head are text embeddings of length s: their products are s² ⟨t_y, t_j⟩.
  private static func margins(_ classifier: ImageClassifier, _ margin: Float) -> Tensor {
    let weight = classifier.headWeight
    let head = Variable(classifier.adaptation?.start[weight.path] ?? weight.value)
    let classes = max(1, head.shape[0])
    let scale = (Compute.backend.sumOfSquares(head.value) / Float(classes)).squareRoot()
    return (margin / max(scale, 1e-12) * head.multiplied(by: head, otherTransposed: true)).value
  }
}
