import Checkpoint
import Experiments
import Foundation
import PEFT
import Report
import TestSupport
import Testing
import Training

/// What a study is said to have found is what its numbers say, and no more.
@Suite("Answers of a study")
struct StudyAnswersTests {
  private static let images = 400

  /// Axes of methods, three seeds and two numbers of shots.
  private func study(
    _ methods: String, seeds: Int = 3, shots: Bool = true,
    _ said: @escaping (_ method: String, _ shots: String, _ seed: Int) -> SyntheticStudy.Said?
  ) throws -> SyntheticStudy {
    var study = try SyntheticStudy(
      """
      name: asked
      cell: {model: world, data: {dataset: shapes}}
      axes:
      \(shots ? "  data.shots: [4, none]\n" : "")  method: [\(methods)]
        seed: \(seeds)
      score: {alphas: [0, 0.5, 1]}
      """)
    study.said = { labels in
      said(
        labels["method"] ?? "", labels["data.shots"] ?? "",
        Int((labels["seed"] ?? "").dropFirst("seed=".count)) ?? 0)
    }
    return study
  }

  private func range(_ range: Range<Int>) -> [Bool] { (0..<Self.images).map(range.contains) }

  /// A run with these images right at alpha 0, 0.5 and 1 on the target, and as many on a shift.
  private func run(
    _ method: String, _ seed: Int, target: [[Bool]], shift: [[Bool]]? = nil, tuned: Int = 100,
    selected: Double? = nil
  ) -> SyntheticStudy.Said {
    var said = SyntheticStudy.Said(method: method, tuned: tuned, seed: seed, alphas: [0, 0.5, 1])
    said.sets = [("target", "photos", target)] + (shift.map { [("shift", "sketches", $0)] } ?? [])
    said.selected = selected
    return said
  }

  private func answers(_ study: SyntheticStudy) throws -> StudyAnswers {
    try StudyAnalyst(study.source).document().answers
  }

  private func claim(_ answers: StudyAnswers, _ question: String, _ place: Int) throws -> StudyClaim {
    let claims = try #require(answers.questions.first { $0.key == question }).claims
    return try #require(claims.indices.contains(place) ? claims[place] : nil)
  }

  // MARK: Verdicts

  @Test("An interval that touches a threshold resolves nothing")
  func boundaries() {
    func interval(_ lower: Double, _ upper: Double) -> ConfidenceInterval {
      .init(lower: lower, upper: upper)
    }
    #expect(StudyVerdict(above: 0, interval(0, 0.1)) == .notResolved)
    #expect(StudyVerdict(above: 0, interval(-0.1, 0)) == .notResolved)
    #expect(StudyVerdict(above: 0, interval(0, 0)) == .notResolved)
    #expect(StudyVerdict(above: 0, interval(0.001, 0.1)) == .supported)
    #expect(StudyVerdict(above: 0, interval(-0.1, -0.001)) == .contradicted)
    #expect(StudyVerdict(below: 0.02, interval(0, 0.02)) == .notResolved)
    #expect(StudyVerdict(below: 0.02, interval(0, 0.019)) == .supported)
    #expect(StudyVerdict(below: 0.02, interval(0.021, 0.1)) == .contradicted)
  }

  @Test("One method trains everything, and one nothing but the head: what all others are set beside")
  func extents() {
    for extent in [TrainedExtent.head, .whole] {
      #expect(MethodRegistry.all.count { $0.extent == extent } == 1)
    }
  }

