import CLIPCore
import Datasets
import ImageCodec
import NN
import TensorCore
import Training

/// What the head begins as where that is not the zero-shot head, which it is already.
struct HeadStart {
  private let settings: FineTuningSettings
  private let classifier: ImageClassifier
  private let data: TrainingData
  private let preprocessing: Preprocessing
  private let check: () throws -> Void
  private static let batch = 32

  init(
    _ settings: FineTuningSettings, classifier: ImageClassifier, data: TrainingData,
    preprocessing: Preprocessing, check: @escaping () throws -> Void
  ) {
    self.settings = settings
    self.classifier = classifier
    self.data = data
    self.preprocessing = preprocessing
    self.check = check
  }

  /// Throws where a probe has no images to be chosen on.
  func apply() throws {
    switch settings.head.start {
    case .zeroShot: return
    case .random:
      let (weight, bias) = (classifier.headWeight, classifier.headBias)
      let width = weight.shape[1]
      func drawn(_ parameter: Parameter) -> Tensor {
        // PyTorch draws both by the width of what comes in.
        let seed = SeededRandom.seed(settings.seeds.initialization, named: parameter.path)
        let values = Initializer.kaimingUniform.tensor(shape: [parameter.count, width], seed: seed)
        return parameter === weight
          ? Initializer.kaimingUniform.tensor(shape: weight.shape, seed: seed)
          : Tensor((0..<parameter.count).map { values.array[$0 * width] }, shape: parameter.shape)
      }
      weight.assign(drawn(weight))
      bias.assign(drawn(bias))
    case .probe:
      guard data.validation.count > 0 else {
        throw TrainingError.badSetting(
          "A probe's strength is chosen on validation images, of which there are none; name some with --val.")
      }
      let sweep = try LogisticProbe.sweep(
        train: features(data.train), validation: features(data.validation),
        classes: data.train.classes.count, check: check)
      let head = sweep.probe.head()
      classifier.headWeight.assign(head.weight)
      classifier.headBias.assign(head.bias)
    }
  }

  /// Embeddings of length 1 of all images, as the model stands.
  private func features(_ dataset: any ImageDataset) throws -> LabeledFeatures {
    let images = try PreparedDataset(dataset: dataset, preprocessing: preprocessing)
    let all = Tensor(uninitialized: [images.count, classifier.config.embeddingWidth])
    var labels: [Int32] = []
    for start in stride(from: 0, to: images.count, by: Self.batch) {
      try check()
      let range = start..<min(start + Self.batch, images.count)
      let batch = try images.batch(range)
      let pooled = classifier.vision.pooled(batch.images, .inference)
      let embedded = Recomputation.withoutGradients { classifier.embedded(pooled: pooled, .inference) }
      all.rows(range).mutableBytes.copyMemory(from: embedded.value.bytes)
      labels += batch.labels
    }
    return try LabeledFeatures(features: all, labels: labels)
  }
}
