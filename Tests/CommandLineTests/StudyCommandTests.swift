import Foundation
import Testing

/// A study on the command line, from its file to its answers.
@Suite("study")
struct StudyCommandTests {
  private let program: Program

  init() throws {
    program = try Program()
    _ = try program.images("train", "val", "test", "shift")
    _ = try program.model()
    try program.folder.write(
      """
      name: small
      summary: two methods on coloured squares
      cell:
        model: model
        recipe: frozen-features
        data: {dataset: "folder:images"}
        schedule: {epochs: 1}
        batch: {size: 4}
      axes:
        method: [linear, bitfit]
        seed: 2
      score: {alphas: [0, 1], datasets: ["shift=folder:images/shift"]}
      """, to: "study.yaml")
  }

  @Test(
    "run computes what is missing, here and from another folder, and collect and report say what came of it")
  func whole() throws {
    let first = try program.run(
      "study", "run", "study.yaml", "--jobs", "2", "--only", "bitfit,seed=2", "--json")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try first.json()["done"] as? Int == 1 && first.json()["cells"] as? Int == 4)
    let second = try program.run("study", "run", "study.yaml", "--jobs", "2", "--json")
    #expect(second.status == 0, "\(second.errors)")
    #expect(try second.json()["done"] as? Int == 4)
    let collected = try program.run("study", "collect", "study.yaml", "--out", "tables")
    #expect(collected.status == 0 && collected.output.contains("4 of 4 runs"), "\(collected.errors)")
    let table = try String(contentsOf: program.folder.file("tables/results.csv"), encoding: .utf8)
    // Relative paths are those of where the study was begun, not of where it is looked at.
    let place = program.folder.file("elsewhere")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let elsewhere = try program.shell(
      "cd elsewhere && clipft study status ../studies/small && clipft study collect ../studies/small --out here"
    )
    #expect(elsewhere.status == 0 && elsewhere.output.contains("small: 4 done"), "\(elsewhere.errors)")
    #expect(
      try String(contentsOf: place.appendingPathComponent("here/results.csv"), encoding: .utf8) == table)
    let listed = try program.run("study", "status", "study.yaml", "--runs", "--json").json()
    let runs = try #require(listed["runs"] as? [[String: String]])
    #expect(runs.map { $0["name"] } == ["linear,seed=1", "linear,seed=2", "bitfit,seed=1", "bitfit,seed=2"])
    #expect(
      runs.allSatisfy { run in run["state"] == "done" && run["folder"]?.contains("/studies/cells/") == true })
    let report = try program.run("study", "report", "study.yaml")
    #expect(report.status == 0 && report.output.contains("not asked by this study"), "\(report.errors)")
  }

  @Test("What is said of a study that was begun is obeyed, refused or said to be other than before")
  func settings() throws {
    func plan(_ more: String...) throws -> Program.Outcome {
      try program.run(arguments: ["study", "plan", "study.yaml", "--no-measure"] + more)
    }
    #expect(try plan("--set", "optimizer.lr=0.5").status == 0)
    let same = try plan()
    #expect(same.errors.contains("goes on as it was begun (--set optimizer.lr=0.5)"), "\(same.errors)")
    let other = try plan("--precision", "fp32")
    #expect(
      other.errors.contains("other than before") && other.errors.contains("--set nothing"), "\(other.errors)")
    let folder = try program.run("study", "plan", "studies/small", "--precision", "fp32")
    #expect(folder.status == 64 && folder.errors.contains("--precision"), "\(folder.errors)")
    #expect(try plan("--set", "method.name=lora").status == 64)
    // A file that was changed since is not taken for what was run.
    let file = program.folder.file("study.yaml")
    try Data(contentsOf: file).appending("\n# changed\n").write(to: file)
    #expect(try program.run("study", "status", "study.yaml").errors.contains("is not as it was"))
    #expect(try program.run("study", "status", "nosuch").status == 66)
    #expect(try program.run("study", "run", "study.yaml", "--only", "ssf,seed=1").status == 64)
  }

  @Test("A study whose runs failed is not said to be done: its exit code is theirs, and they are left alone")
  func failing() throws {
    let run = [
      "study", "run", "study.yaml", "--set", "optimizer.lr=1e30", "--set", "optimizer.clip_norm=none",
      "--jobs", "2", "--json",
    ]
    let failed = try program.run(arguments: run)
    #expect(failed.status == 65, "\(failed.errors)")
    #expect(
      failed.errors.contains("error: ") && failed.errors.contains("study retry studies/small"),
      "\(failed.errors)")
    let count = try #require(try failed.json()["failed"] as? Int)
    #expect(count > 0)
    let again = try program.run(arguments: run)
    #expect(try again.status == 65 && again.json()["failed"] as? Int == count, "\(again.errors)")
    let retried = try program.run("study", "retry", "study.yaml", "--json")
    #expect(try retried.status == 0 && retried.json()["failed"] as? Int == 0, "\(retried.errors)")
  }

  @Test("Cancelled from elsewhere, a study that runs says how to go on, and is no study that is done")
  func cancelled() throws {
    let outcome = try program.shell(
      """
      clipft study run study.yaml --jobs 1 --set schedule.epochs=3000 & run=$!
      until ls studies/cells/.leases/*.lease > leases 2> none || ! kill -0 $run; do sleep 0.1; done
      sleep 0.5
      clipft study cancel study.yaml
      wait $run; echo "ended with $?"
      """)
    #expect(outcome.output.contains("ended with 130"), "\(outcome.output) \(outcome.errors)")
    #expect(outcome.errors.contains("Continue with: clipft study run studies/small"), "\(outcome.errors)")
  }
}

extension Data {
  fileprivate func appending(_ text: String) -> Data { self + Data(text.utf8) }
}
