import CLIPCore
import Checkpoint
import Datasets
import Experiments
import Foundation
import ImageCodec
import NN
import TensorCore
import TestSupport
import Testing
import Tokenizer
import Training

/// Fixture by make_training.py, and the same trainings by clipft.
struct TrainingParity {
  /// What was trained, and what of it is not compared.
  struct Case: Decodable {
    let spec: String
    /// Whether all elements are in the fixture, not some.
    let whole: Bool
    let leftOut: [String: [Int]]
  }

  /// What clipft draws for these trainings.
  struct Draws: Codable, Equatable {
    /// Of the images, by epoch.
    var orders: [[Int]]
    /// By case, then by step.
    var mixes: [String: [DrawnMix]]
    var texts: Texts
  }

  struct Texts: Codable, Equatable {
    /// Tokens by template and class.
    var prompts: [[[Int32]]]
    /// Templates by epoch and image.
    var captions: [[Int]]
    /// Tokens by step and text.
    var randomTexts: [[[Int32]]]
  }

  struct DrawnMix: Codable, Equatable {
    var share: Double
    var rows: [Int]?
    var columns: [Int]?

    init(_ mix: Mix) {
      share = mix.share
      guard case .paste(_, let rows, let columns) = mix else { return }
      (self.rows, self.columns) = (
        [rows.lowerBound, rows.upperBound], [columns.lowerBound, columns.upperBound]
      )
    }
  }

  private struct About: Decodable {
    let draws: Draws
    let cases: [String: Case]
  }

  /// What a training came to.
  struct Outcome {
    let losses: [Float]
    let tuned: StateDict
  }

  let state: StateDict
  let draws: Draws
  let cases: [String: Case]
  static let samples = 8

  init() throws {
    state = try Fixture.load("training.safetensors", bundle: .module)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let about = try decoder.decode(About.self, from: Data((state.metadata["about"] ?? "").utf8))
    (draws, cases) = (about.draws, about.cases)
  }

  func spec(_ name: String) throws -> RunSpec {
    let chosen = try #require(cases[name])
    var draft = SpecDraft()
    try draft.add(SpecFile(text: chosen.spec, path: name))
    return try draft.resolved(
      .init(model: "small", dataset: "memory", dataRoot: "none", precision: .fp32, isWorld: { _ in false })
    ).spec
  }

  /// Trains as a run does, in a folder of its own.
  func train(_ name: String, in folder: TemporaryFolder) throws -> Outcome {
    let head = try tensor("start/classification_head.weight")
    let job = try FineTuneJob(
      spec(name), model: model(in: folder.file("model")),
      data: TrainingData(
        train: dataset(),
        validation: InMemoryDataset(name: "none", role: .target, classes: Self.classes, items: []),
        validationSplit: "none", templates: Self.templates),
      folder: RunFolder(folder.file(name)), commandLine: [],
      buildHead: { _, names, _ in ZeroShotHead(weight: head, classNames: names) })
    _ = try job.run()
    return Outcome(
      losses: job.folder.metrics(FineTuner.EpochMetrics.self).flatMap(\.stepLosses),
      tuned: try SafetensorsFile(url: job.folder.tunedFile).stateDict())
  }

  func tensor(_ name: String) throws -> Tensor {
    try #require(state[name], "\(name) is not in the fixture")
  }

  private static let templates = ["a {}", "{} b", "{}"]
  private static let classes = ["a", "b", "c", "d"].map { DatasetClass(id: $0, name: $0) }

  func dataset() throws -> InMemoryDataset {
    let (images, labels) = (try tensor("images"), try tensor("labels").intArray)
    let side = images.shape[1]
    let pixels = storedBytes(of: images)
    let items = try labels.enumerated().map { index, label in
      let size = side * side * 3
      let image = PixelImage(
        width: side, height: side, pixels: Array(pixels[index * size..<(index + 1) * size]))
      return InMemoryDataset.Item(
        path: "\(index).png", label: Int(label), bytes: try ImageEncoder.png(image))
    }
    return try InMemoryDataset(name: "memory", role: .target, classes: Self.classes, items: items)
  }

  /// What is drawn of texts, for training of `steps` steps of all images.
  func texts(steps: Int, seed: UInt64) throws -> Texts {
    let config = try config()
    let tokenizer = try Self.tokenizer()
    let prompts = try ClassPrompts.Tokens(
      classNames: Self.classes.map(\.name), templates: Self.templates, tokenizer: tokenizer,
      contextLength: config.text.contextLength)
    let classifier = ImageClassifier(
      config: config, classes: Self.classes.count, source: SeededSource(seed: 1), prompts: prompts)
    let texts = try #require(classifier.texts)
    let choice = CaptionChoice(seed: seed)
    func rows(_ ids: Tensor) -> [[Int32]] { (0..<ids.shape[0]).map { ids.rows($0..<$0 + 1).intArray } }
    let count = try dataset().count
    return Texts(
      prompts: prompts.templates.map(rows),
      captions: (0..<steps).map { epoch in
        (0..<count).map { choice.template(image: $0, epoch: epoch, templates: Self.templates.count) }
      },
      randomTexts: (0..<UInt64(steps)).map { step in
        let seed = SeededRandom.seed(seed, named: RandomTextEnergy.seedName)
        return rows(texts.randomTexts(count: 4, length: 3, seed: SeededRandom.seed(seed, step)))
      })
  }

  private static func tokenizer() throws -> BPETokenizer {
    try BPETokenizer.train(on: ["a", "b", "c", "d"], vocabularySize: 600)
  }

  /// The image tower is the script's, the text tower drawn as there.
  private func model(in place: URL) throws -> PretrainedModel {
    let config = try config()
    let clip = CLIP(config: config, seed: 1)
    let source = SeededSource(seed: 3)
    for parameter in clip.store.parameters {
      if parameter.path.hasPrefix("visual.") || parameter === clip.logitScale {
        parameter.assign(try tensor("start/\(parameter.path)").copy())
      } else {
        let norm: Float = parameter.path.contains("ln_") && parameter.path.hasSuffix("weight") ? 1 : 0
        let bound: Float = parameter.shape.count > 1 ? 0.5 : 0.25
        let drawn = source.tensor(
          path: parameter.path, shape: parameter.shape, initializer: .uniform(bound: bound))
        parameter.assign(Tensor(drawn.array.map { norm + $0 }, shape: parameter.shape))
      }
    }
    let model = PretrainedModel(
      clip: clip, tokenizer: try Self.tokenizer(), preprocessing: .clip(size: 12), place: place)
    try model.save(to: place)
    return try PretrainedModel.load(place)
  }

  private func config() throws -> CLIPConfig {
    func transformer(_ width: Int) -> TransformerConfig {
      TransformerConfig(width: width, layers: 2, heads: 2, mlpWidth: 2 * width, activation: .quickGELU)
    }
    return CLIPConfig(
      vision: VisionConfig(imageSize: 12, patchSize: 4, transformer: transformer(16)),
      text: TextConfig(
        contextLength: 12, vocabularySize: try Self.tokenizer().vocabularySize, transformer: transformer(12),
        pooling: .highestToken),
      embeddingWidth: 8)
  }
}
