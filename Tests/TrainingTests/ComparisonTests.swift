import Checkpoint
import Datasets
import EvalShift
import Experiments
import Foundation
import Report
import TensorCore
import Testing
import Training
import TrainingTestSupport
import WiSE

/// Runs are compared image by image, by what their folders keep.
@Suite("Comparisons of runs")
struct ComparisonTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  /// A finished run with what it says of 40 images, which its folder keeps.
  private func scored(
    _ method: String, _ name: String, seed: UInt64, features: Bool = false, images count: Int = 40
  ) throws -> (run: LoadedRun, kept: KeptPredictions) {
    _ = try tiny.run(method, name: name, seed: seed)
    let run = try LoadedRun.load(RunFolder(tiny.folder.file(name)))
    let images = try TinyTraining.images(count: count, seed: 9)
    let set = try EvaluationSet(
      images, role: .target, images: ImageList(ImageList.entries(of: images, in: 0..<count)), seen: nil,
      headClasses: run.record.data.classes)
    let report = try EvalShiftJob(
      model: ScoredModel(run: run), alpha: 1, sets: [set], predictionsFolder: run.folder.predictionsFolder,
      keepsFeatures: features
    ).execute()
    let file = try #require(report.predictions?.first)
    return (run, try KeptPredictions(contentsOf: URL(fileURLWithPath: file)))
  }

  private func model(_ scored: (run: LoadedRun, kept: KeptPredictions), _ group: String) -> ComparedModel {
    ComparedModel(
      name: scored.run.folder.url.lastPathComponent, group: group, method: scored.run.record.method,
      seed: scored.run.record.settings.seeds.all, tunedParameters: 1, alpha: 1, kept: scored.kept)
  }

  @Test("Predictions that are kept read back whole: images, competitors, features and scores")
  func kept() throws {
    let (run, kept) = try scored("lora", "a", seed: 1, features: true)
    #expect(kept.logits.shape == [40, 3] && kept.targets.count == 40)
    #expect(kept.features?.shape == [40, 16])
    #expect(kept.images.entries.map(\.path) == (0..<40).map { "\($0).png" })
    #expect(kept.weightsSHA256 == run.record.result?.tunedSha256)
    let again = try kept.predictions()
    #expect(again.correct == kept.scores.correct && again.images == kept.images)
    let listed = try KeptPredictions.files(in: run.folder.predictionsFolder) { Issue.record("\($0)") }
    #expect(listed.map(\.imagesSHA256) == [kept.images.sha256] && listed[0].scores == kept.scores)
  }

  @Test("Predictions are of a set only in the same role, of the same classes and groups")
  func ofASet() throws {
    let (run, kept) = try scored("lora", "a", seed: 1)
    func set(_ role: DatasetRole, _ competition: Competition, classes: Int = 3) throws -> EvaluationSet {
      let own = Array(run.record.data.classes.prefix(classes))
      let images = try TinyTraining.images(count: 40, seed: 9).restricted(to: own)
      return try EvaluationSet(
        images, role: role, images: ImageList(ImageList.entries(of: images, in: 0..<images.count)), seen: nil,
        headClasses: run.record.data.classes, competition: competition)
    }
    #expect(try kept.areOf(set(.target, .subset)))
    #expect(try !kept.areOf(set(.shift, .subset)))
    #expect(try !kept.areOf(set(.target, .full)))
    #expect(try !kept.areOf(set(.target, .subset, classes: 2)))
  }

  @Test("A drop is from the target that is compared on, whatever the shift was scored beside")
  func twins() throws {
    let (run, target) = try scored("lora", "a", seed: 1)
    let two = Array(run.record.data.classes.prefix(2))
    let images = try TinyTraining.images(count: 30, seed: 4).restricted(to: two)
    let set = try EvaluationSet(
      images, name: "two", role: .shift,
      images: ImageList(ImageList.entries(of: images, in: 0..<images.count)),
      seen: nil, headClasses: run.record.data.classes)
    let report = try EvalShiftJob(
      model: ScoredModel(run: run), alpha: 1, sets: [set], predictionsFolder: run.folder.predictionsFolder
    ).execute()
    let shift = try KeptPredictions(contentsOf: URL(fileURLWithPath: try #require(report.predictions?.first)))
    #expect(shift.scores.drop == nil)
    let twin = try #require(try shift.twin(in: target))
    // The images of the two classes, of 40 in turn of three.
    #expect(twin.n == 27 && twin.dataset == target.scores.dataset)
    let summary = try #require(
      try RobustnessSummary(
        run: "a", group: "lora", alpha: 1, sets: [target, shift], curves: [], table: nil,
        resampling: Resampling(rounds: 100)))
    #expect(abs(try #require(summary.averageDrop) - (twin.top1 - shift.scores.top1)) < 1e-12)
    #expect(summary.averageRelative == nil && summary.frontier == nil)
  }

  @Test(
    "What is relative to zero-shot is found in any curve of the run; other images and precisions say nothing")
  func relative() throws {
    let (run, target) = try scored("lora", "a", seed: 1)
    let images = try TinyTraining.images(count: 20, seed: 5)
    let set = try EvaluationSet(
      images, name: "elsewhere", role: .shift,
      images: ImageList(ImageList.entries(of: images, in: 0..<20)), seen: nil,
      headClasses: run.record.data.classes)
    let report = try EvalShiftJob(
      model: ScoredModel(run: run), alpha: 1, sets: [set], predictionsFolder: run.folder.predictionsFolder
    ).execute()
    let kept = try KeptPredictions(contentsOf: URL(fileURLWithPath: try #require(report.predictions?.first)))
    func curve(_ shifts: [DatasetScores]) -> WiseCurve {
      WiseCurve(
        .init(run: run),
        points: [0, 1].map {
          .init(alpha: $0, target: target.scores, shifts: shifts, averageShift: nil, validation: nil)
        })
    }
    func relative(_ curves: [WiseCurve]) throws -> Double? {
      try RobustnessSummary(
        run: "a", group: "lora", alpha: 1, sets: [target, kept], curves: curves, table: nil,
        resampling: Resampling(rounds: 100))?.averageRelative
    }
    #expect(try relative([curve([]), curve([kept.scores])]) == 0)
    #expect(try relative([curve([])]) == nil)
    var other = kept.scores
    other.provenance?.precision = "another"
    #expect(try relative([curve([other])]) == nil)
  }

  @Test("A file of predictions whose numbers are none names itself and what to do")
  func damagedNumbers() throws {
    let (run, _) = try scored("lora", "a", seed: 1)
    let folder = run.folder.predictionsFolder
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    let file = folder.appendingPathComponent(name)
    let whole = try SafetensorsFile(url: file).stateDict()
    for (tensor, damage) in [
      ("logits", Tensor([Float](repeating: .nan, count: 120), shape: [40, 3])),
      ("target", Tensor([Int32](repeating: 2_143_289_344, count: 40), shape: [40])),
    ] {
      var state = whole
      state[tensor] = damage
      try SafetensorsFile.write(state, to: file)
      let error = #expect(throws: TrainingError.self) { try KeptPredictions(contentsOf: file) }
      #expect(error?.description.contains(name) == true, "\(tensor)")
      #expect(error?.description.contains("clipft eval-shift") == true, "\(tensor)")
    }
  }

  @Test("The mean of several seeds has the interval that a report gives it")
  func meanInterval() throws {
    let found = try [1, 2].map { try scored("lora", "lora-\($0)", seed: UInt64($0)) }
    let other = try scored("full", "full-1", seed: 1)
    let comparison = try Comparison(
      found.map { model($0, "lora") } + [model(other, "full")], resampling: Resampling(rounds: 100))
    let method = try #require(comparison.methods.first { $0.group == "lora" })
    let scores = found.map(\.kept.scores)
    let expected = try #require(
      SeedInterval.bounds(of: scores.map(\.top1), own: scores.map(\.top1Interval), limits: 0...1))
    #expect(method.top1Interval == expected)
  }

  @Test("A damaged file of predictions, and one of another version, is said and passed over, never believed")
  func damaged() throws {
    let (run, _) = try scored("lora", "a", seed: 1)
    let folder = run.folder.predictionsFolder
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    let file = folder.appendingPathComponent(name)
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(bytes.count - 400..<bytes.count, with: Data(repeating: 0xFF, count: 400))
    try bytes.write(to: file)
    #expect(throws: (any Error).self) { try KeptPredictions(contentsOf: file).predictions() }
    try Data("nothing".utf8).write(to: folder.appendingPathComponent("b.safetensors"))
    var warnings: [String] = []
    #expect(try KeptPredictions.files(in: folder) { warnings.append($0) }.count == 1)
    #expect(warnings.count == 1 && warnings[0].contains("b.safetensors"))
  }

  @Test("Pairs of methods stand beside what another seed does; Holm's correction counts no pair of seeds")
  func compared() throws {
    let models = try [
      model(scored("lora", "lora-1", seed: 1, features: true), "lora"),
      model(scored("lora", "lora-2", seed: 2, features: true), "lora"),
      model(scored("full", "full-1", seed: 1, features: true), "full"),
    ]
    let comparison = try Comparison(models, resampling: Resampling(rounds: 200))
    #expect(comparison.runs.map(\.run) == ["lora-1", "lora-2", "full-1"] && comparison.n == 40)
    #expect(comparison.pairs.count == 3 && comparison.pairs.map(\.isOfSeeds) == [true, false, false])
    #expect(comparison.pairs[0].holm == nil)
    for pair in comparison.pairs.dropFirst() {
      #expect(try #require(pair.holm) >= pair.mcNemar)
      for metric in PairMetricRegistry.all where metric.key != "kappa" && metric.key != "error_consistency" {
        #expect(pair.values[metric.key] != nil, "\(metric.key)")
      }
      #expect(pair.intervals["difference"] != nil && pair.intervals["cka"] == nil)
    }
    #expect(
      comparison.methods.map(\.group) == ["lora", "full"] && comparison.methods.map(\.seeds) == [2, 1])
    #expect(comparison.methods[0].seedDeviation != nil && comparison.methods[1].seedDeviation == nil)
    #expect(comparison.methods[1].top1Interval == comparison.runs[2].top1Interval)
    #expect(comparison.groups.map { [$0.a, $0.b] } == [["lora", "lora"], ["lora", "full"]])
    #expect(comparison.groups.map(\.pairs) == [1, 2])
    #expect(comparison.seedBaseline["agreement"]?.pairs == 1)
    let overlap = try #require(comparison.confident)
    #expect(overlap.size == 4)
    for regions in [overlap.most, overlap.least] {
      for name in ["lora-1", "full-1"] {
        #expect(
          regions.filter { $0.key.split(separator: "+").contains(Substring(name)) }.values.reduce(0, +) == 4)
      }
    }
    let json = try JSONEncoder().encode(comparison)
    #expect(try JSONDecoder().decode(Comparison.self, from: json) == comparison)
  }

  @Test("Runs over other images are refused, saying how many differ")
  func otherImages() throws {
    let models = try [
      model(scored("lora", "a", seed: 1), "a"), model(scored("lora", "b", seed: 2, images: 30), "b"),
    ]
    let error = #expect(throws: TrainingError.self) { try Comparison(models) }
    #expect(error?.description.contains("10 of 40 images") == true, "\(error?.description ?? "")")
    #expect(throws: TrainingError.self) { try Comparison([models[0]]) }
  }

  // MARK: Curves

  /// A curve on a target of all classes and a shift of two of them, with the validation images.
  private func traced(_ run: LoadedRun) throws -> (curve: WiseCurve, predictions: CurvePredictions) {
    let classes = run.record.data.classes
    func set(_ count: Int, _ seed: UInt64, _ role: DatasetRole, _ own: [DatasetClass]) throws -> EvaluationSet
    {
      let images = try TinyTraining.images(count: count, seed: seed).restricted(to: own)
      return try EvaluationSet(
        images, name: role == .shift ? "two" : "all\(seed)", role: role,
        images: ImageList(ImageList.entries(of: images, in: 0..<images.count)), seen: nil,
        headClasses: classes)
    }
    let suite = EvaluationSuite(
      target: try set(30, 1, .target, classes), shifts: [try set(30, 2, .shift, Array(classes.prefix(2)))],
      validation: try set(12, 3, .target, classes))
    return try WiseJob(
      model: ScoredModel(run: run), subject: .init(run: run), alphas: [0, 0.5, 1], suite: suite,
      resampling: Resampling(rounds: 200)
    ).execute()
  }

  @Test(
    "Along a curve a temperature is fitted on validation images, twins have the shift's classes, and the frontier an interval"
  )
  func curve() throws {
    _ = try tiny.run("lora", name: "a", seed: 1)
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("a")))
    let (curve, predictions) = try traced(run)
    for point in curve.points {
      for scores in [point.target, point.shifts[0], try #require(point.validation)] {
        #expect(scores["temperature"] != nil && scores["ece_temperature_scaled"] != nil)
        #expect(scores["temperature"] == point.target["temperature"])
      }
      let scaled = try #require(point.validation?["nll_temperature_scaled"])
      #expect(scaled <= (point.validation?["nll"] ?? 0) + 1e-9)
      let twin = try #require(point.shifts[0].twin)
      #expect(twin.dataset == "all1" && twin.n == 20 && twin.correct <= twin.n)
      #expect(point.target.twin == nil)
      let drop = try #require(point.shifts[0].drop)
      #expect(abs(drop.value - (twin.top1 - point.shifts[0].top1)) < 1e-12)
    }
    let frontier = try #require(curve.frontier)
    let bounds = try #require(frontier.hypervolumeBounds)
    #expect(bounds.lower <= bounds.upper && frontier.hypervolume > 0 && !frontier.members.isEmpty)
    #expect(predictions.sets.map(\.dataset) == ["all1", "two", "all3"])
    for (place, point) in curve.points.enumerated() {
      #expect(predictions.sets[0].correct(place).count { $0 } == point.target.correct)
    }
  }

  @Test("What was said of every image is kept beside its curve, reads back, and is refused when damaged")
  func keptCurve() throws {
    _ = try tiny.run("lora", name: "a", seed: 1)
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("a")))
    let (curve, predictions) = try traced(run)
    try run.folder.keep(curve, predictions)
    #expect(try run.folder.curve() == curve)
    #expect(try run.folder.predictions(of: curve) == predictions)
    let folder = run.folder.url.appendingPathComponent("curves")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasSuffix(".safetensors") })
    let file = folder.appendingPathComponent(name)
    try Data(contentsOf: file).prefix(200).write(to: file)
    let error = #expect(throws: TrainingError.self) { try run.folder.predictions(of: curve) }
    #expect(error?.description.contains("clipft wise") == true)
  }

  @Test("A report of traced runs has what is found image by image, and says where it has not")
  func report() throws {
    var all: [ComparableRuns.Traced] = []
    for (method, name, seed) in [("lora", "l1", 1), ("lora", "l2", 2), ("full", "f1", 1)]
      as [(String, String, UInt64)]
    {
      _ = try tiny.run(method, name: name, seed: seed)
      let run = try LoadedRun.load(RunFolder(tiny.folder.file(name)))
      let (curve, predictions) = try traced(run)
      try run.folder.keep(curve, predictions)
      all.append((run, curve))
    }
    func document() throws -> ReportDocument {
      try ReportBuilder(runs: ComparableRuns(all), sets: [], descriptions: [:])
        .document(title: "", subtitle: "", generated: Date(timeIntervalSince1970: 0))
    }
    let whole = try document()
    let paired = try #require(whole.paired)
    let gain = try #require(
      paired.first {
        $0.dataset == "all1" && $0.from.place == .zeroShot && $0.to == .init(.fineTuned, of: "lora")
      })
    let accuracies = all.prefix(2).compactMap { $0.curve.point(at: 1)?.target.top1 }
    let start = try #require(all[0].curve.point(at: 0)?.target.top1)
    #expect(abs(gain.difference - (accuracies.reduce(0, +) / 2 - start)) < 1e-12)
    #expect(gain.ci95.lower <= gain.difference && gain.difference <= gain.ci95.upper)
    let average = paired.first { $0.dataset == nil && $0.to == .init(.fineTuned, of: "lora") }
    let shift = paired.first { $0.dataset == "two" && $0.to == .init(.fineTuned, of: "lora") }
    #expect(average?.difference == shift?.difference && average?.ci95 == shift?.ci95 && shift != nil)
    #expect(whole.agreement?.map(\.dataset) == ["all1", "two"])
    #expect(whole.agreement?.first?.seeds.map(\.method) == ["lora"])
    #expect(whole.reliability?.count == 4 && whole.reliability?.allSatisfy { $0.temperature != nil } == true)
    #expect(!whole.cautions.contains { $0.contains("each image") })

    let curves = all[2].run.folder.url.appendingPathComponent("curves")
    for name in try FileManager.default.contentsOfDirectory(atPath: curves.path)
    where name.hasSuffix(".safetensors") {
      try FileManager.default.removeItem(at: curves.appendingPathComponent(name))
    }
    let partial = try document()
    #expect(partial.paired == nil && partial.cautions.contains { $0.contains("each image") })
  }

  @Test("The table of results has a line for each score, once, with the metric's interval")
  func results() throws {
    _ = try tiny.run("lora", name: "a", seed: 1)
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("a")))
    let (curve, _) = try traced(run)
    var results = ResultsTable()
    try results.add(curve, of: run.folder, run.record)
    let lines = results.table.rows.count
    try results.add(curve, of: run.folder, run.record)
    try results.add(try #require(curve.points.last?.target), alpha: 1, of: run.folder, run.record)
    #expect(results.table.rows.count == lines)
    let columns = results.table.columns
    func field(_ row: [String], _ name: String) -> String { row[columns.firstIndex(of: name) ?? 0] }
    let nll = try #require(
      results.table.rows.first { field($0, "metric") == "nll" && field($0, "alpha") == "1.0" })
    #expect(Double(field(nll, "ci_low")) != nil && field(nll, "dataset") == "all1")
    #expect(results.table.rows.contains { field($0, "metric") == "drop" && field($0, "dataset") == "two" })
    #expect(results.table.rows.contains { field($0, "dataset") == "average_shift" })
  }
}
