import Datasets
import TensorCore

/// Scores logits against targets.
public enum Scores {
  /// All metrics of `logits` [N, C], row-major, against `targets` [N], which are class indices of the head.
  ///
  /// `subset` lists the classes of the head that compete (all, when nil); every target must be among them.
  public static func compute(
    logits: [Float], targets: [Int32], subset: [Int]? = nil, dataset: String = "", role: DatasetRole = .target
  ) throws(EvaluationError) -> DatasetScores {
    DatasetScores(
      dataset: dataset, role: role,
      predictions: try Predictions(logits: logits, targets: targets, groups: subset?.map { [$0] }))
  }

  /// All metrics of the logits of a tensor [N, C] of float32.
  public static func compute(
    logits: Tensor, targets: [Int32], subset: [Int]? = nil, dataset: String = "", role: DatasetRole = .target
  ) throws(EvaluationError) -> DatasetScores {
    DatasetScores(
      dataset: dataset, role: role,
      predictions: try Predictions(logits: logits, targets: targets, groups: subset?.map { [$0] }))
  }

  /// Mean of a metric over the shifts among `results`, each weighing the same; nil without shifts, or where one has no value.
  public static func averageShift(
    _ results: [DatasetScores], of metric: any Metric = MetricRegistry.standard
  ) -> Double? {
    let shifts = results.filter { $0.role == .shift }
    let values = shifts.compactMap { $0[metric.key] }
    return shifts.isEmpty || values.count < shifts.count
      ? nil : values.reduce(0, +) / Double(values.count)
  }
}
