import Checkpoint
import TensorCore

/// The weights of the epoch with the best validation accuracy so far, and how long ago that was.
final class BestEpoch {
  private let parameters: [Parameter]
  private var values: [Tensor] = []
  private(set) var top1: Double?
  private(set) var epoch = 0

  init(_ parameters: [Parameter]) { self.parameters = parameters }

  /// Takes in an epoch whose weights are in place.
  func update(top1: Double, epoch: Int) {
    guard self.top1.map({ top1 > $0 }) ?? true else { return }
    self.top1 = top1
    self.epoch = epoch
    values = parameters.map { $0.value.copy() }
  }

  /// Leaves the best epoch's weights in place, if there was one.
  func replace() {
    for (parameter, value) in zip(parameters, values) { parameter.assign(value) }
  }

  func save(to state: inout StateDict) {
    guard let top1 else { return }
    for (parameter, value) in zip(parameters, values) { state["best.\(parameter.path)"] = value }
    state.metadata["best_epoch"] = String(epoch)
    state.metadata["best_top1"] = String(top1.bitPattern)
  }

  func restore(_ state: StateDict, file: String) throws(TrainingError) {
    guard let epoch = state.metadata["best_epoch"].flatMap(Int.init),
      let bits = state.metadata["best_top1"].flatMap(UInt64.init)
    else { return }
    values = try parameters.values(named: "best.", in: state, file: file)
    self.epoch = epoch
    top1 = Double(bitPattern: bits)
  }
}
