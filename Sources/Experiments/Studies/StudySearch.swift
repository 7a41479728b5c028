import Foundation
import TensorCore
import Training

/// How options are searched for before the runs that count: for every combination of the axes but the seed, candidates are trained
/// with the first seed and judged on validation images.
public struct StudySearch: Sendable {
  /// Which candidates are tried, and for how long.
  public enum Strategy: String, Sendable, Codable, CaseIterable {
    /// Every combination of the values.
    case grid
    /// `trials` of them, drawn without repetition, or from ranges (Bergstra and Bengio 2012).
    case random
    /// `trials` of them for the epochs of the first rung, the best part of these for those of the next, and so on (Jamieson and
    /// Talwalkar 2016).
    case halving
  }

  /// What a candidate is judged by.
  public enum Judge: String, Sendable, Codable, CaseIterable {
    /// Accuracy on the validation images.
    case validation
    /// Accuracy on the target's, or the average over the shifts', test images: only under the name of an oracle.
    case target, shifts
  }

  /// One key that is tried at several values.
  struct Choice: Sendable {
    /// `optimizer.lr`, or an option of the method.
    let name: String
    let values: [Study.Axis.Value]
    /// Whether the values were drawn from a range, one for every trial.
    var isDrawn = false
  }

  public let strategy: Strategy
  public let judge: Judge
  /// Candidates that are drawn; nil takes all.
  public let trials: Int?
  /// Of the drawing.
  public let seed: UInt64
  /// Epochs of each rung of `halving`; empty otherwise.
  public let rungs: [Int]
  /// The part of the candidates that goes on to the next rung, above 0 and below 1.
  public let kept: Double
  /// Tried with every method.
  let choices: [Choice]
  /// Tried with the method of that name as well.
  let ofMethods: [String: [Choice]]
  /// What runs of the search say otherwise than final ones; nil where nothing.
  let part: SpecFile?

  /// A combination of values.
  package struct Candidate: Sendable {
    /// `lr=0.001,rank=8`
    package let label: String
    package let parts: [SpecFile]
  }

  /// What its candidates say of a run, by the key of the file that tries it.
  var paths: [(key: String, paths: [String])] {
    let all =
      [("search.try", choices)]
      + ofMethods.sorted { $0.key < $1.key }.map { ("search.options.\($0.key)", $0.value) }
    return all.map { key, choices in
      (key, Set(choices.flatMap { $0.values.flatMap { $0.part.tree.leaves.keys } }).sorted())
    }
  }

  /// What is tried with a method, in the order of the grid or of the drawing.
  package func candidates(method: String?) -> [Candidate] {
    let choices = choices + (method.flatMap { ofMethods[$0] } ?? [])
    let isRanged = choices.contains(where: \.isDrawn)
    let all = choices.reduce(1) { $0 * ($1.isDrawn ? 1 : $1.values.count) }
    let places: [Int]
    if strategy == .grid || (!isRanged && trials ?? all >= all) {
      places = Array(0..<all)
    } else {
      // The same for every combination of the axes that has these choices. Beside ranges, what is listed comes again once it is used up.
      var random = SeededRandom(seed)
      let order = random.permutation(all)
      places = (0..<(trials ?? all)).map { order[$0 % all] }
    }
    var labels: Set<String> = []
    return places.enumerated().compactMap { trial, place in
      var rest = place
      var values: [Study.Axis.Value] = []
      for choice in choices.reversed() {
        if choice.isDrawn {
          values.append(choice.values[trial])
        } else {
          values.append(choice.values[rest % choice.values.count])
          rest /= choice.values.count
        }
      }
      values.reverse()
      let label = values.map(\.label).joined(separator: ",")
      // Few whole numbers may be drawn twice.
      return labels.insert(label).inserted ? Candidate(label: label, parts: values.map(\.part)) : nil
    }
  }

  /// How many candidates each rung has, the first being all that are tried.
  func widths(_ candidates: Int) -> [Int] {
    guard strategy == .halving else { return [candidates] }
    var widths = [candidates]
    for _ in rungs.dropFirst() {
      widths.append(max(1, Int((Double(widths.last ?? 1) * kept).rounded(.up))))
    }
    return widths
  }
}
