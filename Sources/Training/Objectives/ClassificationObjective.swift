import CLIPCore
import NN
import TensorCore

/// Cross entropy of classes, with what a teacher adds to it.
struct ClassificationObjective: Objective {
  let addsUp = true
  let settings: ObjectiveSettings
  let classifier: ImageClassifier
  let teacher: Teacher?
  /// ⟨t_y, t_j⟩ · s · margin of every two classes [classes, classes], of the zero-shot head.
  private let margins: Tensor?

  init(_ settings: ObjectiveSettings, classifier: ImageClassifier, teacher: Teacher?) {
    self.settings = settings
    self.classifier = classifier
    self.teacher = settings.needsTeacher ? teacher : nil
    margins = settings.margin > 0 ? Self.margins(classifier, settings.margin) : nil
  }

  /// Mean cost of the images.
  func loss(of batch: ObjectiveBatch, _ context: ForwardContext) -> Variable {
    let embedded = batch.images.embedded(by: classifier, context)
    var logits = classifier.logits(embedded: embedded, context)
    if let margins {
      let rows = Tensor(batch.labels, shape: [batch.labels.count])
      logits = logits + (-1) * Variable(margins).gatherRows(rows)
    }
    var loss = crossEntropy(logits, batch)
    if let teacher {
      let opinion = teacher.opinion(of: batch.images)
      if settings.distillLogits > 0 { loss = loss + distillation(logits, from: opinion.logits) }
      if settings.distillFeatures > 0 {
        loss = loss + settings.distillFeatures * embedded.meanSquaredDistance(to: opinion.embeddings)
      }
    }
    return loss
  }

  private func crossEntropy(_ logits: Variable, _ batch: ObjectiveBatch) -> Variable {
    if let distribution = batch.distribution { return logits.crossEntropy(distribution: distribution) }
    let labels = Tensor(batch.labels, shape: [batch.labels.count])
    return settings.labelSmoothing > 0
      ? logits.crossEntropy(targets: labels, labelSmoothing: settings.labelSmoothing)
      : logits.crossEntropy(targets: labels)
  }

  /// T² · cross entropy of logits / T to the teacher's probabilities at T.
  private func distillation(_ logits: Variable, from teacher: Tensor) -> Variable {
    let t = settings.temperature
    let probabilities = Tensor(uninitialized: teacher.shape)
    Compute.backend.scale(probabilities, teacher, by: 1 / t)
    Compute.backend.softmax(probabilities, probabilities)
    return settings.distillLogits * t * t * (1 / t * logits).crossEntropy(distribution: probabilities)
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
