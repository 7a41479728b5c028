import Datasets
import EvalShift
import Experiments
import Foundation
import Training

/// Runs as members of an ensemble, with the model that one began from where that is wanted.
struct EnsembleSession {
  /// Of runs, with their validation images.
  let predictions: PredictionSession
  let datasets: [String]
  let rule: any EnsembleRule

  private var combinesEnds: Bool { rule.needs.contains(.failureDistances) }

  /// The members, and what distances are measured to where the rule asks for that.
  func members(
    of folders: [RunFolder], withZeroShot: Bool
  ) throws -> (members: [EnsembleMember], failures: ZeroShotFailures?) {
    guard !combinesEnds || folders.count == 1 else {
      throw TrainingError.badSetting(
        "--rule \(rule.name) combines one run with the model that it began from, and \(folders.count) runs are named; name one."
      )
    }
    // Before anything is scored.
    guard folders.count > 1 || withZeroShot || combinesEnds else {
      throw TrainingError.badSetting(
        "An ensemble takes at least two models; name another run, or pass --zero-shot.")
    }
    var session = predictions
    session.withValidation = true
    session.withFeatures = combinesEnds
    let runs = try session.predictions(of: folders, datasets: datasets)
    var start: [PredictionSession.Scored] = []
    if withZeroShot || combinesEnds, let first = runs.first {
      session.alpha = .fixed(0)
      session.withFeatures = false
      start = try session.predictions(of: [first.folder], datasets: datasets)
    }
    let names = Self.names(runs.map(\.folder))
    let members =
      start.map { Self.member($0, "\(names[0]) at alpha 0") } + zip(runs, names).map(Self.member)
    return (members, combinesEnds ? try runs.first.map(failures) : nil)
  }

  private static func member(_ scored: PredictionSession.Scored, _ name: String) -> EnsembleMember {
    EnsembleMember(
      name: name, folder: scored.folder, record: scored.record, alpha: scored.alpha, sets: scored.sets,
      validation: scored.validation)
  }

  /// Of folders, their last names; where two have the same, their paths.
  private static func names(_ folders: [RunFolder]) -> [String] {
    let last = folders.map(\.url.lastPathComponent)
    return zip(folders, last).map { folder, name in
      last.count { $0 == name } == 1 ? name : folder.url.relativePath
    }
  }

  /// The run's training images that only fine-tuning gets right.
  private func failures(_ scored: PredictionSession.Scored) throws -> ZeroShotFailures {
    let session = try RunSession(
      scored.folder, data: predictions.data, common: predictions.common, workspace: predictions.workspace)
    let training = try session.opener(
      predictions.data, badImages: predictions.badImages, allowsOverlap: predictions.allowsOverlap
    ).training()
    let progress = Progress(
      "training images before and after fine-tuning", total: 2 * training.dataset.count, unit: "images")
    do {
      let found = try ZeroShotFailures(
        of: session.run, alpha: scored.alpha, training: training,
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
      progress.finish()
      return found
    } catch is WorkStopped {
      progress.finish("stopped; what was scored before is kept")
      throw Interrupted()
    }
  }
}
