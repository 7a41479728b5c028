import Checkpoint
import Datasets
import Foundation
import PEFT
import TensorCore
import Training

/// Every run of a study, in its order: those of the search, and those that count.
public struct StudyPlan: Sendable {
  /// A combination of all axes but the seed.
  struct Unit: Sendable {
    /// By the study's axes, without the seed.
    let labels: [String]
    let parts: [SpecFile]
    let method: String?
    /// What is tried; empty without a search.
    let candidates: [StudySearch.Candidate]
    /// Places of its cells: by rung, then by slot; and those of its final runs.
    var search: [Range<Int>] = []
    var finals: Range<Int> = 0..<0
  }

  /// One run.
  public struct Cell: Sendable {
    /// What it is called within the study: the labels of its axes, and which of the search it is.
    public let name: String
    let unit: Int
    let stage: Stage
    let seed: Study.Axis.Value?
  }

  enum Stage: Sendable, Equatable {
    /// A candidate: of the first rung by its number, of later ones by its rank in the rung before.
    case search(rung: Int, slot: Int)
    case final
  }

  public let study: Study
  public let cells: [Cell]
  let units: [Unit]

  /// Throws where combinations leave nothing to run.
  public init(_ study: Study) throws {
    self.study = study
    let seeds = study.axes.first { $0.name == Study.Axis.seed }?.values
    var units: [Unit] = []
    var cells: [Cell] = []
    for combination in Self.combinations(study.axes) {
      let labels = Dictionary(uniqueKeysWithValues: combination.map { ($0.axis.name, $0.value.label) })
      guard !study.skips.contains(where: { $0.covers(labels) }) else { continue }
      let parts = combination.map(\.value.part)
      let method = ([study.common] + parts).compactMap { $0.tree["method.name"]?.text }.last
      let candidates = study.search?.candidates(method: method) ?? []
      var unit = Unit(
        labels: combination.map(\.value.label), parts: parts, method: method, candidates: candidates)
      let name = unit.labels.joined(separator: ",")
      let own = (seeds.map { $0.map(Optional.some) } ?? [nil]).filter { seed in
        guard let seed else { return true }
        let all = labels.merging([Study.Axis.seed: seed.label]) { $1 }
        return !study.skips.contains { $0.covers(all) }
      }
      guard !own.isEmpty else { continue }
      // One candidate is no search.
      if let search = study.search, candidates.count > 1 {
        for (rung, width) in search.widths(candidates.count).enumerated() {
          let start = cells.count
          for slot in 0..<width {
            let which =
              rung == 0 ? "try=\(slot + 1)(\(candidates[slot].label))" : "rung=\(rung + 1),rank=\(slot + 1)"
            cells.append(
              Cell(
                name: [name, which].filter { !$0.isEmpty }.joined(separator: ","), unit: units.count,
                stage: .search(rung: rung, slot: slot), seed: seeds?.first))
          }
          unit.search.append(start..<cells.count)
        }
      }
      let start = cells.count
      for seed in own {
        let label = [name, seed?.label ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
        cells.append(Cell(name: label, unit: units.count, stage: .final, seed: seed))
      }
      unit.finals = start..<cells.count
      units.append(unit)
    }
    guard !cells.isEmpty else {
      throw SpecError(place: study.place, problem: "skip leaves no run of the study")
    }
    guard cells.count <= StudyReader.mostCells else {
      throw SpecError(
        place: study.place,
        problem: "the study has \(cells.count) runs; \(StudyReader.mostCells) are the most")
    }
    var names: Set<String> = []
    if let twice = cells.first(where: { !names.insert($0.name).inserted }) {
      throw SpecError(
        place: study.place, problem: "two runs would be called '\(twice.name)'; give labels without commas")
    }
    self.cells = cells
    self.units = units
  }

  /// Every combination of the values of all axes but the seed, the last axis fastest.
  private static func combinations(
    _ axes: [Study.Axis]
  ) -> [[(axis: Study.Axis, value: Study.Axis.Value)]] {
    axes.filter { $0.name != Study.Axis.seed }.reduce([[]]) { found, axis in
      found.flatMap { one in axis.values.map { one + [(axis, $0)] } }
    }
  }

  /// Names of the axes whose labels a unit has.
  public var unitAxes: [String] { study.axes.map(\.name).filter { $0 != Study.Axis.seed } }

  /// The labels of a cell by axis, its seed included.
  public func labels(of cell: Cell) -> [String: String] {
    var labels = Dictionary(uniqueKeysWithValues: zip(unitAxes, units[cell.unit].labels))
    if let seed = cell.seed { labels[Study.Axis.seed] = seed.label }
    return labels
  }

  /// Whether a cell is one that the study is about, not one by which options are found.
  public func isFinal(_ cell: Cell) -> Bool { cell.stage == .final }

  /// The place of the cell of that name; throws where there is none, with the nearest.
  public func place(named name: String) throws -> Int {
    if let place = cells.firstIndex(where: { $0.name == name }) { return place }
    let hint =
      Spelling.nearest(to: name, in: cells.lazy.prefix(5000).map(\.name)).map { "; did you mean '\($0)'" }
      ?? ""
    throw TrainingError.badSetting(
      "The study \(study.name) has no run called '\(name)'\(hint). `clipft study status --runs` lists them.")
  }

  // MARK: Specifications

  /// What a cell is, where what is tried in it is known: `candidate`, nil where nothing is searched for.
  func draft(_ cell: Cell, candidate: StudySearch.Candidate?, assignments: [String]) throws -> SpecDraft {
    let unit = units[cell.unit]
    var draft = SpecDraft()
    try draft.add(study.common)
    for part in unit.parts { try draft.add(part) }
    for part in candidate?.parts ?? [] { try draft.add(part) }
    switch cell.stage {
    case .search(let rung, _):
      if let part = study.search?.part { try draft.add(part) }
      if let search = study.search, search.rungs.indices.contains(rung) {
        let epochs = SpecValue.integer(Int64(search.rungs[rung]))
        try draft.add(
          SpecFile(
            path: study.place, tree: .map(["schedule": .map(["epochs": epochs])]), lines: [:], isRecipe: false
          ))
      }
    case .final:
      if let part = study.final { try draft.add(part) }
    }
    if let seed = cell.seed { try draft.add(seed.part) }
    for assignment in assignments { try draft.set(assignment) }
    return draft
  }
}
