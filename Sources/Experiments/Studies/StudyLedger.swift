import Checkpoint
import Foundation
import Training

/// What became of every run of a study, as the folders say now.
public final class StudyLedger {
  public let plan: StudyPlan
  public let store: CellStore
  package let folder: StudyFolder
  let context: StudyContext
  private let assignments: [String]
  /// Names of the runs in the store, by cell; nil while what is tried in it is not known.
  public private(set) var ids: [String?]
  /// What the scores of each run are kept under; nil while the run is not known.
  private(set) var scores: [String?]
  /// By cell: which candidate it is; nil where nothing is tried, or it is not known yet.
  private var candidates: [Int?]
  private var isDone: [Bool]
  public private(set) var failures: [Int: CellFailure] = [:]
  private var held: Set<String> = []
  /// Units whose cells all have names.
  private var isResolved: [Bool]

  /// What a run is doing.
  public enum State: String, Sendable, Codable, CaseIterable {
    case done, running, failed
    /// It can begin.
    case waiting
    /// What it tries is found out by runs that are not done; where one of them failed, `retry` is what it waits for.
    case pending
  }

  /// Opens a study that was begun.
  public convenience init(
    _ folder: StudyFolder, places: Places = Places(), reader: ImageReader = ImageReader()
  ) throws {
    let settings = try folder.settings()
    let plan = try StudyPlan(folder.study())
    try self.init(plan, settings, folder, context: StudyContext(settings, places: places, reader: reader))
    (ids, scores) = try folder.planned(plan, settings)
    try refresh()
  }

  init(_ plan: StudyPlan, _ settings: StudySettings, _ folder: StudyFolder, context: StudyContext) throws {
    (self.plan, self.folder, self.context) = (plan, folder, context)
    store = CellStore(URL(fileURLWithPath: settings.cells))
    assignments = settings.assignments
    for assignment in assignments {
      let path = String(assignment.prefix { $0 != "=" })
      guard let other = plan.study.varies(path) else { continue }
      throw SpecError(
        place: "--set \(path)",
        problem: "runs differ in it (\(other)), and their names would say what is not so",
        isUsage: true)
    }
    ids = Array(repeating: nil, count: plan.cells.count)
    scores = ids
    candidates = ids.map { _ in nil }
    isDone = ids.map { _ in false }
    isResolved = plan.units.map { _ in false }
    for unit in plan.units {
      for (slot, place) in (unit.search.first ?? 0..<0).enumerated() { candidates[place] = slot }
      if unit.search.isEmpty, !unit.candidates.isEmpty {
        for place in unit.finals { candidates[place] = 0 }
      }
    }
  }

  /// Which scores a run needs: those of the search only where test images judge, under the name of an oracle.
  package func scoring(_ place: Int) -> StudyScoring? {
    let isFinal = plan.isFinal(plan.cells[place])
    return isFinal || plan.study.search?.judge ?? .validation != .validation ? plan.study.scoring : nil
  }

  public func state(_ place: Int) -> State {
    if isDone[place] { return .done }
    if failures[place] != nil { return .failed }
    guard let id = ids[place] else { return .pending }
    return held.contains(id) ? .running : .waiting
  }

  public func count(_ state: State) -> Int { plan.cells.indices.count { self.state($0) == state } }

  public func result(_ place: Int) throws -> CellResult? {
    guard isDone[place], let id = ids[place], let scores = scores[place] else { return nil }
    return try store.result(id, scores: scores)
  }

  /// The curve of a result as its run keeps it, of which the result is a digest; nil where it is no longer kept.
  ///
  /// `warn` is told of curves that are passed over.
  public func curve(of result: CellResult, warn: (String) -> Void) throws -> WiseCurve? {
    // A run may have been scored otherwise as well.
    try store.run(result.cell).keptCurves(warn: warn).first { CellResult.Curve($0) == result.curve }
  }

  /// What was chosen for a final run, as `lr=0.001,rank=8`; nil where nothing was searched for, or it is not known yet.
  public func choice(_ place: Int) -> String? {
    let unit = plan.units[plan.cells[place].unit]
    return candidates[place].map { unit.candidates[$0].label }
  }

  private func hasResult(_ place: Int) -> Bool {
    guard let id = ids[place], let scores = scores[place] else { return false }
    return store.hasResult(id, scores: scores)
  }

  /// What a reader must know of how runs are made, a sentence each.
  public var notes: [String] { context.notes }

  /// Looks at the folders again.
  public func refresh() throws {
    held = store.leased().filter { store.holder($0) != nil }
    let failed = try folder.failedIDs()
    failures = [:]
    for place in plan.cells.indices where !isDone[place] {
      guard let id = ids[place] else { continue }
      if hasResult(place) {
        isDone[place] = true
      } else if failed.contains(id) {
        failures[place] = try folder.failure(id)
      }
    }
    try resolve()
  }

