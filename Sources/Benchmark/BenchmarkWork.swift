import CLIPCore
import Checkpoint
import Datasets
import ImageCodec
import NN
import PEFT
import TensorCore
import Training

/// One kind of work to be timed: what a step does, on how many items.
public struct BenchmarkWork {
  public let name: String
  /// Images or texts of a step.
  public let batch: Int
  /// Floating-point operations of a step; nil where the work is not arithmetic.
  public let operations: Double?
  /// Goes before each step, and is not timed.
  public var prepare: () throws -> Void = {}
  public let step: () throws -> Void
}

/// The kinds of work that can be timed on one architecture with random weights.
public final class BenchmarkSuite {
  /// Work other than the training step of a method.
  public static let otherNames = ["encode", "text", "decode", "gemm"]
  /// Everything that can be asked for.
  public static var names: [String] { otherNames + methodNames }
  public static var methodNames: [String] { MethodRegistry.all.map { $0.name } }
  /// Prompts of a step of `text`, each with this many words between its start and end.
  public static let prompts = 64
  private static let words = 8
  private static let classes = 1000
  /// Images that `decode` asks for at once.
  private static let decodedAtOnce = 64
  /// As others time them; other methods have their defaults.
  private static let methodOptions = [
    "lora": ["rank": "32", "dropout": "0"], "coop": ["start": "random"],
  ]

  public let config: CLIPConfig
  /// Images of a step of training or `encode`.
  public let batch: Int
  private let images: (any ImageDataset)?
  private let caches: ImageCaches
  private let isCold: Bool

  /// `images` are for `decode`, which keeps them in `caches`; if it is to start cold, the system is asked before each step
  /// to forget their files.
  public init(
    config: CLIPConfig, batch: Int, images: (any ImageDataset)?, caches: ImageCaches = .none,
    isCold: Bool = false
  ) {
    self.config = config
    self.batch = batch
    self.images = images
    self.caches = caches
    self.isCold = isCold
  }

  /// The work called `name`; nil for `gemm`, which is `MatrixPeak` itself. Throws for an unknown name.
  public func work(named name: String) throws -> BenchmarkWork? {
    switch name {
    case "gemm": nil
    case "encode": encoding()
    case "text": textEncoding()
    case "decode": try decoding()
    default: try training(name)
    }
  }

  private func encoding() -> BenchmarkWork {
    let classifier = classifier()
    let input = randomImages()
    return BenchmarkWork(
      name: "encode", batch: batch, operations: Double(batch) * ArithmeticCost.image(config)
    ) { _ = classifier.vision(input, .inference) }
  }

  /// Forward, backward and AdamW.
  private func training(_ method: String) throws -> BenchmarkWork {
    let made = try MethodRegistry.method(named: method, options: Self.methodOptions[method] ?? [:])
    let classifier = classifier(
      prompts: made.prompts == .none
        ? nil : .init(templates: [prompts(Self.classes)]))
    try classifier.adapt(with: made, seed: 0, examples: RandomExamples(config))
    let optimization = Optimization(
      classifier.store.trainable.map { TrainedParameter($0, weightDecay: 0.01) }, rule: AdamW(),
      schedule: LearningRateSchedule(peak: 1e-5, warmupSteps: 0, totalSteps: 1_000_000),
      clipNorm: nil)
    let input = randomImages()
    var random = SeededRandom(3)
    let targets = Tensor((0..<batch).map { _ in Int32(random.int(below: Self.classes)) }, shape: [batch])
    return BenchmarkWork(
      name: method, batch: batch, operations: Double(batch) * ArithmeticCost.trainingStep(classifier)
    ) {
      let context = ForwardContext(isTraining: true, seed: UInt64(optimization.steps))
      let loss = classifier.logits(input, context).crossEntropy(targets: targets)
      try optimization.fusedStep(loss)
    }
  }

  private func textEncoding() -> BenchmarkWork {
    let tower = TextTransformer(
      ParameterScope(store: ParameterStore(), source: SeededSource(seed: 0)), config: config.text,
      embeddingWidth: config.embeddingWidth)
    let input = prompts(Self.prompts)
    return BenchmarkWork(
      name: "text", batch: Self.prompts,
      operations: Double(Self.prompts)
        * ArithmeticCost.text(config, tokens: min(Self.words, config.text.contextLength - 2) + 2)
    ) { _ = try tower(input, .inference) }
  }

  /// Random words between the start and the end of a text: `i32` [count, context].
  private func prompts(_ count: Int) -> Tensor {
    let context = config.text.contextLength
    let words = min(Self.words, context - 2)
    let end =
      switch config.text.pooling {
      case .highestToken: config.text.vocabularySize - 1
      case .firstToken(let id): id
      }
    var random = SeededRandom(4)
    var tokens: [Int32] = []
    for _ in 0..<count {
      tokens.append(0)
      for _ in 0..<words { tokens.append(Int32(random.int(below: max(1, end)))) }
      tokens.append(Int32(end))
      tokens += Array(repeating: 0, count: context - words - 2)
    }
    return Tensor(tokens, shape: [count, context])
  }

  /// Reading, decoding, resizing and normalising all images, in order.
  private func decoding() throws -> BenchmarkWork {
    guard let images else { throw TrainingError.badSetting("The work decode needs a folder of images.") }
    let prepared = try PreparedDataset(
      dataset: images, preprocessing: .clip(size: config.vision.imageSize), caches: caches)
    var work = BenchmarkWork(name: "decode", batch: images.count, operations: nil) {
      for range in prepared.ranges(batchSize: Self.decodedAtOnce) { _ = try prepared.batch(range) }
    }
    if isCold {
      work.prepare = { [caches] in
        images.leaveSystemCache()
        caches.disk?.leaveSystemCache()
      }
    }
    return work
  }

  private func classifier(prompts: ClassPrompts.Tokens? = nil) -> ImageClassifier {
    let classifier = ImageClassifier(
      config: config, classes: Self.classes, source: SeededSource(seed: 0), prompts: prompts)
    // A head of zeros would send no gradient to the tower.
    classifier.headWeight.assign(
      Initializer.normal(deviation: 1).tensor(shape: classifier.headWeight.shape, seed: 1))
    return classifier
  }

  /// [batch, 3, size, size]
  private func randomImages() -> Tensor {
    Initializer.normal(deviation: 1).tensor(
      shape: [batch, 3, config.vision.imageSize, config.vision.imageSize], seed: 2)
  }
}

/// Sixteen images of each class, as few-shot methods keep them.
private final class RandomExamples: Examples {
  let count = 16_000
  private let width: Int

  init(_ config: CLIPConfig) { width = config.embeddingWidth }

  /// Random embeddings: no image is computed.
  func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {
    let embeddings = Initializer.normal(deviation: 1).tensor(shape: [count, width], seed: 5)
    visit(Variable(embeddings).l2Normalized().value, (0..<count).map { Int32($0 / 16) })
  }
}
