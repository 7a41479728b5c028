import Experiments
import Foundation
import TensorCore
import Training

/// A run goes on with the arithmetic it had, unless told otherwise: threads and engine decide how sums are rounded.
enum ResumedMachine {
  /// Sets threads and precision, and gives the engine of the run where this machine has it.
  static func apply(
    _ machine: RunRecord.Machine, threads: Int?, precision: Precision?
  ) -> any Backend {
    setThreadCount(threads ?? machine.threads)
    Compute.setPrecision(precision ?? machine.precision)
    let isChosen = ProcessInfo.processInfo.environment["CLIPFT_ENGINE"] != nil
    guard !isChosen, let engine = Engine.available.first(where: { $0.description == machine.engine }) else {
      return Compute.backend
    }
    return CPUBackend(engine: engine)
  }

  /// Says what is not as it was.
  static func tell(_ now: RunRecord.Machine, before: RunRecord.Machine) {
    var changes: [String] = []
    if now.threads != before.threads { changes.append("\(now.threads) threads instead of \(before.threads)") }
    if now.precision != before.precision {
      changes.append("\(now.precision.rawValue) instead of \(before.precision.rawValue)")
    }
    if now.engine != before.engine { changes.append("\(now.engine) instead of \(before.engine)") }
    if !changes.isEmpty {
      Terminal.warn(
        "the run goes on with \(changes.joined(separator: ", ")); its weights will differ by rounding from those of an "
          + "uninterrupted run, and run.json says so")
    }
    let processors = ProcessInfo.processInfo.activeProcessorCount
    if now.threads > processors {
      Terminal.warn(
        "the run computes with \(now.threads) threads and this machine has \(processors) processors; give --threads "
          + "\(processors) to be faster, at the price of other rounding")
    }
  }
}
