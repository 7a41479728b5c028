import Checkpoint
import Datasets
import EvalShift
import Foundation
import TensorCore
import Training

/// What a model said of every image of a set, as a file of a run's `predictions/` keeps it: logits, true classes, and which images
/// they are of.
public struct KeptPredictions: Sendable {
  /// The version of the files.
  private static let format = "2"

  /// [images, classes of the head], float32.
  public let logits: Tensor
  /// Of each image its class, as an index of the head.
  public let targets: [Int32]
  public let images: ImageList
  /// [images, width of the tower]: the class token's features, before projection and head; nil where they were not kept.
  public let features: Tensor?
  /// Names of the head's classes.
  public let classes: [String]
  /// Groups of the head's classes that compete for an image; nil if all do, each for itself.
  public let competitors: [[Int]]?
  /// Of each image the group that it belongs to; nil where there are none.
  public let groups: [String]?
  public let alpha: Double
  /// Which classes competed.
  public let competition: Competition
  /// All that was found of the set with them, with what it was computed from.
  public let scores: DatasetScores
  /// SHA-256 of what training ended with, by which it is known that they are of these weights.
  public let weightsSHA256: String?

  init(
    _ logits: Tensor, features: Tensor?, of set: EvaluationSet, scores: DatasetScores,
    classes: [DatasetClass], alpha: Double,
    weightsSHA256: String?
  ) throws {
    (self.logits, self.features) = (logits, features)
    targets = try set.mapping.targets(for: set.dataset.labels)
    images = set.images
    self.classes = classes.map(\.name)
    (competitors, competition) = (set.competitors, set.competition)
    groups = set.dataset.groups.map { groups in groups.ofImage.map { groups.names[Int($0)] } }
    (self.alpha, self.scores, self.weightsSHA256) = (alpha, scores, weightsSHA256)
  }

  /// What the metrics need of them; with `scaling`, of logits divided by its temperature as well.
  public func predictions(scaling: TemperatureScaling? = nil) throws(EvaluationError) -> Predictions {
    try Predictions(logits: logits, targets: targets, groups: competitors, scaling: scaling)
      .grouped(groups.map(ImageGroups.init)).identified(images)
  }

  /// How the images of a `target`, said of by the same model, fared that are of these images' classes; nil where none are.
  ///
  /// These are the classes that compete, or of sets against all of the head's, those that have images.
  public func twin(in target: KeptPredictions) throws(EvaluationError) -> TwinScore? {
    let images = Set(targets)
    let own =
      competitors.map { groups in
        groups.filter { competition == .subset || $0.contains { images.contains(Int32($0)) } }.joined()
          .map(Int32.init)
      } ?? (competition == .subset ? classes.indices.map(Int32.init) : Array(images))
    return try TwinScore.predictions(
      logits: target.logits.array, width: target.logits.shape[1], targets: target.targets, classes: Set(own),
      groups: competitors
    ).flatMap { TwinScore(dataset: target.scores.dataset, predictions: $0) }
  }

  /// Whether they are of a set as it is looked at now: of the same classes and groups, in the same role.
  public func areOf(_ set: EvaluationSet) -> Bool {
    let groups = set.dataset.groups.map { groups in groups.ofImage.map { groups.names[Int($0)] } }
    return competition == set.competition && competitors == set.competitors && scores.role == set.role
      && (groups == nil) == (self.groups == nil) && groups.map(Set.init) == self.groups.map(Set.init)
  }

  /// The logits of the classes that compete, [images, those classes], row-major; of several that count as one, the highest.
  public func competingLogits() throws(EvaluationError) -> [Float] {
    try Predictions.competing(logits: logits.array, width: logits.shape[1], groups: competitors)
  }
}

// MARK: Files

extension EvaluationSet {
  /// Where predictions for it lie in a folder, if they are kept there.
  public func keptFile(precision: String, alpha: Double, in folder: URL) -> URL {
    KeptPredictions.file(
      dataset: name, imagesSHA256: images.sha256, competition: competition, precision: precision,
      alpha: alpha, in: folder)
  }
}

extension KeptPredictions {
  /// A file of predictions by what it says of itself, its numbers unread.
  public struct File: Sendable {
    public let url: URL
    public let dataset: String
    public let imagesSHA256: String
    public let competition: String
    public let precision: String
    public let alpha: Double
    public let weightsSHA256: String?
    /// What was found with them.
    public let scores: DatasetScores
  }

  /// Those in a folder, by name; none where it is not there. Which cannot be read, and which are of another version, is told to
  /// `warn`, a sentence each.
  public static func files(in folder: URL, warn: (String) -> Void) throws -> [File] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      warn("\(folder.path) cannot be listed, so that the predictions in it are passed over.")
      return []
    }
    return names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted().compactMap { name in
      let url = folder.appendingPathComponent(name)
      do {
        let metadata = try SafetensorsFile(url: url).metadata
        guard metadata["format"] == format else {
          warn("\(url.path) is of another version of this program; it is passed over, so score it anew.")
          return nil
        }
        guard let alpha = metadata["alpha"].flatMap(Double.init), let scores = metadata["scores"] else {
          warn("\(url.path) does not say what it is of; it is passed over.")
          return nil
        }
        return File(
          url: url, dataset: metadata["dataset"] ?? "", imagesSHA256: metadata["images_sha256"] ?? "",
          competition: metadata["protocol"] ?? "", precision: metadata["precision"] ?? "", alpha: alpha,
          weightsSHA256: metadata["weights_sha256"],
          scores: try JSONDecoder().decode(DatasetScores.self, from: Data(scores.utf8)))
      } catch {
        warn("\(url.path) cannot be read (\(error)); it is passed over.")
        return nil
      }
    }
  }
}

