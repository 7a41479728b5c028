import Checkpoint
import EvalShift
import Experiments
import Foundation
import Testing
import Training
import TrainingTestSupport
import WiSE

/// What stands in one table was measured on the same images from the same model, and seeds are seeds.
@Suite("Runs in one report")
struct ComparableRunsTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func run(
    _ method: String, _ name: String, seed: UInt64 = 7, options: [String: String] = [:],
    change: (inout FineTuningSettings) -> Void = { _ in }
  ) throws -> LoadedRun {
    _ = try tiny.run(method, name: name, seed: seed, options: options, change: change)
    return try LoadedRun.load(RunFolder(tiny.folder.file(name)))
  }

  /// Scores of `n` images of which the first `correct` are right.
  private func scores(
    _ name: String, _ role: DatasetRoleName, n: Int = 8, correct: Int = 4, images: Character = "a",
    precision: String = "fp32"
  ) throws -> DatasetScores {
    let logits = (0..<n).flatMap { image -> [Float] in image < correct ? [1, 0] : [0, 1] }
    return DatasetScores(
      dataset: name, role: role == .target ? .target : .shift,
      predictions: try Predictions(logits: logits, targets: [Int32](repeating: 0, count: n)),
      provenance: ScoreProvenance(
        precision: precision, engine: "test", version: "1",
        imagesSHA256: String(repeating: images, count: 64)))
  }

  private enum DatasetRoleName { case target, shift }

  private func curve(
    _ run: LoadedRun, alphas: [Double] = [0, 0.5, 1], shift: DatasetScores? = nil, correct: Int = 4
  ) throws -> WiseCurve {
    let shift = try shift ?? scores("sketches", .shift, correct: correct)
    let target = try scores("photos", .target, correct: correct)
    return WiseCurve(
      .init(run: run),
      points: alphas.map { alpha in
        WiseCurve.Point(
          alpha: alpha, target: target, shifts: [shift], averageShift: shift.top1, validation: target)
      })
  }

  private func refusal(_ traced: [ComparableRuns.Traced]) -> String {
    let error = #expect(throws: TrainingError.self) { try ComparableRuns(traced) }
    #expect(error?.kind == .badData)
    return error?.description ?? ""
  }

  @Test("Sets of one name and other images are refused, both numbers named")
  func otherImages() throws {
    let (one, two) = (try run("linear", "one"), try run("linear", "two", seed: 8))
    let other = try scores("sketches", .shift, n: 24, images: "b")
    let words = refusal([(one, try curve(one)), (two, try curve(two, shift: other))])
    #expect(words.contains("sketches is not the same images for both (24 and 8)"))
    let bf16 = try scores("sketches", .shift, precision: "bf16")
    #expect(refusal([(one, try curve(one)), (two, try curve(two, shift: bf16))]).contains("--precision"))
    let renamed = try scores("paintings", .shift)
    #expect(refusal([(one, try curve(one)), (two, try curve(two, shift: renamed))]).contains("--datasets"))
    #expect(refusal([(one, try curve(one)), (two, try curve(two, alphas: [0, 1]))]).contains("--alphas"))
  }

  @Test("Runs that differ in nothing but the seed are one method, averaged over its seeds")
  func seeds() throws {
    let runs = try (7..<10).map { try run("lora", "s\($0)", seed: $0) }
    let full = try run("full", "full")
    let traced = try zip(runs + [full], [4, 6, 8, 5]).map { ($0, try curve($0, correct: $1)) }
    let compared = try ComparableRuns(traced)
    #expect(compared.groups.map(\.name) == ["lora", "full"])
    #expect(compared.groups[0].runs.map(\.curve.seed) == [7, 8, 9])
    let document = try ReportBuilder(runs: compared, sets: [], descriptions: [:])
      .document(title: "", subtitle: "", generated: Date(timeIntervalSince1970: 0))
    let method = try #require(document.methods.first)
    #expect(method.seeds == [7, 8, 9] && document.methods.count == 2)
    let target = try #require(method.fineTuned?.target)
    #expect(abs(target.top1 - 0.75) < 1e-12)
    // Student's t over 0.5, 0.75 and 1 alone is wider than all there is.
    let interval = try #require(target.measuredInterval)
    #expect(interval.lower >= 0 && interval.lower < 0.13 && interval.upper == 1)
    #expect(method.selections.map(\.rule) == ["one-standard-error", "best-validation", "fixed"])
    #expect(method.selected?.alphas == [0, 0, 0])
  }

  @Test("Other options or settings make another method, called by what differs")
  func names() throws {
    let runs = [
      try run("lora", "r2", options: ["rank": "2"]), try run("lora", "r4", options: ["rank": "4"]),
      try run("linear", "slow"), try run("linear", "fast") { $0.optimizer.lr = 0.1 },
    ]
    let names = try ComparableRuns(runs.map { ($0, try curve($0)) }).groups.map(\.name)
    #expect(names == ["lora (rank 2)", "lora (rank 4)", "linear (slow)", "linear (fast)"])
  }

  @Test("Runs of other towers are no seeds of each other, and those from other adapters cannot be compared")
  func towersAndAdapters() throws {
    _ = try tiny.job("lora", name: "both", seed: 9, towers: [.vision, .text]).run()
    let both = try LoadedRun.load(RunFolder(tiny.folder.file("both")))
    let vision = try run("lora", "vision")
    let names = try ComparableRuns([(vision, try curve(vision)), (both, try curve(both))]).groups.map(\.name)
    #expect(names == ["lora (towers vision)", "lora (towers both)"])

    let adapter = tiny.folder.file("adapter")
    try PeftExportJob(run: vision, place: adapter).execute()
    _ = try tiny.job("lora", name: "further", seed: 9, model: tiny.model().merging(adapterAt: adapter)).run()
    let further = try LoadedRun.load(RunFolder(tiny.folder.file("further")))
    #expect(
      refusal([(vision, try curve(vision)), (further, try curve(further))]).contains("different models"))
  }

  @Test("The same run twice is no second seed, and is said to be left out")
  func twins() throws {
    let (one, again) = (try run("linear", "one"), try run("linear", "again"))
    let compared = try ComparableRuns([(one, try curve(one)), (again, try curve(again))])
    #expect(compared.groups.count == 1 && compared.groups[0].runs.count == 1)
    #expect(compared.groups[0].runs[0].run.folder.url.lastPathComponent == "again")
    #expect(compared.notes.count == 1 && compared.notes[0].contains("one is left out"))
  }

  @Test("Methods that were trained on different images, or on other numbers of them, are said to be")
  func trainedApart() throws {
    _ = try run("lora", "one")
    _ = try run("linear", "two")
    let folders = ["one", "two"].map { RunFolder(tiny.folder.file($0)) }
    var records = try folders.map { try $0.record() }
    func groups() -> RunGroups { RunGroups(zip(folders, records).map { ($0, $1) }) }
    #expect(groups().trainedApart == nil)
    let whole = records[1].data.train
    records[1].data.train.sha256 = "0"
    #expect(
      groups().trainedApart?.contains("lora and linear were trained or validated on different images") == true
    )
    // Another seed may draw others.
    records[1].spec.settings.seeds = TrainingSeeds(8)
    #expect(groups().trainedApart == nil)
    records[1].data.train = whole
    records[1].data.train.n = 4
    #expect(
      groups().trainedApart?.contains("lora on 11 images of memory (6 for validation), linear on 4 ") == true)
  }

  @Test("Alphas that are selected among different ones, or by other rules, are not set side by side")
  func selections() throws {
    let runs = [try run("linear", "one"), try run("linear", "two", seed: 8)]
    let folders = runs.map(\.folder)
    let (fine, coarse) = ([0, 0.25, 0.5, 0.75, 1], [0, 0.5, 1])
    let (one, two) = (try curve(runs[0], alphas: fine), try curve(runs[1], alphas: coarse))
    let error = #expect(throws: TrainingError.self) {
      try CommonCurves.chooseSelecting([[one], [two]], of: folders)
    }
    #expect(error?.description.contains("--alphas 0.0,0.5,1.0") == true)
    // An earlier curve that both have is taken.
    #expect(
      try CommonCurves.chooseSelecting([[one, curve(runs[0], alphas: coarse)], [two]], of: folders) == [1, 0])
    var other = two
    other.selected = two.selections.first { $0.rule == .fixed }
    #expect(throws: TrainingError.self) { try CommonCurves.chooseSelecting([[two], [other]], of: folders) }
    #expect(refusal([(runs[0], two), (runs[1], other)]).contains("alpha was selected by fixed"))
    other.selected = nil
    #expect(throws: TrainingError.self) { try CommonCurves.chooseSelecting([[two], [other]], of: folders) }
  }

  @Test("Each curve of a run has its own choices in the table of results, and its scores once")
  func curvesInResults() throws {
    let run = try run("linear", "one")
    var (first, second) = (try curve(run), try curve(run, alphas: [0, 1]))
    first.selected = first.selections.first
    second.selected = second.selections.first
    var results = ResultsTable()
    try results.add(first, of: run.folder, run.record)
    let before = results.table.rows.count
    try results.add(second, of: run.folder, run.record)
    let (rule, words) = (7, 16)
    #expect(results.table.rows.allSatisfy { $0.count == 17 && !$0[words].isEmpty })
    // The scores are those of the first curve; only what the second's rules choose comes again, with its name.
    let added = results.table.rows[before...]
    #expect(!added.isEmpty && added.allSatisfy { !$0[rule].isEmpty && $0[words] == "0.0 1.0 on sketches" })
  }

  @Test("An average that is made of marked scores is marked in the table of results")
  func markedAverage() throws {
    let run = try run("linear", "one")
    var shift = try scores("sketches", .shift)
    shift.provenance?.overlaps.test = 3
    var results = ResultsTable()
    try results.add(curve(run, shift: shift), of: run.folder, run.record)
    let averages = results.table.rows.filter { $0[4] == "average_shift" }
    #expect(
      !averages.isEmpty && averages.allSatisfy { $0[15].contains("sketches: 3 images are test images") })
  }

  @Test("Validation images that were scored apart are validation images in the table of results")
  func validationRole() throws {
    let run = try run("linear", "one")
    var scores = try scores("memory", .target)
    scores.provenance?.isSelectionSet = true
    scores.provenance?.imagesSHA256 = run.record.data.validation.sha256
    var results = ResultsTable()
    try results.add(scores, alpha: 1, of: run.folder, run.record)
    #expect(results.table.rows.allSatisfy { $0[5] == "validation" })
  }

  @Test("A run without what it tuned says so in words, with the run's place and what to do")
  func missingFile() throws {
    let run = try run("linear", "one")
    #expect(run.folder.missingFile(run.record) == nil)
    try FileManager.default.removeItem(at: run.folder.tunedFile)
    #expect(run.folder.missingFile(run.record)?.contains("tuned.safetensors") == true)
    let error = #expect(throws: TrainingError.self) { try LoadedRun.load(run.folder) }
    #expect(error?.description.contains("one/tuned.safetensors") == true)
    #expect(error?.description.contains("train the run anew") == true)
  }

  @Test("Runs from other models cannot be compared")
  func otherModels() throws {
    let one = try run("linear", "one")
    let other = try TinyTraining()
    let weights = try other.model().place.appendingPathComponent("model.safetensors")
    var state = try SafetensorsFile(url: weights).stateDict()
    let name = "logit_scale"
    if let scale = state[name] { state[name] = .init([scale.item + 1], shape: scale.shape) }
    try SafetensorsFile.write(state, to: weights)
    _ = try other.run("linear", name: "two")
    let two = try LoadedRun.load(RunFolder(other.folder.file("two")))
    #expect(refusal([(one, try curve(one)), (two, try curve(two))]).contains("different models"))
  }
}
