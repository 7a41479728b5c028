import Datasets
import EvalShift
import Report
import WiSE

/// What a run said of each image, as far as the questions of a study look at it.
struct RunOutcomes {
  typealias Place = PairedDifference.Place

  /// One set, in the order in which the study's first run has its images.
  struct Set {
    let correct: [Place: [Bool]]
    /// Of the fine-tuned weights, of the target only.
    let predicted: [Int32]
    let confidences: [Double]
  }

  /// By the hash of the images.
  let sets: [String: Set]
}

/// Reads what runs said, all in the order of the first that has a set.
struct OutcomeReader {
  let rule: AlphaSelection.Rule?
  let source: StudySource
  private var first: [String: ImageList] = [:]

  init(rule: AlphaSelection.Rule?, source: StudySource) { (self.rule, self.source) = (rule, source) }

  /// Nil where it was not kept.
  mutating func outcomes(_ result: CellResult) throws -> RunOutcomes? {
    guard let curve = result.curve, let found = try source.predictions(result) else { return nil }
    var sets: [String: RunOutcomes.Set] = [:]
    for set in curve.sets where set.role != "validation" {
      guard let own = found.sets.first(where: { $0.images.sha256 == set.imagesSha256 }) else { return nil }
      let order = try first[set.imagesSha256].map { try own.images.places(of: $0) }
      first[set.imagesSha256] = first[set.imagesSha256] ?? own.images
      let aligned = order.map { $0 == Array(0..<own.count) ? own : own.taking($0) } ?? own
      var correct: [RunOutcomes.Place: [Bool]] = [:]
      for place in [RunOutcomes.Place.zeroShot, .fineTuned, .selected] {
        guard let alpha = curve.place(place, rule: rule), found.alphas.indices.contains(alpha) else {
          continue
        }
        correct[place] = aligned.correct(alpha)
      }
      let end = set.role == "target" ? curve.place(.fineTuned, rule: rule) : nil
      sets[set.imagesSha256] = RunOutcomes.Set(
        correct: correct, predicted: end.map { aligned.predicted[$0] } ?? [],
        confidences: end.map { aligned.confidences[$0].map(Double.init) } ?? [])
    }
    return RunOutcomes(sets: sets)
  }
}
