import Checkpoint
import EvalShift
import Foundation
import PEFT
import Report
import TensorCore
import Training

/// Runs whose curves may stand in one table, those that differ in nothing but their seeds as one.
public struct ComparableRuns {
  public typealias Traced = (run: LoadedRun, curve: WiseCurve)

  /// Runs of one method, options, settings and data, in the order of their seeds.
  public struct Group {
    public let name: String
    public let runs: [Traced]
  }

  public let groups: [Group]
  /// What was left out, a sentence each.
  public let notes: [String]

  /// Throws unless all were traced from the same model and head, of the same part, on the same images, with the same precision and alphas.
  public init(_ traced: [Traced]) throws {
    guard let first = traced.first else {
      throw TrainingError.badSetting("There is no curve to report.")
    }
    for other in traced.dropFirst() { try Self.requireComparable(other, first) }
    let found = RunGroups(traced.map { ($0.run.folder, $0.run.record) })
    notes =
      found.notes + (found.trainedApart.map { [$0] } ?? [])
      + (first.curve.isPlain
        ? []
        : [
          "the curves move \(first.curve.shape.words): their ends need not be the zero-shot and the fine-tuned model"
        ])
    groups = zip(found.names, found.members).map { name, members in
      Group(name: name, runs: members.map { traced[$0] })
    }
  }

  public var runs: [Traced] { groups.flatMap(\.runs) }

  // MARK: What may be compared

  private static func requireComparable(_ one: Traced, _ other: Traced) throws {
    let (a, b) = (one.run.record, other.run.record)
    let paths = "\(path(one.run)) and \(path(other.run))"
    func refuse(_ reason: String) -> TrainingError {
      .notComparable("\(paths) cannot be compared: \(reason).")
    }
    guard a.model.sha256 == b.model.sha256, a.model.adapter?.sha256 == b.model.adapter?.sha256 else {
      throw refuse("they began from different models")
    }
    guard a.data.classes == b.data.classes else { throw refuse("they have different classes") }
    guard a.data.templates == b.data.templates, a.data.descriptions == b.data.descriptions else {
      throw refuse("their heads were made with different prompts")
    }
    guard one.curve.shape == other.curve.shape else {
      throw refuse(
        "alpha moves \(one.curve.shape.words) for one, \(other.curve.shape.words) for the other; trace one again as the "
          + "other, `\(other.curve.command(for: path(one.run)))`")
    }
    guard one.curve.points.map(\.alpha) == other.curve.points.map(\.alpha) else {
      throw refuse(
        "they were traced at different alphas; trace one again as the other, `\(other.curve.command(for: path(one.run)))`"
      )
    }
    if let rule = one.curve.selected?.rule, let theirs = other.curve.selected?.rule, rule != theirs {
      throw refuse(
        "alpha was selected by \(rule.rawValue) for one and by \(theirs.rawValue) for the other; trace one again as the other, "
          + "`\(other.curve.command(for: path(one.run)))`")
    }
    let (own, others) = (one.curve.scored, other.curve.scored)
    guard own.map(\.dataset) == others.map(\.dataset), own.map(\.role) == others.map(\.role) else {
      throw refuse(
        "one was traced on \(own.map(\.dataset).joined(separator: ", ")), the other on "
          + "\(others.map(\.dataset).joined(separator: ", ")); trace both with the same --datasets, for instance "
          + "`\(other.curve.command(for: path(one.run)))`")
    }
    guard one.curve.resampling?.clusters == other.curve.resampling?.clusters else {
      throw refuse(
        "the intervals of one hold for other classes or groups, those of the other for other images; trace both with the same "
          + "--cluster")
    }
    for (mine, theirs) in zip(own, others) {
      guard mine.imagesSHA256 == theirs.imagesSHA256, !mine.imagesSHA256.isEmpty else {
        throw refuse(
          "\(mine.dataset) is not the same images for both (\(mine.n) and \(theirs.n)); trace both on the same"
        )
      }
      guard mine.classes == theirs.classes else {
        throw refuse(
          "\(mine.classes) classes competed on \(mine.dataset) for one, \(theirs.classes) for the other")
      }
      guard mine.precision == theirs.precision else {
        throw refuse(
          "one was scored in \(mine.precision), the other in \(theirs.precision); trace both with the same --precision"
        )
      }
    }
  }

  private static func path(_ run: LoadedRun) -> String { run.folder.url.relativePath }
}

extension WiseCurve {
  /// What the curve's target and shifts are; the validation images may differ from seed to seed.
  var scored: [SetKey] { points.first.map { ([$0.target] + $0.shifts).map(SetKey.init) } ?? [] }
}
