import Datasets
import Experiments
import Foundation
import PEFT
import TestSupport
import Testing
import Training

/// A study's file is understood to the last key, or refused with the line.
@Suite("The file of a study")
struct StudyFileTests {
  private func study(_ text: String) throws -> Study {
    try StudyReader(file: SpecFile(text: text, path: "study.yaml", keepsHeader: true)).study()
  }

  private func refusal(_ text: String) -> String {
    let error = #expect(throws: (any Error).self) { try StudyPlan(study(text)) }
    return error.map { "\($0)" } ?? ""
  }

  private static let head = "name: s\naxes:\n  method: [linear, lora]\n"

  @Test("Every combination of the axes is a run, in the order of the file, the last axis fastest")
  func combinations() throws {
    let plan = try StudyPlan(
      study(
        """
        name: s
        axes:
          data.shots: [2, none]
          method: [linear, {name: lora, options: {rank: [1, 2]}}]
          seed: 2
        """))
    #expect(plan.cells.count == 2 * 3 * 2)
    #expect(
      plan.cells.prefix(5).map(\.name) == [
        "shots=2,linear,seed=1", "shots=2,linear,seed=2", "shots=2,lora(rank=1),seed=1",
        "shots=2,lora(rank=1),seed=2", "shots=2,lora(rank=2),seed=1",
      ])
    #expect(plan.cells[6].name == "shots=none,linear,seed=1")
    #expect(
      plan.labels(of: plan.cells[2]) == ["data.shots": "shots=2", "method": "lora(rank=1)", "seed": "seed=1"])
  }

  @Test("all is every method of the registry")
  func allMethods() throws {
    let plan = try StudyPlan(study("name: s\naxes: {method: all}"))
    #expect(plan.cells.map(\.name) == MethodRegistry.all.map { $0.name })
  }

  @Test("What skip names is left out, whether by label or by value")
  func skips() throws {
    let plan = try StudyPlan(
      study(Self.head + "  data.shots: [1, 2, 4]\nskip:\n  - {method: lora, data.shots: [1, \"shots=2\"]}"))
    #expect(plan.cells.map(\.name) == ["linear,shots=1", "linear,shots=2", "linear,shots=4", "lora,shots=4"])
    #expect(refusal(Self.head + "skip: [{method: [linear, lora]}]").contains("leaves no run"))
    #expect(refusal(Self.head + "skip: [{method: ssf}]").contains("line 4"))
    #expect(refusal(Self.head + "skip: [{shots: 1}]").contains("axis 'shots'"))
  }

  @Test("Pieces of a specification under names are an axis")
  func pieces() throws {
    let plan = try StudyPlan(
      study(
        """
        name: s
        axes:
          task:
            one: {data: {dataset: shapes}}
            another: {data: {dataset: shapes-r}}
        """))
    #expect(plan.cells.map(\.name) == ["one", "another"])
  }

  @Test(
    "What is wrong is said with its line",
    arguments: [
      ("name: s\naxes:\n  metod: [lora]\n  method: [lara]", "line 4: There is no fine-tuning method"),
      ("name: s\naxis: {method: all}", "line 2: there is no key 'axis', did you mean axes"),
      ("summary: x\naxes: {method: all}", "a study has a name"),
      ("name: a/b\naxes: {method: all}", "names a folder"),
      ("name: s", "a study has axes"),
      ("name: s\naxes:\n  seed: [-1]\n", "a seed is a whole number of at least 0"),
      ("name: s\naxes:\n  seed: [1, 1]\n", "has seed=1 twice"),
      ("name: s\naxes:\n  method: [{name: lora, options: {rnk: 2}}]", "line 3"),
      ("name: s\naxes:\n  method: []", "has no values"),
      ("name: s\naxes: {method: all}\nscore:\n  alphas: 0:1:0.3", "line 4"),
      ("name: s\naxes: {method: all}\nscore: {rule: oracle}", "looks at test images"),
      ("name: s\naxes: {method: all}\nscore: {alphas: [0, 1], rule: fixed}", "selects alpha 0.5"),
      ("name: s\naxes:\n  method: [lora]\n  method.options.rank: [1]\n  method.options: [{rank: 2}]", "says"),
      (
        "name: s\naxes: {method: [lora], data.shots: [1]}\nsearch: {try: {data.shots: [1, 2]}}",
        "axes.data.shots says as well"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}}\nfinal: {optimizer: {lr: 3}}",
        "search.try says as well"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {schedule.epochs: [1, 2]}, strategy: halving, trials: 2, rungs: [1, 2]}",
        "search.try says as well"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}, keep: 0.5}",
        "only strategy: halving"
      ),
      ("name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}, seed: 1}", "a grid tries all"),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}, strategy: random, trials: [5, 9]}",
        "one whole number"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}, strategy: random, trials: 0}",
        "at least 1"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2]}, strategy: halving, trials: 2, rungs: [1, 2], keep: half}",
        "a part between 0 and 1"
      ),
      (
        "name: s\naxes: {method: [lora]}\nsearch: {options: {ssf: {deviation: [0.1]}}}",
        "no run of the study has"
      ),
      ("name: s\naxes: {method: all}\nscore: {datasets: []}", "names nothing"),
      ("name: s\naxes: {method: [lora]}\nsearch: {try: {optimizer.lr: [1, 2, 1]}}", "has 1 twice"),
      ("name: s\naxes: {method: all}\nscore: {datasets: [shapes, shapes]}", "twice"),
      ("name: s\naxes: {method: [{name: lora, options: {rank: []}}]}", "options.rank has no values"),
      ("name: s\naxes:\n\tmethod: all", "no tabs"),
      ("name: s\naxes: {method: all}\nfinal: {data: {shots: 1}}", "there is none"),
    ])
  func wrong(_ text: String, _ expected: String) {
    let said = refusal(text)
    #expect(said.contains(expected), "\(said)")
  }

  @Test("More runs than any machine computes are refused before they are made")
  func tooMany() {
    let values = (1...1000).map(String.init).joined(separator: ", ")
    #expect(
      refusal("name: s\naxes:\n  a.b: [\(values)]\n  a.c: [\(values)]\n  seed: 2").contains(
        "1000000 are the most"))
  }

  @Test("A rule that looks at test images is refused unless it is called an oracle")
  func oracle() throws {
    let search = Self.head + "score: {alphas: [0, 1]}\nsearch:\n  try: {optimizer.lr: [1, 2]}\n"
    #expect(try study(search).search?.judge == .validation)
    #expect(refusal(search + "  on: target").contains("upper bound and no result"))
    #expect(refusal(search + "  on: shifts\n  select: best-validation").contains("upper bound"))
    #expect(try study(search + "  on: target\n  select: oracle").search?.judge == .target)
    #expect(refusal(search + "  select: oracle").contains("say which"))
    // It looks at fine-tuned weights.
    #expect(
      refusal(search.replacing("[0, 1]", with: "[0, 0.5]") + "  on: target\n  select: oracle").contains(
        "must have 1"))
  }

  @Test("A grid tries every combination; a drawing is the same for the same seed, without repetition")
  func candidates() throws {
    let choices =
      "search:\n  try: {optimizer.lr: [1, 2, 3], drop_path: [0, 0.1]}\n  options: {lora: {rank: [4, 8]}}\n"
    let grid = try #require(try study(Self.head + choices).search)
    #expect(grid.candidates(method: "linear").count == 6)
    let ofLora = grid.candidates(method: "lora")
    #expect(ofLora.count == 12 && Set(ofLora.map(\.label)).count == 12)
    #expect(ofLora[0].label == "lr=1,drop_path=0,rank=4" && ofLora[1].label == "lr=1,drop_path=0,rank=8")
    func drawn(_ seed: Int) throws -> [String] {
      let text = Self.head + choices + "  strategy: random\n  trials: 5\n  seed: \(seed)"
      return try #require(try study(text).search).candidates(method: "lora").map(\.label)
    }
    #expect(try drawn(1) == drawn(1) && drawn(1) != drawn(2) && Set(drawn(1)).count == 5)
    #expect(refusal(Self.head + choices + "  trials: 5").contains("a grid tries all"))
    #expect(refusal(Self.head + choices + "  strategy: random").contains("say how many with trials"))
  }

  @Test(
    "A random search draws from ranges: within them, each decade of a logarithmic one as often, whole where the ends are"
  )
  func ranges() throws {
    func text(_ seed: Int = 0, _ rank: String = "{min: 1, max: 3}") -> String {
      Self.head + "search:\n  try: {optimizer.lr: {min: 1e-5, max: 1e-1, scale: log}, drop_path: [0, 0.1]}\n"
        + "  options: {lora: {rank: \(rank)}}\n  strategy: random\n  trials: 200\n  seed: \(seed)"
    }
    let search = try #require(try study(text()).search)
    let candidates = search.candidates(method: "lora")
    #expect(candidates.count == 200 && Set(candidates.map(\.label)).count == 200)
    #expect(candidates.map(\.label) == (try study(text()).search)?.candidates(method: "lora").map(\.label))
    #expect(candidates.map(\.label) != (try study(text(1)).search)?.candidates(method: "lora").map(\.label))
    let parts = candidates.map { $0.parts.map(\.tree) }
    let rates = parts.compactMap { $0[0]["optimizer.lr"]?.number }
    #expect(rates.count == 200 && rates.allSatisfy { (1e-5...1e-1).contains($0) })
    for decade in [1e-5, 1e-4, 1e-3, 1e-2] {
      let count = rates.count { $0 >= decade && $0 < 10 * decade }
      // Four standard deviations of the binomial are 24.
      #expect((26...74).contains(count), "\(decade): \(count)")
    }
    // What a name says is what is tried.
    let first = try #require(candidates.first)
    #expect(first.label.contains("lr=\(try #require(parts[0][0]["optimizer.lr"]).text),"), "\(first.label)")
    #expect(parts.count { $0[1]["drop_path"]?.number == 0.1 } == 100)
    for rank in 1...3 {
      let count = parts.count { $0[2]["method.options.rank"] == .integer(Int64(rank)) }
      #expect((40...94).contains(count), "\(rank): \(count)")
    }
    #expect(
      refusal(text().replacing("random\n  trials: 200\n  seed: 0", with: "grid")).contains(
        "a range, which a grid cannot try"))
    #expect(refusal(text(0, "{min: 3, max: 1}")).contains("ends of a range"))
    #expect(refusal(text(0, "{min: 0, max: 3}")).contains("rank"))
    #expect(refusal(text(0, "{min: 0, max: 3, scale: log}")).contains("above 0"))
    #expect(refusal(text(0, "{min: 1, max: 3, scale: logarithmic}")).contains("there are linear, log"))
    #expect(refusal(text(0, "{least: 1, max: 3}")).contains("there is no key 'least'"))
  }

  @Test("Halving keeps the best part from rung to rung")
  func halving() throws {
    let text =
      Self.head
      + "search:\n  try: {optimizer.lr: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\n  strategy: halving\n  trials: 9\n  rungs: [1, 3, 9]"
    let plan = try StudyPlan(study(text))
    // 9, 3 and 1 candidates, and the run that counts, of two methods.
    #expect(plan.cells.count == 2 * (9 + 3 + 1 + 1))
    #expect(plan.cells.count { plan.isFinal($0) } == 2)
    #expect(refusal(text.replacing("[1, 3, 9]", with: "[3, 1]")).contains("line 8"))
  }

  @Test("Every study that comes with the program can be planned", arguments: StudyPresets.all.map(\.name))
  func presets(_ name: String) throws {
    let study = try Study.named(name).study
    #expect(study.name == name && !study.summary.isEmpty)
    #expect(try StudyPlan(study).cells.count > 10)
  }
}
