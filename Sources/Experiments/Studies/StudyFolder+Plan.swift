import Checkpoint
import Foundation
import Training

extension StudyFolder {
  /// Names of runs and of their scores in the store, as they were found when the study was planned last.
  private struct Planned: Codable {
    struct Cell: Codable {
      let name: String
      let id: String?
      let scores: String?
    }

    let of: String
    let cells: [Cell]
  }

  /// What the names depend on besides the content of models and images.
  private func key(_ settings: StudySettings) throws -> String {
    let study = try InputFile.read(studyFile)
    return ContentHash.sha256(of: study + Data(JSONFormat.line(settings).utf8))
  }

  func write(
    _ plan: StudyPlan, _ settings: StudySettings, ids: [String?], scores: [String?]
  ) throws {
    let cells = plan.cells.indices.map {
      Planned.Cell(name: plan.cells[$0].name, id: ids[$0], scores: scores[$0])
    }
    try AtomicFile.write(JSONFormat.encode(Planned(of: key(settings), cells: cells)), to: planFile)
  }

  /// Throws where there are none, or of another study than the folder's.
  func planned(
    _ plan: StudyPlan, _ settings: StudySettings
  ) throws -> (ids: [String?], scores: [String?]) {
    let remedy = "plan the study anew with `clipft study plan`"
    let data = try OwnFile.reading(planFile, remedy: remedy) { try InputFile.read(planFile) }
    let planned: Planned
    do {
      planned = try JSONFormat.decode(Planned.self, from: data)
    } catch {
      throw TrainingError.badCheckpoint(
        file: planFile.path, problem: "it is no plan of this version\(error.asJSONProblem); \(remedy)")
    }
    guard try planned.of == key(settings), planned.cells.map(\.name) == plan.cells.map(\.name) else {
      throw TrainingError.badCheckpoint(
        file: planFile.path, problem: "it is the plan of another study than lies beside it; \(remedy)")
    }
    return (planned.cells.map(\.id), planned.cells.map(\.scores))
  }
}
