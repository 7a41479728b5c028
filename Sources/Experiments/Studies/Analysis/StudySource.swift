import EvalShift
import Foundation
import PEFT
import Report
import TensorCore
import Training

/// Where the analysis of a study takes its runs from.
public struct StudySource {
  package let plan: StudyPlan
  /// What a run came to; nil where it is not done. Throws where its file cannot be used.
  let result: (_ place: Int) throws -> CellResult?
  /// What was chosen for a run.
  let choice: (_ place: Int) -> String?
  /// What was said of every image along the curve of a result; nil where it was not kept.
  let predictions: (_ result: CellResult) throws -> CurvePredictions?
  /// Why runs failed, by place.
  let failures: [Int: CellFailure]

  package init(
    plan: StudyPlan, failures: [Int: CellFailure] = [:],
    choice: @escaping (_ place: Int) -> String? = { _ in nil },
    predictions: @escaping (_ result: CellResult) throws -> CurvePredictions? = { _ in nil },
    result: @escaping (_ place: Int) throws -> CellResult?
  ) {
    (self.plan, self.failures) = (plan, failures)
    (self.choice, self.predictions, self.result) = (choice, predictions, result)
  }

  /// The runs of a ledger, as it found them. `warn` is told of curves that are passed over.
  public init(_ ledger: StudyLedger, warn: @escaping (String) -> Void) {
    self.init(
      plan: ledger.plan, failures: ledger.failures, choice: ledger.choice,
      predictions: { result in
        try ledger.curve(of: result, warn: warn).flatMap(ledger.store.run(result.cell).predictions)
      }, result: ledger.result)
  }

  /// Places of the runs that the study is about, in its order.
  var finals: [Int] { plan.cells.indices.filter { plan.isFinal(plan.cells[$0]) } }

  func failure(_ place: Int) -> StudyAnswers.Failure? {
    failures[place].map { StudyAnswers.Failure(run: plan.cells[place].name, reason: $0.reason) }
  }
}

extension CellResult {
  /// How much its method trains; nil of a method that this version does not have.
  var extent: TrainedExtent? { MethodRegistry.all.first { $0.name == method }?.extent }

  /// What its colour and mark are chosen by.
  var look: MethodLook? {
    guard let place = MethodRegistry.all.firstIndex(where: { $0.name == method }) else { return nil }
    return MethodLook(
      method: place, variant: unusualOptions.isEmpty ? "" : options.text)
  }

  /// Options that are not the method's defaults.
  var unusualOptions: [String: OptionValue] { MethodRegistry.unusual(options, of: method) }
}
