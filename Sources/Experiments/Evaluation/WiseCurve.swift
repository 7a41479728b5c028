import Checkpoint
import Datasets
import EvalShift
import Foundation
import Training
import WiSE

/// Scores along alpha: what `clipft wise` prints and a run folder keeps.
public struct WiseCurve: Codable, Sendable, Equatable {
  /// One alpha.
  public struct Point: Codable, Sendable, Equatable {
    public var alpha: Double
    public var target: DatasetScores
    public var shifts: [DatasetScores]
    /// Mean top-1 of the shifts, each counting the same; nil without shifts.
    public var averageShift: Double?
    /// The target's validation images, on which alpha is selected; nil where there are none.
    public var validation: DatasetScores?

    public init(
      alpha: Double, target: DatasetScores, shifts: [DatasetScores], averageShift: Double?,
      validation: DatasetScores?
    ) {
      self.alpha = alpha
      self.target = target
      self.shifts = shifts
      self.averageShift = averageShift
      self.validation = validation
    }

    private enum CodingKeys: String, CodingKey {
      case alpha, target, shifts, validation
      case averageShift = "average_shift"
    }

    /// Every set that was scored.
    var sets: [DatasetScores] { [target] + shifts + (validation.map { [$0] } ?? []) }
  }

  /// Name of the run's folder, of the adapter's, or of the model that the curve leads to.
  public var run: String
  public var method: String
  /// Nil of what does not say.
  public var seed: UInt64?
  /// What moves with alpha; nil of curves that were kept before anything but all could.
  public var part: AlphaShape.Part?
  /// By what alpha is multiplied in a tower's first block and in its last; nil where it is by nothing.
  public var depth: DepthFactors?
  /// Of a curve between two models: the model at alpha 0.
  public var from: String?
  /// Of a curve between two models: whether the heads are made from prompts at each alpha, or are the models' own, interpolated.
  public var head: Head?
  /// What named the sets, paths absolute; empty where they were the run's own.
  public var arguments: [String]
  public var points: [Point]
  /// The alpha to report, by the rule asked for; nil where that rule cannot choose.
  public var selected: AlphaSelection.Choice?
  /// What every rule chooses that looks at no test image.
  public var selections: [AlphaSelection.Choice]
  /// The alpha that is best on the shifts themselves: an upper bound, not a result.
  public var oracle: AlphaSelection.Choice?
  /// What the alphas reach on target and shifts together; nil without shifts.
  public var frontier: FrontierSummary?

  /// What a curve is of.
  public struct Subject {
    let run: String
    public let method: String
    let seed: UInt64?
    let from: String?
    let head: Head?

    public init(
      name: String, method: String, seed: UInt64?, from: String? = nil, head: Head? = nil
    ) {
      (run, self.method, self.seed, self.from, self.head) = (name, method, seed, from, head)
    }

    public init(run: LoadedRun) {
      self.init(
        name: run.folder.url.lastPathComponent, method: run.record.method, seed: run.record.settings.seeds.all
      )
    }

    /// An adapter of peft, by its folder.
    public init(adapter: URL) { self.init(name: adapter.lastPathComponent, method: "adapter", seed: nil) }
  }

  /// Where class weights come from.
  public enum Head: String, Codable, Sendable {
    case zeroShot = "zero-shot"
    case trained
  }

  /// Alphas beyond 0…1 are selected only where `selectsBeyond`.
  public init(
    _ subject: Subject, arguments: [String] = [], points: [Point],
    rule: AlphaSelection.Rule = .oneStandardError, shape: AlphaShape = .plain, selectsBeyond: Bool = false,
    frontier: FrontierSummary? = nil
  ) {
    self.frontier = frontier
    (run, method, seed) = (subject.run, subject.method, subject.seed)
    (from, head) = (subject.from, subject.head)
    (part, depth) = (shape.part, shape.depth)
    self.arguments = arguments
    self.points = points
    selections = AlphaSelection.select(
      points.map { ($0.alpha, $0.validation?.top1) }, images: points.first?.validation?.n ?? 0,
      beyond: selectsBeyond)
    selected = selections.first { $0.rule == rule }
    oracle = AlphaSelection.oracle(
      points.compactMap { point in point.averageShift.map { (point.alpha, $0) } }, beyond: selectsBeyond)
  }

  /// What moved with alpha.
  var shape: AlphaShape {
    AlphaShape(
      part: part ?? .all, depth: depth, extrapolates: points.contains { !(0...1).contains($0.alpha) })
  }

  /// Whether all weights moved by alpha itself, and what did, in a sentence.
  public var isWhole: Bool { shape.isWhole }
  public var movement: String { shape.words }

  /// Whether it leads from the pre-trained model to the fine-tuned one, and not beyond: what others take a run's curve for.
  var isPlain: Bool { shape == .plain }

