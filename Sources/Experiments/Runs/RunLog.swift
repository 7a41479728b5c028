import Checkpoint
import Foundation
import Report
import Training

/// Metrics and TensorBoard events of a run while it trains. A disk that is full for a while costs neither the run nor its
/// metrics: what could not be written is told, and metrics are written later.
final class RunLog {
  private let folder: RunFolder
  private let warn: (String) -> Void
  private var events: EventWriter?
  private var unwritten: [String] = []

  init(folder: RunFolder, resumingAtStep: Int?, warn: @escaping (String) -> Void) {
    self.folder = folder
    self.warn = warn
    attempt {
      events = try EventWriter(
        folder: folder.eventsFolder, startTime: Date(), resumingAtStep: resumingAtStep)
    }
  }

  func add(_ metrics: FineTuner.EpochMetrics) {
    unwritten.append(JSONFormat.line(metrics))
    writeMetrics()
    attempt {
      let now = Date()
      try events?.add(scalar: Double(metrics.trainLoss), tag: "train/loss", step: metrics.step, time: now)
      if let top1 = metrics.valTop1 {
        try events?.add(scalar: top1, tag: "val/top1", step: metrics.step, time: now)
      }
    }
  }

  func close() {
    writeMetrics()
    attempt { try events?.close() }
  }

  private func writeMetrics() {
    guard !unwritten.isEmpty else { return }
    do {
      try folder.append(unwritten)
      unwritten = []
    } catch {
      warn("\(error.description) The epoch's metrics are written with the next.")
    }
  }

  private func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      events = nil
      let reason = (error as? ReportError)?.description ?? "events cannot be written"
      warn("\(reason) There will be no more TensorBoard events of this run.")
    }
  }
}
