import Checkpoint
import Experiments
import Foundation
import PEFT
import TestSupport
import Testing
import Training

/// A study's results as tables: everything scored, nothing else, and the same bytes each time.
@Suite("Collecting a study")
struct StudyCollectTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let yaml = """
    name: tables
    cell: {model: world, data: {dataset: shapes}}
    axes:
      method: [lora, ssf]
      seed: 2
    score: {alphas: [0, 1]}
    """

  /// LoRA has 60 and 80 of 100 right by its seeds, SSF 50.
  private func study() throws -> SyntheticStudy {
    var study = try SyntheticStudy(Self.yaml)
    study.said = { labels in
      let seed = labels["seed"] == "seed=1" ? 1 : 2
      let correct = labels["method"] == "ssf" ? 50 : seed == 1 ? 60 : 80
      var said = SyntheticStudy.Said(method: labels["method"] ?? "", seed: seed)
      said.options = #"{"rank": 4}"#
      said.sets = [
        ("target", "photos", [SyntheticStudy.right(30, of: 100), SyntheticStudy.right(correct, of: 100)]),
        ("shift", "sketches", [SyntheticStudy.right(2, of: 10), SyntheticStudy.right(1, of: 10)]),
      ]
      said.marks = #"["3 images, \"seen\" in training"]"#
      said.selected = 1
      return said
    }
    return study
  }

  private func text(_ name: String, in out: String = "out") throws -> String {
    try String(contentsOf: folder.file("\(out)/\(name)"), encoding: .utf8)
  }

  @Test("Each value is a line with its exact interval, and what needs quotes has them")
  func lines() throws {
    let summary = try StudyCollector(study().source).write(to: folder.file("out"))
    // Of each run: validation while training; two sets and the average over shifts at two alphas.
    #expect(summary.lines == 4 * (1 + 2 * 3) && summary.done == 4 && summary.missing.isEmpty)
    let lines = try text("results.csv").split(separator: "\n").map(String.init)
    #expect(
      lines[0]
        == "cell,method_label,seed_label,choice,method,options,seed,tuned_parameters,head_parameters,dataset,role,alpha,rule,"
        + "metric,value,ci_low,ci_high,n,precision,images_sha256,marks")
    let line = try #require(lines.first { $0.contains(",photos,target,1.0,") })
    #expect(
      line.hasPrefix(
        "\"lora,seed=1\",lora,seed=1,,lora,rank=4,1,100,10,photos,target,1.0,one-standard-error,top1,0.6,0.497"
      ))
    #expect(line.hasSuffix(",\"3 images, \"\"seen\"\" in training\""))
    let exact = try #require(lines.first { $0.contains(",sketches,shift,1.0,") }).split(separator: ",")
    // Of 1 in 10: 1 − 0.975^(1/10), and the root of the upper tail.
    #expect(abs(try #require(Double(exact[15])) - (1 - pow(0.975, 0.1))) < 1e-9)
  }

  @Test("The same study is the same bytes, wherever it is written")
  func bytes() throws {
    _ = try StudyCollector(study().source).write(to: folder.file("out"))
    _ = try StudyCollector(study().source).write(to: folder.file("other"))
    // Written again in its place.
    _ = try StudyCollector(study().source).write(to: folder.file("out"))
    for name in ["results.csv", "tables/units.csv", "tables/units.md", "tables/units.tex"] {
      #expect(try text(name) == text(name, in: "other"))
      #expect(try !text(name).contains(folder.url.path))
    }
  }

  @Test("Means are over seeds, with an interval that holds the seeds’ chance; of one seed it is exact")
  func means() throws {
    _ = try StudyCollector(study().source).write(to: folder.file("out"))
    let rows = try text("tables/units.csv").split(separator: "\n").map { $0.split(separator: ",") }
    let column = try #require(rows[0].firstIndex(of: "fine_tuned_target"))
    let lora = try #require(rows.first { $0[0] == "lora" })
    #expect(lora[column] == "0.7")
    // Student's t over 0.6 and 0.8 alone is wider than all there is.
    #expect(lora[column + 1] == "0.0" && lora[column + 2] == "1.0")
    let ssf = try #require(rows.first { $0[0] == "ssf" })
    #expect(ssf[column] == "0.5")
    #expect(abs(try #require(Double(ssf[column + 1])) - 0.398) < 1e-3)
  }

  @Test("Runs that failed or are not done are named, and the others are there")
  func lacking() throws {
    var study = try study()
    let said = study.said
    study.said = { $0 == ["method": "ssf", "seed": "seed=2"] ? nil : said($0) }
    let failure = try JSONFormat.decode(
      CellFailure.self,
      from: Data(
        #"{"cell": "lora,seed=2", "id": "lora-1", "reason": "no memory", "exit_code": 70, "host": "h", "when": "w"}"#
          .utf8))
    study.failures = [try study.plan.place(named: "lora,seed=2"): failure]
    let summary = try StudyCollector(study.source).write(to: folder.file("out"))
    #expect(summary.missing == ["ssf,seed=2"] && summary.done == 2 && summary.units == 2)
    #expect(summary.failed.map(\.run) == ["lora,seed=2"] && summary.failed[0].reason == "no memory")
  }

  @Test("Different images of one name are refused, both runs named, and what was there stays")
  func otherImages() throws {
    _ = try StudyCollector(study().source).write(to: folder.file("out"))
    let before = try text("results.csv")
    var study = try study()
    let said = study.said
    study.said = { labels in
      var one = said(labels)
      if labels["method"] == "ssf" { one?.images = "x" }
      return one
    }
    let error = #expect(throws: TrainingError.self) {
      try StudyCollector(study.source).write(to: folder.file("out"))
    }
    let words = error?.description ?? ""
    #expect(words.contains("lora,seed=1 and ssf,seed=1") && words.contains("photos"))
    #expect(try text("results.csv") == before)
    #expect(throws: TrainingError.self) { try StudyAnalyst(study.source) }
  }

  @Test("A file that is not of a study is not written over")
  func strangers() throws {
    try FileManager.default.createDirectory(at: folder.file("out"), withIntermediateDirectories: true)
    try folder.write("mine", to: "out/results.csv")
    #expect(throws: CheckpointError.self) { try StudyCollector(study().source).write(to: folder.file("out")) }
    #expect(try text("results.csv") == "mine")
  }

  @Test("Ten thousand runs are collected, each once")
  func many() throws {
    let methods = MethodRegistry.all.prefix(10).map { $0.name }
    var study = try SyntheticStudy(
      """
      name: many
      cell: {model: world, data: {dataset: shapes}}
      axes:
        method: [\(methods.joined(separator: ", "))]
        seed: 1000
      score: {alphas: [0, 1]}
      """)
    study.said = { labels in
      var said = SyntheticStudy.Said(method: labels["method"] ?? "")
      said.sets = [("target", "photos", [[true, false], [true, true]])]
      return said
    }
    let summary = try StudyCollector(study.source).write(to: folder.file("out"))
    #expect(summary.runs == 10_000 && summary.done == 10_000 && summary.units == 10)
    let lines = try text("results.csv").split(separator: "\n")
    #expect(lines.count == 1 + 10_000 * 3 && Set(lines).count == lines.count)
  }

  @Test("A search’s runs are in a table of their own, and what was chosen beside each run")
  func searches() throws {
    var study = try SyntheticStudy(Self.yaml + "\nsearch: {try: {optimizer.lr: [1e-3, 1e-2]}}\n")
    study.said = { labels in
      var said = SyntheticStudy.Said(method: labels["method"] ?? "")
      said.validation = 0.25
      return said
    }
    let source = StudySource(
      plan: study.plan, choice: { _ in "lr=0.01" }, result: study.result)
    let summary = try StudyCollector(source).write(to: folder.file("out"))
    let (results, search) = (
      try text("results.csv").split(separator: "\n"), try text("search.csv").split(separator: "\n")
    )
    // Four runs that count, and two candidates of each method.
    #expect(results.count == 1 + 4 && search.count == 1 + 4 && summary.lines == 8)
    #expect(search[1].hasPrefix("\"lora,try=1("))
    #expect(results[1].contains(",lr=0.01,lora,"))
  }
}
