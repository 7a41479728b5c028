import ArgumentParser
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

    /// The same for all runs; nil where each has its own.
    var number: Double? {
      if case .fixed(let value) = self { value } else { nil }
    }

    /// Of each run: what curves select that all runs have at the same alphas and by the same rule.
    func values(for folders: [RunFolder]) throws -> [Double] {
      switch self {
      case .fixed(let value): return folders.map { _ in value }
      case .selected:
        let kept = try folders.map { try $0.keptCurves(warn: Terminal.warn) }
        let places = try CommonCurves.chooseSelecting(kept, of: folders)
        return zip(folders, zip(kept, places)).compactMap { folder, found in
          let curve = found.0[found.1]
          if found.1 > 0 { Terminal.say("note: \(CommonCurves.note(curve, of: folder))") }
          return curve.selected?.alpha
        }
      }
    }
  }

  let workspace: Workspace
  var alpha: Alpha
  let data: DataOptions
  let badImages: BadImagePolicy
  let allowsOverlap: Bool
  let common: CommonOptions
  let resampling: Resampling
  /// Whether features of the image tower are wanted, too.
  var withFeatures = false
  /// Whether what is said of each run's validation images is wanted, too.
  var withValidation = false

  /// A run with what it said of sets, in their order.
  struct Scored {
    let folder: RunFolder
    let record: RunRecord
    let group: String
    let alpha: Double
    let sets: [KeptPredictions]
    /// Of its validation images; nil where it has none, or they are not wanted.
    let validation: KeptPredictions?

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
    for note in groups.notes + (groups.trainedApart.map { [$0] } ?? []) { Terminal.say("note: \(note)") }
    let places = groups.members.flatMap { $0 }
    let alphas = try alpha.values(for: places.map { all[$0].folder })
    let runs = zip(places, alphas).map { Run(folder: all[$0].folder, record: all[$0].record, alpha: $1) }
    let shared = datasets.isEmpty ? try common(runs.map(stored)) : nil
    let kept = try runs.indices.map { place in
      let opening = Opening(runs[place], self)
      let sets = try shared?[place] ?? scored(opening, datasets)
      return (sets: sets, validation: try withValidation ? validation(opening, beside: sets) : nil)
    }
    let names = Dictionary(
      uniqueKeysWithValues: zip(groups.names, groups.members).flatMap { name, members in
        members.map { ($0, name) }
      })
    return zip(zip(places, runs), kept).map { one, kept in
      Scored(
        folder: one.1.folder, record: one.1.record, group: names[one.0] ?? "", alpha: one.1.alpha,
        sets: kept.sets, validation: kept.validation)
    }
  }

  /// A run at the alpha at which it is looked at.
  private struct Run {
    let folder: RunFolder
    let record: RunRecord
    let alpha: Double
  }

  /// A run that is loaded where something is to be scored, and once.
  private final class Opening {
    let run: Run
    private let parent: PredictionSession
    private var found: RunSession?

    init(_ run: Run, _ parent: PredictionSession) { (self.run, self.parent) = (run, parent) }

    func session() throws -> RunSession {
      if let found { return found }
      let session = try RunSession(
        run.folder, data: parent.data, common: parent.common, workspace: parent.workspace)
      found = session
      return session
    }
  }

  // MARK: What is kept

  /// What makes predictions of two runs comparable.
  private struct Key: Hashable {
    let imagesSHA256, precision, competition: String
  }

  private typealias Stored = (key: Key, file: KeptPredictions.File)

  /// Predictions of a run's own weights at an alpha that its folder keeps, by what they are of.
  private func stored(_ run: Run) throws -> [Stored] {
    try KeptPredictions.files(in: run.folder.predictionsFolder, warn: Terminal.warn).compactMap { file in
      guard file.alpha == run.alpha, file.weightsSHA256 == run.record.result?.tunedSha256 else { return nil }
      return (
        Key(
          imagesSHA256: file.imagesSHA256, precision: file.precision, competition: file.competition), file
      )
    }
  }

  /// Those that all runs keep, in the order of the first; images on which something is selected are only looked at where they
  /// are named.
  private func common(_ stored: [[Stored]]) throws -> [[KeptPredictions]] {
    let measured = stored.map { $0.filter { $0.file.scores.provenance?.isSelectionSet != true } }
    var shared: [Key] = []
    // Of images that are kept under two names, those of the first.
    for (key, _) in measured.first ?? []
    where !shared.contains(key) && measured.allSatisfy({ $0.contains { $0.key == key } }) {
      shared.append(key)
    }
    guard !shared.isEmpty else {
      throw TrainingError.missingRun(
        path: "the folder of one of these runs",
        what: "predictions that all keep of the same images at this alpha",
        hint:
          "name what to look at with --datasets, as in --datasets target=folder:photos/test, and what is missing is scored"
      )
    }
    return try stored.map { files in
      try shared.compactMap { key in
        try files.first { $0.key == key }.map { try KeptPredictions(contentsOf: $0.file.url) }
      }
    }
  }

  // MARK: What is scored

  private func scored(_ opening: Opening, _ datasets: [String]) throws -> [KeptPredictions] {
    let session = try opening.session()
    let arguments = try session.roles(
      datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) })
    let opener = try session.opener(data, badImages: badImages, allowsOverlap: allowsOverlap)
    let opened = try opener.open(arguments)
    for one in opened { BadImageOption.tell(one.skipped, of: one.set.name) }
    return try keptOrScored(opened.map(\.set), opening, withFeatures: withFeatures)
  }

  /// Of the run's validation images; nil where it has none. Those that are kept are of the precision of the `sets`.
  private func validation(_ opening: Opening, beside sets: [KeptPredictions]) throws -> KeptPredictions? {
    let wanted = opening.run.record.data.validation
    guard wanted.n > 0 else { return nil }
    let precision = sets.first?.scores.provenance?.precision
    let kept = try stored(opening.run).first {
      $0.key.imagesSHA256 == wanted.sha256 && $0.key.precision == precision
        && $0.key.competition == Competition.subset.rawValue
    }
    if let kept { return try KeptPredictions(contentsOf: kept.file.url) }
    let opener = try opening.session().opener(data, badImages: badImages, allowsOverlap: allowsOverlap)
    guard let set = try opener.validation() else { return nil }
    return try keptOrScored([set], opening, withFeatures: false).first
  }

  private func keptOrScored(
    _ sets: [EvaluationSet], _ opening: Opening, withFeatures: Bool
  ) throws -> [KeptPredictions] {
    let session = try opening.session()
    let (folder, alpha) = (opening.run.folder, opening.run.alpha)
    let precision = Compute.precision.rawValue
    let kept = try sets.map { set -> KeptPredictions? in
      let file = set.keptFile(precision: precision, alpha: alpha, in: folder.predictionsFolder)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      let found = try KeptPredictions(contentsOf: file)
      let isWhole = found.areOf(set) && (found.features != nil || !withFeatures)
      return found.weightsSHA256 == session.run.record.result?.tunedSha256 && isWhole ? found : nil
    }
    guard kept.contains(where: { $0 == nil }) else { return kept.compactMap { $0 } }
    // All at once, so that the target is there as the shifts' twin.
    let job = EvalShiftJob(
      model: ScoredModel(run: session.run), alpha: alpha, sets: sets, resampling: resampling,
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