  /// Asks the processes of this machine that compute runs of the study to save and stop; how many there are.
  public func interruptHere() -> Int {
    let processes = ids.compactMap { $0 }.filter(held.contains).compactMap { store.holder($0)?.process }
    let here = Set(processes.filter { $0.isAlive == true }.map(\.pid))
    for pid in here { kill(pid, SIGINT) }
    return here.count
  }

  // MARK: What a run is

  /// The specification of a run whose candidate is known. Throws with the line of what is wrong.
  func resolved(_ place: Int) throws -> SpecDraft.Resolved {
    let cell = plan.cells[place]
    let unit = plan.units[cell.unit]
    let draft = try plan.draft(
      cell, candidate: candidates[place].map { unit.candidates[$0] }, assignments: assignments)
    return try context.resolved(draft)
  }

  /// Names of all runs of which it is known what they are. Throws where one of them cannot be.
  ///
  /// `observe` is told how many are named.
  func identify(_ observe: (Int) throws -> Void = { _ in }) throws {
    noteTrials()
    for unit in plan.units {
      for place in unit.search.first ?? 0..<0 {
        try name(place, resolved(place))
        try observe(place + 1)
      }
      if unit.search.isEmpty { try identify(finals: unit, observe) }
    }
  }

  /// Tells of combinations of the axes that have fewer candidates than the search asks for.
  private func noteTrials() {
    guard let trials = plan.study.search?.trials else { return }
    let short = plan.units.filter { $0.candidates.count < trials }
    guard let first = short.first else { return }
    let name = first.labels.joined(separator: ",")
    context.tell(
      "search.trials is \(trials), and \(name.isEmpty ? plan.study.name : name) has \(first.candidates.count) candidates in all"
        + (short.count > 1
          ? "; so have others fewer, \(short.count) of \(plan.units.count) combinations" : ""))
  }

  private func name(_ place: Int, _ resolved: SpecDraft.Resolved) throws {
    ids[place] = try context.identity(resolved).id
    scores[place] = try context.scoresName(resolved.spec, scoring(place))
    guard plan.isFinal(plan.cells[place]) || plan.study.search?.judge != .validation else {
      return try context.requireValidation(resolved.spec, of: plan.cells[place].name)
    }
  }

  /// They differ in nothing but their seeds.
  private func identify(finals unit: StudyPlan.Unit, _ observe: (Int) throws -> Void = { _ in }) throws {
    var first: SpecDraft.Resolved?
    for place in unit.finals {
      var own = try first ?? resolved(place)
      if let seed = plan.cells[place].seed?.part.tree["seeds.all"] {
        own.spec.settings.seeds.all = try seed.decoded(UInt64.self)
      }
      first = own
      try name(place, own)
      try observe(place + 1)
    }
  }

  /// Finds out what runs try that depend on others which are done.
  private func resolve() throws {
    guard plan.study.search != nil else { return }
    for (number, unit) in plan.units.enumerated() where !isResolved[number] && !unit.search.isEmpty {
      for (rung, cells) in unit.search.enumerated() {
        guard cells.allSatisfy({ isDone[$0] }) else { break }
        let next = rung + 1 < unit.search.count ? unit.search[rung + 1] : unit.finals
        if next.allSatisfy({ ids[$0] != nil }) { continue }
        let ranking = try ranking(cells)
        for (slot, place) in next.enumerated() {
          candidates[place] = candidates[ranking[rung + 1 < unit.search.count ? slot : 0]]
        }
        if rung + 1 < unit.search.count {
          for place in next { try name(place, resolved(place)) }
        } else {
          try identify(finals: unit)
        }
        for place in next where hasResult(place) { isDone[place] = true }
      }
      isResolved[number] = unit.finals.allSatisfy { ids[$0] != nil }
    }
  }

  /// Places of cells that are done, the best first; of equally good ones the first in the order of the candidates.
  private func ranking(_ cells: Range<Int>) throws -> [Int] {
    let judge = plan.study.search?.judge ?? .validation
    let scores = try cells.map { place -> Double in
      guard let result = try result(place) else { return -1 }
      let tuned = result.curve?.alphas.firstIndex(of: 1)
      let score: Double? =
        switch judge {
        case .validation: result.validationTop1
        case .target: tuned.flatMap { result.curve?.target?.top1($0) }
        case .shifts: tuned.flatMap { result.curve?.averageShift($0) }
        }
      guard let score else {
        throw TrainingError.badSetting(
          "\(plan.cells[place].name) has no \(judge == .validation ? "validation images" : "test images") to be judged by; "
            + "name some, or search for nothing.")
      }
      return score
    }
    return zip(cells, scores).sorted {
      ($1.1, candidates[$0.0] ?? 0) < ($0.1, candidates[$1.0] ?? 0)
    }.map(\.0)
  }
}
