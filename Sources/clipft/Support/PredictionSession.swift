import Datasets
import EvalShift
import Experiments
import Foundation
import TensorCore
import Training

/// What several runs said of sets: as their folders keep it, and scored anew where that is asked for.
struct PredictionSession {
  /// The alpha at which runs are looked at.
  enum Alpha {
    case fixed(Double)
    /// That which each run's curve selects.
    case selected

    /// A number in 0…1, or `selected`.
    init?(_ text: String) {
      if text == "selected" {
        self = .selected
      } else if let value = Double(text), (0...1).contains(value) {
        self = .fixed(value)
      } else {
        return nil
      }
    }

    func value(for folder: RunFolder) throws -> Double {
      switch self {
      case .fixed(let value): return value
      case .selected:
        guard let choice = try folder.curve()?.selected else {
          throw TrainingError.missingRun(
            path: folder.url.path, what: "selected alpha",
            hint: "trace it first with `clipft wise --run`, or name an alpha with --alpha")
        }
        return choice.alpha
      }
    }
  }

  let workspace: Workspace
  let alpha: Alpha
  let data: DataOptions
  let badImages: BadImagePolicy
  let allowsOverlap: Bool
  let common: CommonOptions
  let resampling: Resampling
  /// Whether features of the image tower are wanted, too.
  var withFeatures = false
  /// Whether validation images are scored as well, and temperatures fitted on them.
  var calibrates = false

  /// A run with what it said of sets, in their order.
  struct Scored {
    let folder: RunFolder
    let record: RunRecord
    let group: String
    let alpha: Double
    let sets: [KeptPredictions]

    func model(_ set: Int) -> ComparedModel {
      ComparedModel(
        name: folder.url.lastPathComponent, group: group, method: record.method,
        seed: record.settings.seeds.all, tunedParameters: record.parameters.tuned, alpha: alpha,
        kept: sets[set])
    }
  }

  /// Every run with its predictions for the same sets: those that `datasets` name, or without any, those whose predictions all of
  /// them keep.
  func predictions(of folders: [RunFolder], datasets: [String]) throws -> [Scored] {
    let all = try folders.map { (folder: $0, record: try $0.record()) }
    let groups = RunGroups(all)
    for note in groups.notes { Terminal.say("note: \(note)") }
    let places = groups.members.flatMap { $0 }
    let alphas = try places.map { try alpha.value(for: all[$0].folder) }
    let kept: [[KeptPredictions]]
    if datasets.isEmpty {
      kept = try common(zip(places, alphas).map { try stored(all[$0], alpha: $1) })
    } else {
      kept = try zip(places, alphas).map { try scored(all[$0].folder, datasets, alpha: $1) }
    }
    let names = Dictionary(
      uniqueKeysWithValues: zip(groups.names, groups.members).flatMap { name, members in
        members.map { ($0, name) }
      })
    return zip(zip(places, alphas), kept).map { one, sets in
      Scored(
        folder: all[one.0].folder, record: all[one.0].record, group: names[one.0] ?? "", alpha: one.1,
        sets: sets)
    }
  }

  // MARK: What is kept

  /// What makes predictions of two runs comparable.
  private struct Key: Hashable {
    let imagesSHA256, precision, competition: String
  }

  /// Predictions of a run's own weights at an alpha that its folder keeps, by what they are of.
  private func stored(
    _ run: (folder: RunFolder, record: RunRecord), alpha: Double
  ) throws -> [(key: Key, file: URL)] {
    try KeptPredictions.files(in: run.folder.predictionsFolder, warn: Terminal.warn).compactMap { file in
      guard file.alpha == alpha, file.weightsSHA256 == run.record.result?.tunedSha256 else { return nil }
      return (
        Key(
          imagesSHA256: file.imagesSHA256, precision: file.precision, competition: file.competition),
        file.url
      )
    }
  }

  /// Those that all runs keep, in the order of the first.
  private func common(_ stored: [[(key: Key, file: URL)]]) throws -> [[KeptPredictions]] {
    let shared = (stored.first ?? []).map(\.key).filter { key in
      stored.allSatisfy { $0.contains { $0.key == key } }
    }
    guard !shared.isEmpty else {
      throw TrainingError.missingRun(
        path: "", what: "predictions that all these runs keep of the same images at this alpha",
        hint: "name what to compare them on with --datasets, and what is missing is scored")
    }
    return try stored.map { files in
      try shared.compactMap { key in
        try files.first { $0.key == key }.map { try KeptPredictions(contentsOf: $0.file) }
      }
    }
  }

  // MARK: What is scored

  private func scored(_ folder: RunFolder, _ datasets: [String], alpha: Double) throws -> [KeptPredictions] {
    let session = try RunSession(folder, data: data, common: common, workspace: workspace)
    let arguments = try session.roles(
      datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) })
    let opener = try session.opener(data, badImages: badImages, allowsOverlap: allowsOverlap)
    let opened = try opener.open(arguments)
    for one in opened { BadImageOption.tell(one.skipped, of: one.set.name) }
    let sets = opened.map(\.set)
    let precision = Compute.precision.rawValue
    let kept = try sets.map { set -> KeptPredictions? in
      let file = set.keptFile(precision: precision, alpha: alpha, in: folder.predictionsFolder)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      let found = try KeptPredictions(contentsOf: file)
      let isWhole =
        (found.features != nil || !withFeatures) && (found.scores["temperature"] != nil || !calibrates)
      return found.weightsSHA256 == session.run.record.result?.tunedSha256 && isWhole ? found : nil
    }
    guard kept.contains(where: { $0 == nil }) else { return kept.compactMap { $0 } }
    // All at once, so that the target is there as the shifts' twin.
    let job = EvalShiftJob(
      model: ScoredModel(run: session.run), alpha: alpha, sets: sets,
      calibration: calibrates ? try opener.validation() : nil, resampling: resampling,
      predictionsFolder: folder.predictionsFolder, keepsFeatures: withFeatures)
    let progress = Progress("scoring \(folder.url.lastPathComponent)", total: job.work, unit: "images")
    do {
      let report = try job.execute(
        observer: .init(
          onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
      progress.finish()
      guard let files = report.predictions else {
        throw TrainingError.badSetting(
          "The predictions of \(folder.url.relativePath) cannot be kept, and without them nothing is compared: "
            + "\(report.notKept ?? "").")
      }
      return try files.map { try KeptPredictions(contentsOf: URL(fileURLWithPath: $0)) }
    } catch is WorkStopped {
      progress.finish("stopped; what was scored before is kept")
      throw Interrupted()
    }
  }
}
