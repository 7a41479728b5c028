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
        validationSplit: "none", templates: ["a {}"]),
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

  /// The image tower is the script's, the text tower is not asked.
  private func model(in place: URL) throws -> PretrainedModel {
    let tokenizer = try BPETokenizer.train(on: ["a", "b", "c", "d"], vocabularySize: 600)
    func transformer(_ width: Int) -> TransformerConfig {
      TransformerConfig(width: width, layers: 2, heads: 2, mlpWidth: 2 * width, activation: .quickGELU)
    }
    let config = CLIPConfig(
      vision: VisionConfig(imageSize: 12, patchSize: 4, transformer: transformer(16)),
      text: TextConfig(
        contextLength: 12, vocabularySize: tokenizer.vocabularySize, transformer: transformer(12),
        pooling: .highestToken),
      embeddingWidth: 8)
    let clip = CLIP(config: config, seed: 1)
    for parameter in clip.store.parameters where parameter.path.hasPrefix("visual.") {
      parameter.assign(try tensor("start/\(parameter.path)").copy())
    }
    let model = PretrainedModel(
      clip: clip, tokenizer: tokenizer, preprocessing: .clip(size: 12), place: place)
    try model.save(to: place)
    return try PretrainedModel.load(place)
  }
}
