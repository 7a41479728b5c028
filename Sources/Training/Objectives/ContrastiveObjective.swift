import CLIPCore
import Foundation
import NN
import TensorCore

/// CLIP's own loss on images and captions that name their classes: FLYP (Goyal et al., Finetune Like You Pretrain, 2023).
///
/// The factor on similarities stays the pre-trained one.
struct ContrastiveObjective: Objective {
  /// Each image is compared with every caption of the batch.
  let addsUp = false
  let positives: ObjectiveSettings.Positives
  let classifier: ImageClassifier
  let texts: ClassPrompts
  /// Chooses a caption's template, by image and epoch.
  let seed: UInt64

  func loss(of batch: ObjectiveBatch, _ context: ForwardContext) -> Variable {
    let images = batch.images.embedded(by: classifier, context)
    let captions = texts.embeddings(of: self.captions(of: batch), context: context)
    let scale = texts.similarityScale
    switch positives {
    case .own:
      return .contrastiveLoss(
        images: images, texts: captions, logitScale: Variable(Tensor(scalar: log(scale))))
    case .sameClass:
      let shares = Self.shares(batch.labels)
      func direction(_ rows: Variable, _ columns: Variable) -> Variable {
        (scale * rows.multiplied(by: columns, otherTransposed: true)).crossEntropy(distribution: shares)
      }
      return 0.5 * (direction(images, captions) + direction(captions, images))
    }
  }

  private func captions(of batch: ObjectiveBatch) -> [(class: Int, template: Int)] {
    let chooser = SeededRandom.seed(SeededRandom.seed(seed, named: "captions"), UInt64(batch.epoch))
    return zip(batch.labels, batch.indices).map { label, index in
      var random = SeededRandom(chooser, UInt64(index))
      return (Int(label), random.int(below: texts.templateCount))
    }
  }

  /// How much of each row belongs to each column: equal parts of all of its class, [batch, batch].
  private static func shares(_ labels: [Int32]) -> Tensor {
    let counts = Dictionary(grouping: labels) { $0 }.mapValues { Float($0.count) }
    let values = labels.flatMap { label in
      labels.map { $0 == label ? 1 / (counts[label] ?? 1) : 0 }
    }
    return Tensor(values, shape: [labels.count, labels.count])
  }
}
