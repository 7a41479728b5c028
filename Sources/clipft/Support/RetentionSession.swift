import Datasets
import EvalShift
import Experiments
import Foundation
import Report
import TensorCore
import Training

/// Zero-shot accuracy of a run on other data before and after fine-tuning, each set with a head made from text for its own classes.
struct RetentionSession {
  let folder: RunFolder
  let workspace: Workspace
  let alpha: Double
  let competition: Competition
  let half: ClassHalf?
  let model: String?
  let moved: MovedDataOptions
  let data: DataOptions
  let badImages: BadImagePolicy
  let allowsOverlap: Bool
  let common: CommonOptions
  let resampling: ResamplingOptions

  /// Scores sets one after the other and keeps what was found in the run's folder.
  func scores(_ arguments: [SetArgument]) throws -> [RetentionScore] {
    // What cannot be added to is said before anything slow is done.
    _ = try folder.retention()
    let names = try DatasetCatalog.distinctNames(for: arguments.map(\.specifier))
    let scores = try zip(arguments, names).map(score)
    do {
      try folder.keep(scores)
    } catch let error as any ClassifiedError {
      Terminal.warn("what was retained was not kept in the run folder: \(error)")
    }
    return scores
  }

  private func score(_ argument: SetArgument, name: String) throws -> RetentionScore {
    let heads = HeadSession(workspace)
    let session = try RunSession(
      folder, model: model, moved: moved, data: data, common: common, workspace: workspace,
      textHead: { try data.textHead(for: argument, half: half, $0, heads) })
    let opener = try session.opener(
      data, badImages: badImages, allowsOverlap: allowsOverlap, competition: competition, half: half)
    let opened = try opener.open(session.roles([argument]))[0]
    try resampling.require([opened.set])
    BadImageOption.tell(opened.skipped, of: name)
    let job = try RetentionJob(
      run: session.run, alpha: alpha, set: opened.set.named(name), resampling: resampling.resampling)
    let progress = Progress("before and after: \(name)", total: job.work, unit: "images")
    do {
      let score = try job.execute(
        observer: .init(onProgress: { progress.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
      progress.finish()
      return score
    } catch is WorkStopped {
      progress.finish("stopped; nothing was written")
      throw Interrupted()
    }
  }

  /// A table for people.
  static func table(_ scores: [RetentionScore]) -> String {
    var table = TextTable(columns: [
      .init("retained on"), .init("images", .right), .init("classes", .right), .init("before %", .right),
      .init("after %", .right), .init("change", .right), .init("95% interval", .right),
      .init("p (McNemar)", .right), .init("image side alone %", .right),
    ])
    for score in scores {
      let after = score.after
      table.append([
        score.dataset, Figures.count(score.before.n), Figures.count(score.before.classes),
        Figures.percent(score.before.top1), Figures.percent(after.scores.top1),
        Figures.percent(after.difference),
        Figures.interval(after.differenceInterval, MetricRegistry.standard),
        Figures.probability(after.mcNemar), Figures.percent(score.imageAlone?.scores.top1),
      ])
    }
    let marks = scores.flatMap { score in score.before.marks.map { "* \(score.dataset): \($0)" } }
    let mixed = scores.contains { $0.changed == .both && $0.imageAlone == nil }
    let notes =
      mixed
      ? ["What was tuned of the text side is no plain weights: the change is that of both sides together."]
      : []
    return
      ([
        "Zero-shot accuracy before (alpha 0) and after fine-tuning, with heads made from text", table.text(),
      ] + marks + notes).joined(separator: "\n")
  }
}

extension DataOptions {
  /// The classes of a dataset's family, as without a run, and its prompts, for a head made from text.
  func textHead(
    for set: SetArgument, half: ClassHalf?, _ catalog: DatasetCatalog, _ heads: HeadSession
  ) throws -> LoadedRun.TextHeadRequest {
    let space = try catalog.labelSpace(of: set.text, half: half, classes: classNames())
    let templates = try prompts() ?? space.templates ?? TrainingData.plainTemplates
    Terminal.say("head for \(Figures.count(space.familyClasses.count)) classes, made from text")
    return .init(classes: space.familyClasses, templates: templates, build: heads.head)
  }
}
