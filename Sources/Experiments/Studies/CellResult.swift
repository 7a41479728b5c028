import EvalShift
import Foundation
import PEFT
import TensorCore
import Training
import WiSE

/// What a run of a study came to, in few bytes: what tables, selection and answers are made of. Everything else is in its folder.
public struct CellResult: Codable, Sendable, Equatable {
  static let currentFormat = 1
  var formatVersion = CellResult.currentFormat
  /// The run's name in the store.
  public let cell: String
  public let method: String
  public let options: [String: OptionValue]
  public let seed: UInt64
  public let tunedParameters: Int
  public let headParameters: Int
  /// Accuracy on the validation images of the weights that training ended with; nil without such images.
  public let validationTop1: Double?
  /// Nil where it was not scored.
  public let curve: Curve?
  public var cost: Cost

  /// Numbers of right answers along alpha.
  public struct Curve: Codable, Sendable, Equatable {
    public let alphas: [Double]
    /// Target, shifts, and the validation images where they are another set than the target.
    public let sets: [Set]
    /// What every rule chooses, the one that was asked for first; the oracle last.
    public let selections: [AlphaSelection.Choice]

    /// One set.
    public struct Set: Codable, Sendable, Equatable {
      public let dataset: String
      /// `target`, `shift` or `validation`.
      public let role: String
      public let n: Int
      public let imagesSha256: String
      public let precision: String
      /// What a reader must know, such as overlap with training.
      public let marks: [String]
      /// By alpha.
      public let correct: [Int]
      /// The metric that the field reports, where that is another than `top1`, and its values by alpha.
      public let metric: String?
      public let values: [Double]?

      public func top1(_ alpha: Int) -> Double { n == 0 ? 0 : Double(correct[alpha]) / Double(n) }
    }

    public var target: Set? { sets.first { $0.role == "target" } }
    public var shifts: [Set] { sets.filter { $0.role == "shift" } }

    /// Mean accuracy over the shifts, each counting the same; nil without shifts.
    public func averageShift(_ alpha: Int) -> Double? {
      let shifts = shifts
      return shifts.isEmpty ? nil : shifts.reduce(0) { $0 + $1.top1(alpha) } / Double(shifts.count)
    }

    /// The place of the alpha that a rule chooses; nil where it cannot.
    public func place(_ rule: AlphaSelection.Rule) -> Int? {
      selections.first { $0.rule == rule }.flatMap { alphas.firstIndex(of: $0.alpha) }
    }

    init(_ curve: WiseCurve) {
      alphas = curve.points.map(\.alpha)
      selections =
        ([curve.selected].compactMap { $0 } + curve.selections.filter { $0 != curve.selected })
        + [curve.oracle].compactMap { $0 }
      let points = curve.points
      func set(_ role: String, _ scores: [DatasetScores]) -> Set? {
        guard let first = scores.first, scores.count == points.count else { return nil }
        let own = first.ownMetric?.key
        return Set(
          dataset: first.dataset, role: role, n: first.n, imagesSha256: first.provenance?.imagesSHA256 ?? "",
          precision: first.provenance?.precision ?? "", marks: first.marks, correct: scores.map(\.correct),
          metric: own, values: own.map { key in scores.map { $0[key] ?? .nan } })
      }
      let shifts = points.first?.shifts.indices.map { place in points.map { $0.shifts[place] } } ?? []
      let validation = points.compactMap(\.validation)
      let isTarget = points.first?.target.provenance?.isSelectionSet == true
      sets =
        [set("target", points.map(\.target))].compactMap { $0 } + shifts.compactMap { set("shift", $0) }
        + [isTarget ? nil : set("validation", validation)].compactMap { $0 }
    }
  }

  /// What it took on the machine that it was last worked on.
  public struct Cost: Codable, Sendable, Equatable {
    public var seconds: Double
    public var imagesPerS: Double
    public var peakRssMb: Int

    package init(seconds: Double, imagesPerS: Double, peakRssMb: Int) {
      (self.seconds, self.imagesPerS, self.peakRssMb) = (seconds, imagesPerS, peakRssMb)
    }
  }

  init(cell: String, _ record: RunRecord, curve: WiseCurve?, cost: Cost) {
    self.cell = cell
    method = record.method
    options = record.choices
    seed = record.settings.seeds.all
    tunedParameters = record.parameters.tuned
    headParameters = record.parameters.head
    validationTop1 = record.result?.valTop1
    self.curve = curve.map(Curve.init)
    self.cost = cost
  }
}
