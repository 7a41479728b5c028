import Foundation
import TensorCore
import Training

/// Plans a study: finds out what each of its runs is, before anything runs.
public struct StudyPlanner {
  public let folder: StudyFolder
  public let text: String
  public let study: Study
  public let settings: StudySettings

  public init(folder: StudyFolder, study: Study, text: String, settings: StudySettings) {
    (self.folder, self.study, self.text, self.settings) = (folder, study, text, settings)
  }

  /// A study that was begun, as it was then.
  public init(reopening folder: StudyFolder) throws {
    try self.init(
      folder: folder, study: folder.study(), text: folder.text(),
      settings: folder.settings())
  }

  /// The study, ready to be run, noted in its folder.
  ///
  /// `observe` is told how many of how many runs are known. Throws with the line of what is wrong.
  public func plan(
    places: Places = Places(), reader: ImageReader = ImageReader(),
    monitor: TrainingMonitor = TrainingMonitor(),
    observe: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> StudyLedger {
    try folder.requireSame(study)
    let plan = try StudyPlan(study)
    let context = StudyContext(settings, places: places, reader: reader, monitor: monitor)
    let ledger = try StudyLedger(plan, settings, folder, context: context)
    try ledger.identify { try observe($0, plan.cells.count) }
    try folder.write(text, settings)
    try folder.write(plan, settings, ids: ledger.ids, scores: ledger.scores)
    try ledger.refresh()
    return ledger
  }
}
