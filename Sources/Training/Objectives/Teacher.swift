import CLIPCore
import NN
import TensorCore

/// Another set of weights of the same classifier, to hold it to.
struct Teacher {
  let classifier: ImageClassifier
  /// The average to ask; nil asks the model as it was before fine-tuning.
  let average: WeightAverage?

  /// What `body` computes with the teacher's weights in the place of the model's, without gradients.
  func asked<Result>(_ body: (ForwardContext) -> Result) -> Result {
    Recomputation.withoutGradients {
      if let average { return average.inPlace { body(.inference) } }
      let own = classifier.adaptation?.start ?? [:]
      let parameters = classifier.store.parameters.filter { own[$0.path] != nil }
      return parameters.holding(parameters.compactMap { own[$0.path] }) { body(.inference(alpha: 0)) }
    }
  }
}