extension KeptPredictions {
  /// Where those of a set lie in a folder: the name says which images they are about, not only what they are called.
  static func file(
    dataset: String, imagesSHA256: String, competition: Competition, precision: String, alpha: Double,
    in folder: URL
  ) -> URL {
    let key = [imagesSHA256, competition.rawValue, precision].joined(separator: " ")
    let hash = ContentHash.sha256(of: Data(key.utf8)).prefix(8)
    let name = dataset.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }
    return folder.appendingPathComponent(
      "\(String(name).prefix(100))-\(hash)@\(alpha).safetensors")
  }

  /// Writes `logits` [images, classes] and `target` [images], with paths, hashes and class names as metadata, each a JSON array.
  func write(in folder: URL) throws(CheckpointError) -> URL {
    var state: StateDict = ["logits": logits, "target": Tensor(targets, shape: [targets.count])]
    state["features"] = features
    state.metadata = [
      "format": Self.format, "dataset": scores.dataset, "alpha": String(alpha),
      "protocol": competition.rawValue, "images_sha256": images.sha256,
      "paths": JSONFormat.line(images.entries.map(\.path)),
      "sha256": JSONFormat.line(images.entries.map(\.sha256)),
      "image_classes": JSONFormat.line(images.entries.map(\.classID)),
      "classes": JSONFormat.line(classes), "scores": JSONFormat.line(scores),
    ]
    state.metadata["precision"] = scores.provenance?.precision
    state.metadata["competitors"] = competitors.map(JSONFormat.line)
    state.metadata["groups"] = groups.map(JSONFormat.line)
    state.metadata["weights_sha256"] = weightsSHA256
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: error.localizedDescription)
    }
    let file = Self.file(
      dataset: scores.dataset, imagesSHA256: images.sha256, competition: competition,
      precision: scores.provenance?.precision ?? "", alpha: alpha, in: folder)
    try SafetensorsFile.write(state, to: file)
    return file
  }

  /// Reads a file. Throws, saying what is wrong with it, where it is none of this version or its parts do not fit.
  public init(contentsOf file: URL) throws {
    let remedy = "score the run anew with `clipft eval-shift`"
    self = try OwnFile.reading(file, remedy: remedy) {
      do {
        return try Self(SafetensorsFile(url: file).stateDict(), file: file.path)
      } catch let error as DecodingError {
        throw TrainingError.badCheckpoint(
          file: file.path, problem: "what it says of its images cannot be read\(error.asJSONProblem)")
      }
    }
  }

  private init(_ state: StateDict, file: String) throws {
    func refuse(_ problem: String) -> TrainingError { .badCheckpoint(file: file, problem: problem) }
    guard state.metadata["format"] == Self.format else {
      throw refuse("its predictions are of another version of this program")
    }
    func list<Element: Decodable>(_ key: String) throws -> [Element]? {
      try state.metadata[key].map { try JSONDecoder().decode([Element].self, from: Data($0.utf8)) }
    }
    guard let logits = state["logits"], let target = state["target"], logits.rank == 2,
      logits.dtype == .f32,
      target.dtype == .i32, target.shape == [logits.shape[0]]
    else { throw refuse("it has no logits [images, classes] with a target each") }
    guard let paths: [String] = try list("paths"), let hashes: [String] = try list("sha256"),
      let imageClasses: [String] = try list("image_classes"), let classes: [String] = try list("classes"),
      Set([paths.count, hashes.count, imageClasses.count, logits.shape[0]]).count == 1,
      classes.count == logits.shape[1], let alpha = state.metadata["alpha"].flatMap(Double.init),
      let scores = state.metadata["scores"]
    else { throw refuse("it does not say of which images and classes its logits are") }
    self.logits = logits
    targets = target.intArray
    // Where the model said this, scoring would have said so.
    guard logits.isFinite else { throw refuse("it is damaged (not all of its logits are numbers)") }
    if let odd = targets.first(where: { !classes.indices.contains(Int($0)) }) {
      throw refuse("it is damaged (class \(odd) is none of its \(classes.count))")
    }
    features = state["features"]
    if let features {
      guard features.rank == 2, features.dtype == .f32, features.shape[0] == logits.shape[0] else {
        throw refuse("its features are not [images, width]")
      }
    }
    images = ImageList(
      zip(paths, zip(imageClasses, hashes)).map {
        ImageList.Entry(path: $0, classID: $1.0, sha256: $1.1)
      })
    guard images.sha256 == state.metadata["images_sha256"] else {
      throw refuse("its list of images is not the one that it was made for")
    }
    self.classes = classes
    self.alpha = alpha
    competitors = try list("competitors")
    guard let competition = state.metadata["protocol"].flatMap(Competition.init) else {
      throw refuse("it does not say which classes competed")
    }
    self.competition = competition
    groups = try list("groups")
    guard groups.map({ $0.count == paths.count }) ?? true else {
      throw refuse("it does not have a group for each image")
    }
    self.scores = try JSONDecoder().decode(DatasetScores.self, from: Data(scores.utf8))
    weightsSHA256 = state.metadata["weights_sha256"]
  }
}
