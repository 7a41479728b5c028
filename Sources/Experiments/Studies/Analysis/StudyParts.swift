import Datasets
import EvalShift
import Foundation
import PEFT
import Report
import Training
import WiSE

/// A method in one part of a study, as its runs of all seeds.
final class Entrant {
  /// One run.
  struct Run {
    /// The label of its seed; empty where the study has no axis of seeds.
    let seed: String
    let result: CellResult
    let outcomes: RunOutcomes?
  }

  /// What is compared, such as `lora(rank=2)`.
  let name: String
  let runs: [Run]
  let average: UnitAverage

  init(name: String, runs: [Run], average: UnitAverage) {
    (self.name, self.runs, self.average) = (name, runs, average)
  }

  var method: String { runs[0].result.method }
  var extent: TrainedExtent? { runs[0].result.extent }
  var tunedParameters: Int { runs[0].result.tunedParameters }
  var seeds: [String] { runs.map(\.seed) }
  func run(_ seed: String) -> Run? { runs.first { $0.seed == seed } }
}

/// The runs of one task and number of training images: what may be compared.
struct StudyPart {
  let setting: String
  let shots: StudyFactors.Shots?
  var entrants: [Entrant]

  /// `cifar, 4 images a class`.
  var name: String { [setting, shots?.words ?? ""].filter { !$0.isEmpty }.joined(separator: ", ") }
  var hasShifts: Bool { entrants.contains { $0.average.results.first?.curve?.shifts.isEmpty == false } }
}

/// A study's runs by what they may be compared with.
struct StudyParts {
  private(set) var parts: [StudyPart] = []
  let hasShots: Bool
  /// How many images a class all runs have; nil where runs differ in that, or have all images there are.
  let commonShots: StudyFactors.Shots?
  let rule: AlphaSelection.Rule?
  private(set) var answers: StudyAnswers
  /// Settings and numbers of images that the study has, whether or not a run of them is done.
  private let planned: [(setting: String, shots: StudyFactors.Shots?)]
  /// Whether some run kept nothing of its images.
  private(set) var lacksPredictions = false

  /// Reads every run. Throws where one cannot be used, and where a name stands for different images.
  init(_ source: StudySource) throws {
    let intervals = ExactIntervals()
    let factors = StudyFactors(source.plan)
    rule = source.plan.study.scoring?.rule
    (hasShots, commonShots) = (factors.hasShots, factors.commonShots)
    planned = source.plan.units.map { unit in
      let coordinates = factors.coordinates(of: unit)
      return (coordinates.setting, coordinates.shots)
    }
    var gathering = StudyGathering(source, intervals)
    var reader = OutcomeReader(rule: rule, source: source)
    var runs: [(unit: Int, choice: String?, runs: [Entrant.Run])] = []
    for place in source.finals {
      let result = try source.result(place)
      try gathering.add(place, result)
      guard let result, result.curve?.target != nil else { continue }
      let cell = source.plan.cells[place]
      let outcomes = try reader.outcomes(result)
      if outcomes == nil { lacksPredictions = true }
      let run = Entrant.Run(seed: cell.seed?.label ?? "", result: result, outcomes: outcomes)
      if runs.last?.unit == cell.unit {
        runs[runs.count - 1].runs.append(run)
      } else {
        runs.append((cell.unit, source.choice(place), [run]))
      }
    }
    answers = gathering.answers()
    for (unit, choice, runs) in runs {
      let coordinates = factors.coordinates(of: source.plan.units[unit])
      let name = coordinates.method.isEmpty ? runs[0].result.method : coordinates.method
      let entrant = Entrant(
        name: name, runs: runs,
        average: UnitAverage(
          name: name, results: runs.map(\.result), choice: choice, rule: rule, intervals: intervals))
      if let place = parts.firstIndex(where: {
        $0.setting == coordinates.setting && $0.shots == coordinates.shots
      }) {
        parts[place].entrants.append(entrant)
      } else {
        parts.append(StudyPart(setting: coordinates.setting, shots: coordinates.shots, entrants: [entrant]))
      }
    }
  }

  /// Of each setting the part with the fewest, or the most, images.
  func extreme(most: Bool) -> [StudyPart] {
    var settings: [String] = []
    for part in parts where !settings.contains(part.setting) { settings.append(part.setting) }
    return settings.compactMap { setting in
      let own = parts.filter { $0.setting == setting }
      func shots(_ part: StudyPart) -> StudyFactors.Shots { part.shots ?? .init(count: nil) }
      return most ? own.max { shots($0) < shots($1) } : own.min { shots($0) < shots($1) }
    }
  }

  /// What a reader must know where runs with the fewest, or the most, images are not done, so that questions look at others.
  var substitutes: [String] {
    [false, true].flatMap { most in
      extreme(most: most).compactMap { part -> String? in
        let all = planned.filter { $0.setting == part.setting }.map { $0.shots ?? .init(count: nil) }
        let shots = part.shots ?? .init(count: nil)
        guard let wanted = most ? all.max() : all.min(), most ? shots < wanted : wanted < shots else {
          return nil
        }
        let place = part.setting.isEmpty ? "" : " of \(part.setting)"
        return
          "no run\(place) with \(wanted.words) is done: what is said of \(most ? "many" : "few") images is said of \(shots.words)"
      }
    }
  }
}
