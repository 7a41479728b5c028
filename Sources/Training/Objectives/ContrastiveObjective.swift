import CLIPCore
import NN
import TensorCore

/// CLIP's own loss on images and captions that name their classes (FLYP, Goyal et al. 2023), in the form of several
/// positives and a margin, too (R-Adapter's MPM-NCE, Kim et al. 2024).
struct ContrastiveObjective: Objective {
  /// Each image is compared with every caption of the batch.
  let addsUp = false
  private let settings: ObjectiveSettings
  private let classifier: ImageClassifier
  private let texts: ClassPrompts
  private let choice: CaptionChoice

  init(_ settings: ObjectiveSettings, classifier: ImageClassifier, texts: ClassPrompts, seed: UInt64) {
    self.settings = settings
    self.classifier = classifier
    self.texts = texts
    choice = CaptionChoice(seed: seed)
  }

  /// Logits of the images' choices of captions, then of the captions' of images.
  func forward(_ batch: ObjectiveBatch, _ context: ForwardContext) -> Forwarded {
    let images = batch.images.embedded(by: classifier, context)
    let captions = texts.embeddings(of: self.captions(of: batch), context: context)
    let scale = texts.logitScale.variable.exponential()
    return Forwarded(
      embeddings: images,
      logits: [
        .similarities(images, captions, scale: scale), .similarities(captions, images, scale: scale),
      ])
  }

  func cost(of forwarded: Forwarded, _ batch: ObjectiveBatch) -> Variable {
    let shares = Self.shares(batch.labels, settings)
    let margins = settings.negativeMargin > 0 ? margins(batch.labels) : nil
    let directions = forwarded.logits.map { logits in
      (margins.map { logits + $0 } ?? logits).crossEntropy(distribution: shares)
    }
    return 0.5 * (directions[0] + directions[1])
  }

  private func captions(of batch: ObjectiveBatch) -> [(class: Int, template: Int)] {
    zip(batch.labels, batch.indices).map { label, image in
      (Int(label), choice.template(image: image, epoch: batch.epoch, templates: texts.templateCount))
    }
  }

  /// How much of each row belongs to each column [batch, batch]: to its own, or in equal parts to all of its class, but for
  /// the share that is spread over the others.
  private static func shares(_ labels: [Int32], _ settings: ObjectiveSettings) -> Tensor {
    let counts = Dictionary(grouping: labels) { $0 }.mapValues(\.count)
    let values = labels.enumerated().flatMap { row, label in
      let positives = settings.positives == .sameClass ? counts[label] ?? 1 : 1
      let negatives = labels.count - positives
      let spread = negatives > 0 ? settings.labelSmoothing : 0
      let (on, off) = ((1 - spread) / Float(positives), spread / Float(max(1, negatives)))
      return labels.enumerated().map { column, other in
        (settings.positives == .sameClass ? other == label : column == row) ? on : off
      }
    }
    return Tensor(values, shape: [labels.count, labels.count])
  }

  /// What is added to the logits of others' captions: of another class, or of any other image. The margin is one of cosines.
  private func margins(_ labels: [Int32]) -> Variable {
    let cosines = labels.enumerated().flatMap { row, label in
      labels.enumerated().map { column, other -> Float in
        (settings.positives == .sameClass ? other == label : column == row) ? 0 : settings.negativeMargin
      }
    }
    return Variable(Tensor(cosines, shape: [labels.count, labels.count]))
      .multiplied(byScalar: texts.logitScale.variable.exponential())
  }
}
