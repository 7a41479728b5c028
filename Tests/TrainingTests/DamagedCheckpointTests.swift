import Checkpoint
import Experiments
import Foundation
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// What the program wrote for itself cannot be fetched again: it is said what to do without it.
@Suite("Damaged files of a run")
struct DamagedCheckpointTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  private func expectDamaged(
    _ file: URL, advice: String, location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    let error = #expect(throws: TrainingError.self, sourceLocation: location) { try body() }
    let words = error?.description ?? ""
    #expect(error?.kind == .badData, "\(words)", sourceLocation: location)
    #expect(
      words.contains(file.path) && words.contains(advice) && !words.contains("fetch"), "\(words)",
      sourceLocation: location)
  }

  @Test("without its damaged checkpoint a run starts over, and ends with the same bits")
  func checkpoint() throws {
    let whole = try tiny.run("full", name: "whole")
    let job = try tiny.job("full", name: "stopped")
    _ = try job.run(observer: TinyTraining.observer(stoppingAt: 2))
    let file = job.folder.checkpointFile
    let bytes = try Data(contentsOf: file)
    for damaged in [Data("{".utf8), bytes.prefix(bytes.count / 2), bytes.prefix(4)] {
      try damaged.write(to: file)
      expectDamaged(file, advice: "remove it, and --resume starts the training over") {
        _ = try job.run(resuming: true)
      }
      #expect(try job.folder.record().status != .finished)
    }
    var state = StateDict()
    state.metadata["step"] = "100000"
    try SafetensorsFile.write(state, to: file)
    expectDamaged(file, advice: "starts the training over") { _ = try job.run(resuming: true) }

    try FileManager.default.removeItem(at: file)
    #expect(try job.run(resuming: true).status == .finished)
    let tuned = try SafetensorsFile(url: job.folder.tunedFile).stateDict()
    for name in whole.names {
      #expect(
        try #require(tuned[name]).bytes.elementsEqual(try #require(whole[name]).bytes), "\(name) differs")
    }
  }

  @Test(
    "a list of images or a curve that is damaged is said to be so, with what to do",
    arguments: ["", "{", "[]"])
  func otherFiles(text: String) throws {
    let job = try tiny.job("linear", name: "run")
    let record = try job.run()
    let list = job.folder.url.appendingPathComponent("images/validation.tsv")
    try Data(text.utf8).write(to: list)
    expectDamaged(list, advice: "put back the run's own file, or train the run anew") {
      _ = try job.folder.images(record.data)
    }
    try Data(text.utf8).write(to: job.folder.curveFile)
    expectDamaged(job.folder.curveFile, advice: "trace it anew with `clipft wise`") {
      _ = try job.folder.curve()
    }
  }

  @Test("without the head that it began from, a run must be trained anew")
  func head() throws {
    let job = try tiny.job("full", name: "run")
    _ = try job.run(observer: TinyTraining.observer(stoppingAt: 2))
    try Data("{".utf8).write(to: job.folder.startHeadFile)
    expectDamaged(job.folder.startHeadFile, advice: "train the run anew") {
      _ = try job.run(resuming: true)
    }
  }
}
