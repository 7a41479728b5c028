import CLIPCore
import Datasets
import NN
import TensorCore

/// Training images as methods see them before training: without augmentation.
package final class TrainingExamples: Examples {
  package let count: Int
  private let images: PreparedDataset?
  /// It holds on to these examples itself.
  private weak var classifier: ImageClassifier?
  private let check: () throws -> Void
  private static let batch = 32

  /// `images` are nil where what a method kept of them is read from a file.
  package init(
    count: Int, images: PreparedDataset?, classifier: ImageClassifier, check: @escaping () throws -> Void = {}
  ) {
    self.count = count
    self.images = images
    self.classifier = classifier
    self.check = check
  }

  package func show(
    in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void
  ) throws {
    guard let images, let classifier else { return }
    for start in stride(from: 0, to: count, by: Self.batch) {
      try check()
      let batch = try images.batch(start..<min(start + Self.batch, count))
      visit(classifier.vision(batch.images, context).l2Normalized().value, batch.labels)
    }
  }
}