  @Test("Where the runs with many images are not done, the page says of what it speaks instead")
  func unfinished() throws {
    let study = try study("linear, lora") { _, shots, seed in
      shots == "shots=4" ? run("lora", seed, target: [range(0..<100), range(0..<100), range(0..<200)]) : nil
    }
    let cautions = try answers(study).cautions
    #expect(
      cautions.contains(
        "no run with all images is done: what is said of many images is said of 4 images a class"),
      "\(cautions)")
    let whole = try self.study("linear, lora") { _, _, seed in
      run("lora", seed, target: [range(0..<100), range(0..<100), range(0..<200)])
    }
    #expect(try answers(whole).cautions.allSatisfy { !$0.contains("is done") })
  }

  @Test("Few images may be looked at longer than many: an axis that says both is one of images")
  func namedShots() throws {
    var study = try SyntheticStudy(
      """
      name: asked
      cell: {model: world, data: {dataset: shapes}}
      axes:
        images:
          few: {data: {shots: 4}, schedule: {epochs: 50}}
          whole: {data: {shots: none}}
        method: [linear, lora]
        seed: 3
      score: {alphas: [0, 0.5, 1]}
      """)
    study.said = { labels in
      run(labels["method"] ?? "", 1, target: [range(0..<100), range(0..<100), range(0..<200)])
    }
    #expect(try answers(study).guide.map(\.setting) == ["4 images a class", "all images"])
  }

  @Test(
    "Images a class that every run has are those of no run but these: a piece that says otherwise makes it an open question"
  )
  func overridden() throws {
    var study = try SyntheticStudy(
      """
      name: asked
      cell: {model: world, data: {dataset: shapes, shots: 4}}
      axes:
        images: {few: {schedule: {epochs: 9}}, whole: {data: {shots: none}}}
        method: [linear, lora]
        seed: 3
      score: {alphas: [0, 0.5, 1]}
      """)
    study.said = { labels in
      run(labels["method"] ?? "", 1, target: [range(0..<100), range(0..<100), range(0..<200)])
    }
    #expect(try claim(answers(study), "many-shot", 1).verdict != .notAsked)
  }

  @Test("What a study has no runs for is not asked: many images, methods, alphas between the ends")
  func onlyWhatItHas() throws {
    var study = try SyntheticStudy(
      """
      name: asked
      cell: {model: world, data: {dataset: shapes, shots: 4}}
      axes:
        method: [linear, full, {name: lora, options: {rank: [1, 8]}}]
        seed: 3
      score: {alphas: [0, 1]}
      """)
    study.said = { labels in
      let method = labels["method"]?.prefix { $0 != "(" } ?? ""
      var said = run(
        String(method), 1, target: [range(0..<100), range(0..<200)], shift: [range(0..<100), range(0..<90)])
      said.alphas = [0, 1]
      return said
    }
    let answers = try answers(study)
    #expect(try claim(answers, "low-shot", 0).verdict == .notAsked)
    #expect(try claim(answers, "low-shot", 1).verdict != .notAsked)
    for place in 0..<3 { #expect(try claim(answers, "many-shot", place).verdict == .notAsked) }
    #expect(try claim(answers, "many-shot", 0).detail.contains("All runs have 4 images a class"))
    #expect(try claim(answers, "robustness", 0).verdict != .notAsked)
    for place in 1...2 { #expect(try claim(answers, "robustness", place).verdict == .notAsked) }
  }

  // MARK: Questions

  @Test("Few images are those of the fewest shots: what is better there is said to be, by how much")
  func lowShot() throws {
    let right = ["lora": 300, "ssf": 300, "linear": 200, "full": 260]
    let study = try study("linear, full, lora, ssf") { method, shots, seed in
      // With all images everything is alike.
      let count = shots == "shots=4" ? right[method] ?? 0 : 350
      return run(method, seed, target: [range(0..<100), range(0..<100), range(0..<count)])
    }
    let answers = try answers(study)
    let similar = try claim(answers, "low-shot", 0)
    #expect(similar.verdict == .supported && similar.estimate == 0)
    #expect(similar.detail.contains("Of 1 pairs of methods 0 differ"))
    let linear = try claim(answers, "low-shot", 1)
    #expect(linear.verdict == .supported)
    #expect(abs(try #require(linear.estimate) - 0.25) < 1e-12)
    #expect(linear.basis == "3 seeds, 400 images")
    let interval = try #require(linear.ci95)
    // A quarter of 400 images speaks for it: √(p(1 − p) / n) = 0.0217 in either direction, twice.
    #expect(abs(interval.lower - 0.207) < 0.003 && abs(interval.upper - 0.293) < 0.003)
    let full = try claim(answers, "low-shot", 2)
    #expect(full.verdict == .supported)
    #expect(abs(try #require(full.estimate) - 0.1) < 1e-12)
    let many = try claim(answers, "many-shot", 0)
    #expect(many.verdict == .notResolved && many.estimate == 0)
  }

  @Test("What is worse is contradicted, and methods far apart are not similar")
  func contradicted() throws {
    let right = ["lora": 300, "ssf": 100, "linear": 320, "full": 390]
    let study = try study("linear, full, lora, ssf", shots: false) { method, _, seed in
      run(method, seed, target: [range(0..<90), range(0..<90), range(0..<(right[method] ?? 0))])
    }
    let answers = try answers(study)
    let similar = try claim(answers, "low-shot", 0)
    #expect(similar.verdict == .contradicted && similar.estimate == 0.5)
    #expect(similar.detail.contains("The best is lora, the worst ssf. Of 1 pairs of methods 1 differ"))
    #expect(try claim(answers, "low-shot", 1).verdict == .contradicted)
    #expect(try claim(answers, "low-shot", 2).verdict == .contradicted)
    #expect(answers.questions[0].scope.contains("no axis of training images"))
  }

  @Test("Seeds that differ by more than methods leave the difference open")
  func unresolved() throws {
    let study = try study("linear, lora", seeds: 2, shots: false) { method, _, seed in
      let count = method == "lora" ? (seed == 1 ? 200 : 320) : 220
      return run(method, seed, target: [range(0..<90), range(0..<90), range(0..<count)])
    }
    let linear = try claim(try answers(study), "low-shot", 1)
    #expect(linear.verdict == .notResolved)
    #expect(abs(try #require(linear.estimate) - 0.1) < 1e-12)
  }

  /// Of three methods each image is right by two, and seeds of a method are alike.
  private func complementary(seeds: Int = 2) throws -> SyntheticStudy {
    try study("lora, ssf, bitfit", seeds: seeds, shots: false) { method, _, seed in
      let right =
        method == "lora"
        ? range(0..<300)
        : method == "ssf" ? range(100..<400) : zip(range(0..<100), range(300..<400)).map { $0 || $1 }
      var said = run(method, seed, target: [range(0..<90), range(0..<90), right])
      // Each is surest of images of its own.
      let place = method == "lora" ? 0 : method == "ssf" ? 1 : 2
      said.confidences = (0..<Self.images).map { $0 / 40 == place ? 0.9 : 0.5 }
      return said
    }
  }

  @Test("Methods that make other mistakes are told from seeds that make the same, and their vote gains by it")
  func complements() throws {
    let answers = try answers(try complementary())
    let agreement = try claim(answers, "complementary", 0)
    // Pairs share 200, 100 and 100 images that both have right, and none that both have wrong.
    let expected = 1 - (200.0 + 100 + 100) / 400 / 3
    #expect(agreement.verdict == .supported)
    #expect(abs(try #require(agreement.estimate) - expected) < 1e-12)
    let overlap = try claim(answers, "complementary", 1)
    #expect(overlap.verdict == .supported)
    #expect(abs(try #require(overlap.estimate) - 1) < 1e-12)
    let vote = try claim(answers, "complementary", 2)
    #expect(vote.verdict == .supported)
    #expect(abs(try #require(vote.estimate) - 0.25) < 1e-12)
    #expect(answers.questions[1].claims.allSatisfy { $0.basis.contains("2 seeds") })
  }

  @Test("One seed says nothing of seeds; the vote is still asked")
  func oneSeed() throws {
    let answers = try answers(try complementary(seeds: 1))
    #expect(try claim(answers, "complementary", 0).verdict == .notAsked)
    #expect(try claim(answers, "complementary", 2).verdict == .supported)
    #expect(answers.guide[0].target?.words.contains("says nothing of the chance of training") == true)
  }

  @Test("Larger sizes are compared with smaller ones of their method, and drawn as one line")
  func sizes() throws {
    let study = try study("{name: lora, options: {rank: [1, 8]}}, full", shots: false) { method, _, seed in
      let isLarge = method.contains("8")
      return run(
        method == "full" ? method : "lora", seed,
        target: [range(0..<90), range(0..<90), range(0..<(isLarge ? 300 : 200))],
        tuned: method == "full" ? 9_000 : isLarge ? 80 : 10)
    }
    let document = try StudyAnalyst(study.source).document()
    let size = try claim(document.answers, "many-shot", 2)
    #expect(size.verdict == .supported)
    #expect(abs(try #require(size.estimate) - 0.25) < 1e-12)
    let drawn = try #require(document.evidence.first { $0.question == "many-shot" }?.report.sizes?.first)
    #expect(drawn.points.map(\.family) == ["lora", "lora", nil])
    #expect(document.figures.contains { $0.name == "many-shot-tuned-parameters" })
  }

  /// LoRA keeps 200 of 400 under shift at alpha 1, full 100; halfway full is best everywhere.
  private func robust() throws -> SyntheticStudy {
    try study("full, lora", shots: false) { method, _, seed in
      let isFull = method == "full"
      return run(
        method, seed,
        target: [range(0..<200), range(0..<(isFull ? 380 : 320)), range(0..<300)],
        shift: [range(0..<160), range(0..<(isFull ? 240 : 210)), range(0..<(isFull ? 100 : 200))],
        selected: 0.5)
    }
  }

  @Test("Under shift, methods are compared at alpha 1, and interpolation with both its ends")
  func robustness() throws {
    let document = try StudyAnalyst(try robust().source).document()
    let shift = try claim(document.answers, "robustness", 0)
    #expect(shift.verdict == .supported)
    #expect(abs(try #require(shift.estimate) - 0.25) < 1e-12)
    #expect(
      shift.detail.contains("change by +10.0 (") && shift.detail.contains("full fine-tuning by −15.0 ("))
    let interpolation = try claim(document.answers, "robustness", 1)
    // At α = 0.5 the mean of (380 + 240) / 800 and (320 + 210) / 800; at 1 of 400 / 800 and 500 / 800; at 0 of 360 / 800.
    let gain = (620.0 + 530) / 1600 - (400.0 + 500) / 1600
    #expect(interpolation.verdict == .supported)
    #expect(abs(try #require(interpolation.estimate) - gain) < 1e-12)
    let balance = try claim(document.answers, "robustness", 2)
    #expect(balance.verdict == .supported)
    #expect(abs(try #require(balance.estimate) - 90.0 / 800) < 1e-12)
    #expect(document.figures.contains { $0.name == "robustness-target-against-shift" })
  }

  @Test("What the methods, sets and alphas do not allow is not asked, with the reason")
  func notAsked() throws {
    let study = try study("lora", shots: false) { method, _, seed in
      run(method, seed, target: [range(0..<90), range(0..<90), range(0..<200)])
    }
    let answers = try answers(study)
    for claim in answers.questions.flatMap(\.claims) {
      #expect(claim.verdict == .notAsked && claim.estimate == nil && !claim.detail.isEmpty)
    }
    #expect(answers.guide.count == 1 && answers.guide[0].shifts == nil)
    #expect(answers.guide[0].target?.words.contains("the only method") == true)
  }

  // MARK: Guide

  @Test("Of methods that are not told apart the one that tunes least is advised, and how sure that is")
  func guide() throws {
    let study = try study("linear, lora, ssf") { method, shots, seed in
      let count = method == "linear" ? 200 : shots == "shots=4" && method == "ssf" ? 299 : 300
      return run(
        method, seed, target: [range(0..<90), range(0..<90), range(0..<count)],
        tuned: method == "linear" ? 0 : method == "ssf" ? 10 : 1000)
    }
    let guide = try answers(study).guide
    #expect(guide.map(\.setting) == ["4 images a class", "all images"])
    let few = try #require(guide[0].target)
    #expect(few.best == "lora" && few.notToldApart == ["ssf"] && few.smallest == "ssf")
    #expect(few.smallestTuned == 10 && few.seeds == 3 && few.images == 400)
    // An image is a quarter of a point: seldom is it drawn five times.
    let share = try #require(few.smallestShare)
    #expect(share > 0.97 && few.bestShare == 1)
    // Of equal ones the smaller is the best.
    #expect(guide[1].target?.best == "ssf")
    #expect(guide[0].zeroShot?.top1 == 90.0 / 400)
  }

  @Test("Without what was said of each image intervals are wider, and it is said")
  func withoutPredictions() throws {
    func made(keeping: Bool) throws -> StudyAnswers {
      var study = try study("linear, lora, ssf", shots: false) { method, _, seed in
        run(
          method, seed, target: [range(0..<90), range(0..<90), range(0..<(method == "linear" ? 200 : 300))])
      }
      study.keepsPredictions = keeping
      return try answers(study)
    }
    let (with, without) = (try made(keeping: true), try made(keeping: false))
    #expect(with.cautions.isEmpty && without.cautions.contains { $0.contains("did not keep") })
    let (narrow, wide) = (
      try #require(try claim(with, "low-shot", 1).ci95), try #require(try claim(without, "low-shot", 1).ci95)
    )
    #expect(wide.lower < narrow.lower && wide.upper > narrow.upper)
    #expect(try claim(without, "complementary", 0).verdict == .notAsked)
    #expect(without.guide[0].target?.smallestShare == nil)
  }

  // MARK: Files

  @Test("Runs that lack are named on the page, names are escaped, and the same study is the same bytes")
  func page() throws {
    var study = try robust()
    let said = study.said
    study.said = { $0["method"] == "lora" && $0["seed"] == "seed=2" ? nil : said($0) }
    let failure = try JSONFormat.decode(
      CellFailure.self,
      from: Data(
        #"{"cell": "full,seed=3", "id": "f", "reason": "<no> memory", "exit_code": 70, "host": "h", "when": "w"}"#
          .utf8))
    study.failures = [try study.plan.place(named: "full,seed=3"): failure]
    let folder = try TemporaryFolder()
    for name in ["one", "other"] {
      let notes = try StudyReportWriter(folder.file(name), converter: nil)
        .write(try StudyAnalyst(study.source).document())
      #expect(notes.count == 1 && notes[0].contains("librsvg2-bin"))
    }
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.file(name), encoding: .utf8)
    }
    let page = try text("one/report.html")
    #expect(page.contains("lora,seed=2") && page.contains("full,seed=3 (&lt;no&gt; memory)"))
    #expect(page.contains("not asked by this study") && page.contains("supported"))
    for name in ["report.html", "study.json", "tables/answers.csv", "tables/guide.tex"] {
      #expect(try text("one/\(name)") == text("other/\(name)"))
    }
    let object = try JSONSerialization.jsonObject(with: Data(text("one/study.json").utf8))
    let found = try #require(object as? [String: Any])
    #expect((found["failed"] as? [[String: String]])?.first?["run"] == "full,seed=3")
    #expect((found["questions"] as? [Any])?.count == 4)
    // One seed is common to both methods.
    let answers = try answers(study)
    #expect(try claim(answers, "robustness", 0).basis.hasPrefix("1 seed,"))
  }

  @Test("A study without a scored run has no report")
  func empty() throws {
    let study = try study("lora") { _, _, _ in nil }
    #expect(throws: TrainingError.self) { try StudyAnalyst(study.source).document() }
  }
}
