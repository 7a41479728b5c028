import Checkpoint
import Datasets
import EvalShift
import Foundation
import TensorCore
import WiSE

/// Traces a run's weights from pre-trained to fine-tuned over its target and shifts.
public struct WiseJob {
  public let run: LoadedRun
  public let alphas: [Double]
  public let target: any ImageDataset
  public let shifts: [any ImageDataset]
  public let validation: any ImageDataset
  /// Alpha 0 as scored on the same images for another run from the same weights and head.
  public let start: WiseCurve.Point?

  public init(
    run: LoadedRun, alphas: [Double], target: any ImageDataset, shifts: [any ImageDataset],
    validation: any ImageDataset, start: WiseCurve.Point? = nil
  ) {
    self.run = run
    self.alphas = alphas
    self.target = target
    self.shifts = shifts
    self.validation = validation
    self.start = start
  }

  private var unscored: [Double] { alphas.filter { $0 != 0 || start == nil } }

  /// Images to score, counting each once for every alpha.
  public var work: Int {
    (target.count + validation.count + shifts.reduce(0) { $0 + $1.count }) * unscored.count
  }

  /// Scores everything and keeps the curve in the run folder.
  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> WiseCurve {
    let classes = run.record.data.classes
    var sets = [try EvaluationSet(target, role: .target, headClasses: classes)]
    for shift in shifts { sets.append(try EvaluationSet(shift, role: .shift, headClasses: classes)) }
    sets.append(try EvaluationSet(validation, role: .target, headClasses: classes))
    let evaluator = ShiftEvaluator(
      config: run.record.model.architecture, preprocessing: run.record.model.preprocessing)
    let predictions = try evaluator.sweep(run.endpoints, alphas: unscored, sets: sets, observer: observer)
    let scored = zip(unscored, predictions).map { alpha, predictions in
      let scores = zip(sets, predictions).map {
        DatasetScores(dataset: $0.name, role: $0.role, predictions: $1)
      }
      let shifts = Array(scores[1..<scores.count - 1])
      return WiseCurve.Point(
        alpha: alpha, target: scores[0], shifts: shifts, averageShift: Scores.averageShift(shifts),
        validation: scores[scores.count - 1])
    }
    let points = alphas.compactMap { alpha in scored.first { $0.alpha == alpha } ?? (alpha == 0 ? start : nil)
    }
    let curve = WiseCurve(
      run: run.folder.url.lastPathComponent, method: run.record.method, points: points)
    try AtomicFile.write(JSONFormat.encode(curve), to: run.folder.curveFile)
    return curve
  }
}

extension RunFolder {
  /// The curve that `clipft wise` found last, if it did.
  public func curve() -> WiseCurve? {
    guard let data = try? Data(contentsOf: curveFile) else { return nil }
    return try? JSONDecoder().decode(WiseCurve.self, from: data)
  }
}
