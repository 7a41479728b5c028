import ArgumentParser
import EvalShift
import Experiments

extension Resampling.Clusters: ExpressibleByArgument {}

/// How intervals that are not exact are found.
struct ResamplingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Rounds of the bootstrap by which intervals that are not exact are found.", valueName: "n"))
  var resamples = Resampling().rounds

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Draw all images of a 'class' or of a 'group' together, so that intervals hold for other classes or groups like these "
        + "(default: draw images one by one).", valueName: "what"))
  var cluster: Resampling.Clusters?

  var resampling: Resampling { Resampling(rounds: resamples, clusters: cluster) }

  func validate() throws {
    guard (100...1_000_000).contains(resamples) else {
      throw ValidationError("--resamples is \(resamples); give a number in 100…1000000 (1000 is usual).")
    }
  }

  /// Throws unless every set has what is to be drawn together.
  func require(_ sets: [EvaluationSet]) throws {
    try requireGroups(sets.map { ($0.name, $0.dataset.groups != nil) })
  }

  /// The same of predictions that are kept.
  func require(_ predictions: [KeptPredictions]) throws {
    try requireGroups(predictions.map { ($0.scores.dataset, $0.groups != nil) })
  }

  private func requireGroups(_ sets: [(name: String, hasGroups: Bool)]) throws {
    guard cluster == .groups, let set = sets.first(where: { !$0.hasGroups }) else { return }
    throw ValidationError(
      "--cluster group draws groups of images, and the images of \(set.name) have none; name the column that has them, as in "
        + "csv:FILE?group=COLUMN, or draw by class.")
  }
}