  /// What names the sets that the curve was traced on.
  public func setArguments() throws(DatasetError) -> [SetArgument] {
    var parsed: [SetArgument] = []
    for argument in arguments { parsed.append(try SetArgument(parsing: argument)) }
    return parsed
  }

  /// How its intervals that are not exact were found.
  var resampling: Resampling? { points.first?.target.resampling }

  public func point(at alpha: Double) -> Point? { points.first { $0.alpha == alpha } }

  /// What the curve was traced on and with, validation included.
  var sets: [SetKey] { points.first?.sets.map(SetKey.init) ?? [] }

  /// What makes two scores comparable.
  public struct SetKey: Hashable, Sendable {
    public let dataset: String
    public let role: String
    public let imagesSHA256: String
    public let n: Int
    public let classes: Int
    public let precision: String

    init(_ scores: DatasetScores) {
      dataset = scores.dataset
      role = scores.role.rawValue
      imagesSHA256 = scores.provenance?.imagesSHA256 ?? ""
      n = scores.n
      classes = scores.classes
      precision = scores.provenance?.precision ?? ""
    }
  }
}

extension RunFolder {
  /// Keeps a curve under a name of its own among those on other images, at other alphas or of other parts; with it what was said of
  /// every image. One from the pre-trained model to the fine-tuned one is also kept as the one traced last.
  public func keep(_ curve: WiseCurve, _ predictions: CurvePredictions) throws {
    let folder = curvesFolder
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: error.localizedDescription)
    }
    let json = try JSONFormat.encode(curve)
    try predictions.write(to: predictionsFile(of: curve))
    try AtomicFile.write(json, to: folder.appendingPathComponent(name(of: curve) + ".json"))
    if curve.isPlain { try AtomicFile.write(json, to: curveFile) }
  }

  /// What was said of every image along a curve; nil where it was not kept. Throws if the file cannot be used.
  public func predictions(of curve: WiseCurve) throws -> CurvePredictions? {
    let file = predictionsFile(of: curve)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try CurvePredictions(contentsOf: file)
  }

  private func predictionsFile(of curve: WiseCurve) -> URL {
    curvesFolder.appendingPathComponent(name(of: curve) + ".safetensors")
  }

  /// Says on which images, with which arithmetic, at which alphas and of which part it was traced.
  private func name(of curve: WiseCurve) -> String {
    let sets = curve.sets.map { "\($0.role) \($0.imagesSHA256) \($0.precision)" }.joined(separator: "\n")
    let alphas = curve.points.map { String($0.alpha) }.joined(separator: ",")
    let (part, depth) = (curve.shape.part, curve.depth)
    let name = String(ContentHash.sha256(of: Data("\(sets)\n\(alphas)".utf8)).prefix(12))
    // Its words are letters, and a colon is no part of a file's name everywhere.
    return name + (part == .all ? "" : "-\(part.rawValue)")
      + (depth.map { "-depth-\($0)".replacing(":", with: "-") } ?? "")
  }

  private var curvesFolder: URL { url.appendingPathComponent("curves") }

  /// Every curve that is kept, the one traced last from pre-trained to fine-tuned first. Throws if that one cannot be used; of the others, those that
  /// cannot be are told to `warn`, a sentence each.
  public func keptCurves(warn: (String) -> Void) throws -> [WiseCurve] {
    let last = try curve()
    var names: [String] = []
    do {
      if FileManager.default.fileExists(atPath: curvesFolder.path) {
        names = try FileManager.default.contentsOfDirectory(atPath: curvesFolder.path)
      }
    } catch {
      warn("\(curvesFolder.path) cannot be listed, so that earlier curves are passed over.")
    }
    let files = names.filter { $0.hasSuffix(".json") }.map { name in
      let file = curvesFolder.appendingPathComponent(name)
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      return (file, attributes?[.modificationDate] as? Date ?? .distantPast)
    }
    let others = files.sorted { ($0.1, $0.0.path) > ($1.1, $1.0.path) }.compactMap { file, _ in
      do {
        return try Self.readCurve(file)
      } catch {
        warn("\(error) It is passed over.")
        return nil
      }
    }
    return [last].compactMap { $0 } + others.filter { $0 != last }
  }

  /// The curve from pre-trained to fine-tuned that `clipft wise` found last; nil if it found none. Throws if the file cannot be used.
  public func curve() throws -> WiseCurve? {
    guard FileManager.default.fileExists(atPath: curveFile.path) else { return nil }
    return try Self.readCurve(curveFile)
  }

  private static func readCurve(_ file: URL) throws -> WiseCurve {
    let remedy = "trace it anew with `clipft wise`"
    let data = try OwnFile.reading(file, remedy: remedy) { try InputFile.read(file) }
    do {
      return try JSONDecoder().decode(WiseCurve.self, from: data)
    } catch {
      throw TrainingError.badCheckpoint(
        file: file.path,
        problem: "it is no curve of this version\(error.asJSONProblem); \(remedy)")
    }
  }
}
