import Checkpoint
import Datasets
import Foundation

/// Reads what this program wrote for itself: where that is damaged, nobody can fetch it again.
package enum OwnFile {
  /// What `body` makes of a file. Throws, with `remedy` as what to do, where the file is damaged or does not fit.
  package static func reading<Found>(_ file: URL, remedy: String, _ body: () throws -> Found) throws -> Found
  {
    do {
      return try body()
    } catch let error as CheckpointError {
      if case .notFound(let path) = error {
        throw TrainingError.missingInput(path: path, what: "a file of the run", advice: remedy)
      }
      guard let problem = problem(error) else { throw error }
      throw TrainingError.badCheckpoint(file: file.path, problem: "\(problem); \(remedy)")
    } catch DatasetError.badList(_, let line, let problem) {
      throw TrainingError.badCheckpoint(
        file: file.path, problem: "it is damaged (line \(line): \(problem)); \(remedy)")
    } catch TrainingError.badCheckpoint(let file, let problem) {
      throw TrainingError.badCheckpoint(file: file, problem: "\(problem); \(remedy)")
    }
  }

  /// The tensors of a file.
  package static func state(_ file: URL, remedy: String) throws -> StateDict {
    try reading(file, remedy: remedy) { try SafetensorsFile(url: file).stateDict() }
  }

  /// What is wrong with a file in a few words; nil where nothing is, but reading it failed.
  private static func problem(_ error: CheckpointError) -> String? {
    switch error {
    case .malformed(_, let problem), .notWeights(_, let problem): "it is damaged (\(problem))"
    case .badTensor(_, let name, let problem): "it is damaged (tensor '\(name)': \(problem))"
    case .missingTensor(_, let name): "it is damaged (there is no tensor '\(name)')"
    default: nil
    }
  }
}
