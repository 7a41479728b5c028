import CLIPCore
import Checkpoint
import Datasets
import Foundation
import NN
import TensorCore
import Training

/// Writes a run at an alpha as a plain model, with its classification head beside it.
public struct ExportJob {
  public let run: LoadedRun
  /// Interpolation between pre-trained (0) and fine-tuned (1).
  public let alpha: Double
  public let layout: ModelLayout
  /// A folder, or a file of weights.
  public let place: URL
  /// Some of the run's images, on which merged and live logits are compared; nil where they are not at hand.
  public let images: (any ImageDataset)?

  public init(
    run: LoadedRun, alpha: Double, layout: ModelLayout = .huggingFace, place: URL,
    images: (any ImageDataset)? = nil
  ) {
    self.images = images
    self.run = run
    self.alpha = alpha
    self.layout = layout
    self.place = place
  }

  /// Where the head of a model at `place` is written: in its folder, or beside its file of weights.
  public static func headFile(of place: URL) -> URL {
    guard ModelLayout.isFile(place) else { return place.appendingPathComponent(HeadFile.name) }
    let stem = place.deletingPathExtension().lastPathComponent
    return place.deletingLastPathComponent().appendingPathComponent("\(stem)-\(HeadFile.name)")
  }

  /// Throws unless `place` is absent or an empty folder.
  public static func check(_ place: URL) throws(CheckpointError) {
    if ModelLayout.isFile(place) {
      for file in [place, headFile(of: place), SeenImages.folder(of: place)]
      where FileManager.default.fileExists(atPath: file.path) {
        throw .cannotCreate(file: file.path, reason: "it exists already")
      }
      return
    }
    guard FileManager.default.fileExists(atPath: place.path) else { return }
    guard let contents = try? FileManager.default.contentsOfDirectory(atPath: place.path) else {
      throw .cannotCreate(file: place.path, reason: "a file of that name exists")
    }
    guard contents.isEmpty else { throw .cannotCreate(file: place.path, reason: "the folder is not empty") }
  }

  /// The towers at alpha, of which one that did not train is as it was; tokenizer and preprocessing are what the run saw. What is written
  /// appears under its name when it is whole, with the lists of images that it has seen, and never in the place of what
  /// another process wrote meanwhile. What its reader must know is returned, a sentence each.
  @discardableResult
  public func execute() throws -> [String] {
    try Self.check(place)
    try layout.check(run.record.model.architecture, of: run.modelPlace)
    let plain = try plainModel()
    let seen = try run.folder.images(run.record.data).seen
    let unseen =
      images == nil
      ? ["the run's images are not at hand, so that merged and live logits were compared on images of noise"]
      : []
    return try plain.notes + unseen
      + Self.write(plain.model, as: layout, to: place, seen: seen) {
        try writeHead(of: plain.classifier, to: Self.headFile(of: $0))
      }
  }

  /// The towers at alpha as a plain model, the plain state of the classifier, which has the head, and what its reader must know.
  /// Throws, saying why, where the method has no plain weights, or these compute something else.
  func plainModel() throws -> (model: PretrainedModel, classifier: StateDict, notes: [String]) {
    _ = try run.plainEndpoints()
    try checkMerging()
    _ = try run.path.move(to: alpha)
    let state = run.path.classifier.plainState()
    let start = try LoadedRun.pretrainedModel(of: run.record, at: run.modelPlace)
    let source = StateDictSource(
      start.clip.store.state().merging(state.filter { start.clip.store[$0] != nil }),
      file: run.folder.url.path)
    let clip = CLIP(config: start.clip.config, source: source)
    try source.finish()
    let model = PretrainedModel(
      clip: clip, tokenizer: start.tokenizer, preprocessing: start.preprocessing, place: place)
    return (model, state, start.notes)
  }

  /// Writes a model to a place that is free, with what else `add` writes beside it: what is written appears under its name
  /// when it is whole. Notes of what the layout leaves out.
  static func write(
    _ model: PretrainedModel, as layout: ModelLayout, to place: URL, seen: SeenImages?,
    with add: (_ unfinished: URL) throws -> Void = { _ in }
  ) throws -> [String] {
    var notes: [String] = []
    func write(_ unfinished: URL) throws {
      notes += try model.save(layout, to: unfinished)
      try add(unfinished)
      try seen?.write(beside: unfinished)
    }
    if ModelLayout.isFile(place) {
      try NewOutput.files(in: place.deletingLastPathComponent()) {
        try write($0.appendingPathComponent(place.lastPathComponent))
      }
    } else {
      try layout.check(place)
      try NewOutput.folder(at: place, write)
    }
    return notes
  }

  /// How far logits of the merged weights may be from the live ones, as a share of the largest.
  private static let tolerance: Float = 1e-4

  /// Images of the run to compare on; of noise where none are at hand.
  private func comparedImages() throws -> Tensor {
    guard let images, images.count > 0 else {
      let size = run.record.model.architecture.vision.imageSize
      return Initializer.normal(deviation: 1).tensor(shape: [2, 3, size, size], seed: 1)
    }
    let some = try images.subset(Array(0..<min(images.count, 4)))
    return try PreparedDataset(dataset: some, preprocessing: run.record.model.preprocessing)
      .batch(0..<some.count).images
  }

  /// Throws unless the merged weights compute what the method's modules do, in full precision.
  private func checkMerging() throws {
    let images = try comparedImages()
    _ = try run.path.move(to: 1)
    let context = ForwardContext(isTraining: false, seed: 0, precision: .fp32)
    let merged = run.path.classifier.logits(images, context).value.array
    let live = run.tuned.logits(images, context).value.array
    let largest = live.map(abs).max() ?? 0
    let difference = zip(merged, live).map { abs($0 - $1) }.max() ?? 0
    guard difference <= Self.tolerance * max(largest, 1) else {
      throw TrainingError.badCheckpoint(
        file: run.folder.tunedFile.path,
        problem:
          "merged into plain weights it computes something else (logits differ by \(difference) of \(largest)), so nothing is "
          + "written; score the run itself")
    }
  }

  private func writeHead(of state: StateDict, to file: URL) throws(CheckpointError) {
    func tensor(_ name: String) throws(CheckpointError) -> Tensor {
      guard let tensor = state[name] else {
        throw .missingTensor(file: run.folder.tunedFile.path, name: name)
      }
      return tensor
    }
    try HeadFile.write(
      weight: tensor("classification_head.weight"), bias: tensor("classification_head.bias"),
      classNames: run.record.data.classes.map(\.name),
      notes: ["method": run.record.method, "alpha": String(alpha), "run": run.folder.url.lastPathComponent],
      to: file)
  }
}
