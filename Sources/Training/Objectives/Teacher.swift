import CLIPCore
import NN
import TensorCore

/// Another set of weights of the same classifier, to hold it to.
struct Teacher {
  /// What it says of images: embeddings of length 1 [batch, embedding width] and logits [batch, classes].
  struct Opinion {
    let embeddings: Tensor
    let logits: Tensor
  }

  let classifier: ImageClassifier
  /// The average to ask; nil asks the model as it was before fine-tuning.
  let average: WeightAverage?

  func opinion(of images: ObjectiveBatch.Images) -> Opinion {
    if let average { return average.inPlace { opinion(of: images, .inference) } }
    let own = classifier.adaptation?.start ?? [:]
    let parameters = classifier.store.parameters.filter { own[$0.path] != nil }
    return parameters.holding(parameters.compactMap { own[$0.path] }) {
      opinion(of: images, .inference(alpha: 0))
    }
  }

  private func opinion(
    of images: ObjectiveBatch.Images, _ context: ForwardContext
  ) -> Opinion {
    Recomputation.withoutGradients {
      let embeddings = classifier.embedded(pooled: images.pooled(by: classifier, context), context)
      return Opinion(
        embeddings: embeddings.value, logits: classifier.logits(embedded: embeddings, context).value)
    }
  }
}
