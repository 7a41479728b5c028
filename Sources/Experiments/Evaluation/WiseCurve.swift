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

  /// Name of the run's folder, or of the adapter's.
  public var run: String
  public var method: String
  /// Nil of an adapter, which does not say.
  public var seed: UInt64?
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

    public init(name: String, method: String, seed: UInt64?) {
      (run, self.method, self.seed) = (name, method, seed)
    }

    public init(run: LoadedRun) {
      self.init(
        name: run.folder.url.lastPathComponent, method: run.record.method, seed: run.record.settings.seeds.all
      )
    }

    /// An adapter of peft, by its folder.
    public init(adapter: URL) { self.init(name: adapter.lastPathComponent, method: "adapter", seed: nil) }
  }

  public init(
    _ subject: Subject, arguments: [String] = [], points: [Point],
    rule: AlphaSelection.Rule = .oneStandardError, frontier: FrontierSummary? = nil
  ) {
    self.frontier = frontier
    (run, method, seed) = (subject.run, subject.method, subject.seed)
    self.arguments = arguments
    self.points = points
    selections = AlphaSelection.select(
      points.map { ($0.alpha, $0.validation?.top1) }, images: points.first?.validation?.n ?? 0)
    selected = selections.first { $0.rule == rule }
    oracle = AlphaSelection.oracle(
      points.compactMap { point in point.averageShift.map { (point.alpha, $0) } })
  }

  /// What names the sets that the curve was traced on.
  public func setArguments() throws(DatasetError) -> [SetArgument] {
    var parsed: [SetArgument] = []
    for argument in arguments { parsed.append(try SetArgument(parsing: argument)) }
    return parsed
  }

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
  /// Keeps a curve as the one traced last, and under a name of its own among those on other images or at other alphas; with it what
  /// was said of every image.
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
    try AtomicFile.write(json, to: curveFile)
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

  /// Says on which images, with which arithmetic and at which alphas it was traced.
  private func name(of curve: WiseCurve) -> String {
    let sets = curve.sets.map { "\($0.role) \($0.imagesSHA256) \($0.precision)" }.joined(separator: "\n")
    let alphas = curve.points.map { String($0.alpha) }.joined(separator: ",")
    return String(ContentHash.sha256(of: Data("\(sets)\n\(alphas)".utf8)).prefix(12))
  }

  private var curvesFolder: URL { url.appendingPathComponent("curves") }

  /// Every curve that is kept, the one traced last first. Throws if that one cannot be used; of the others, those that
  /// cannot be are told to `warn`, a sentence each.
  public func keptCurves(warn: (String) -> Void) throws -> [WiseCurve] {
    guard let last = try curve() else { return [] }
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
    return [last] + others.filter { $0 != last }
  }

  /// The curve that `clipft wise` found last; nil if it found none. Throws if the file cannot be used.
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
