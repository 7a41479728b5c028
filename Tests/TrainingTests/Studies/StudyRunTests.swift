import Datasets
import Experiments
import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// Runs of a study are computed once, whoever computes them, and come to the same whatever happens meanwhile.
@Suite("Running a study")
struct StudyRunTests {
  private let tiny: TinyTraining
  private var root: URL { tiny.folder.url }

  init() throws {
    tiny = try TinyTraining()
    _ = try tiny.model()
    for (seed, split) in ["train", "val", "test"].enumerated() {
      let images = try TinyTraining.images(count: 12, seed: UInt64(seed + 3))
      for index in 0..<images.count {
        let place = root.appendingPathComponent(
          "images/\(split)/\(images.classes[images.label(at: index)].name)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try images.bytes(at: index).write(to: place.appendingPathComponent("\(index).png"))
      }
    }
  }

  private func text(_ more: String = "  seed: 2\nscore: {alphas: [0, 0.5, 1]}", name: String = "s") -> String
  {
    """
    name: \(name)
    cell:
      model: \(root.path)/model
      recipe: frozen-features
      data: {dataset: "folder:\(root.path)/images"}
      schedule: {epochs: 2}
      batch: {size: 4}
    axes:
      method: [linear, bitfit]
    \(more)
    """
  }

  private func settings(cells: String = "cells") -> StudySettings {
    StudySettings(
      root: root.path, model: "world", dataset: "shapes", dataRoot: root.path, seed: 0, precision: .fp32,
      cells: root.appendingPathComponent(cells).path)
  }

  private func planned(
    _ text: String, folder: String = "study", cells: String = "cells", assignments: [String] = []
  ) throws -> StudyLedger {
    let study = try StudyReader(file: SpecFile(text: text, path: "study.yaml", keepsHeader: true)).study()
    var settings = settings(cells: cells)
    settings.assignments = assignments
    return try StudyPlanner(
      folder: StudyFolder(root.appendingPathComponent(folder)), study: study, text: text, settings: settings
    ).plan()
  }

  /// Names of the runs that a worker computed.
  private func work(_ ledger: StudyLedger, only: [String]? = nil, stoppingAfter count: Int = .max) throws
    -> [String]
  {
    let done = Names()
    var observer = StudyWorker.Observer()
    observer.onEnd = { cell, _ in done.add(cell) }
    observer.shouldStop = { done.all.count >= count }
    _ = try StudyWorker(ledger, only: only).run(observer)
    return done.all
  }

  private func results(_ ledger: StudyLedger) throws -> [CellResult] {
    try ledger.refresh()
    return try ledger.plan.cells.indices.map { place in
      var result = try #require(try ledger.result(place))
      result.cost = .init(seconds: 0, imagesPerS: 0, peakRssMb: 0)
      return result
    }
  }

  @Test("Every run is computed once; another study that asks for it has it at once")
  func shared() throws {
    let ledger = try planned(text())
    #expect(ledger.count(.waiting) == 4)
    #expect(try work(ledger) == ["linear,seed=1", "linear,seed=2", "bitfit,seed=1", "bitfit,seed=2"])
    #expect(ledger.count(.done) == 0 || ledger.count(.done) == 4)
    let again = try planned(text())
    #expect(again.count(.done) == 4)
    #expect(try work(again).isEmpty)
    // More seeds, another name: what is known is not computed again.
    let more = try planned(text("  seed: [2, 3]\nscore: {alphas: [0, 0.5, 1]}", name: "t"), folder: "other")
    #expect(more.count(.done) == 2)
    #expect(try work(more) == ["linear,seed=3", "bitfit,seed=3"])
  }

  @Test(
    "Each seed draws its own few images and its own validation images; where nothing is drawn, seeds share them"
  )
  func drawn() throws {
    func lists(_ data: String, _ name: String) throws -> Set<String> {
      let given = "{dataset: \"folder:\(root.path)/images\"}"
      let ledger = try planned(text().replacing(given, with: data), folder: name, cells: name + "-cells")
      _ = try work(ledger, only: ["linear,seed=1", "linear,seed=2"])
      return Set(
        try (0..<2).map { place in
          let images = try ledger.store.run(#require(ledger.ids[place])).record().data
          return images.train.sha256 + images.validation.sha256
        })
    }
    let all = "dataset: \"folder:\(root.path)/images\""
    #expect(try lists("{\(all)}", "whole").count == 1)
    #expect(try lists("{\(all), shots: 1}", "few").count == 2)
    #expect(try lists("{dataset: \"folder:\(root.path)/images/train\"}", "heldout").count == 2)
  }

  @Test("A named piece is meant for the methods that heed it; values of a key are obeyed or refused")
  func pieces() throws {
    func methods(_ axis: String) -> String {
      text().replacing("method: [linear, bitfit]", with: "method: [linear, tip-adapter]\n\(axis)")
        .replacing("  schedule: {epochs: 2}\n", with: "").replacing("  seed: 2", with: "  seed: 1")
    }
    let pieces = try planned(
      methods("  length:\n    short: {schedule: {epochs: 1}}\n    long: {schedule: {epochs: 2}}"))
    #expect(try work(pieces).count == 4)
    let values = try planned(methods("  schedule.epochs: [1, 2]"), folder: "other", cells: "others")
    #expect(try work(values).count == 2)
    try values.refresh()
    #expect(values.failures.values.allSatisfy { $0.reason.contains("schedule.epochs has no effect here") })
    #expect(values.count(.failed) == 2)
  }

  @Test("A folder that holds another study is refused, and what it holds is left")
  func otherStudy() throws {
    _ = try planned(text())
    let error = #expect(throws: TrainingError.self) { try planned(text(name: "t")) }
    #expect(error?.description.contains("holds the study s, not t; choose another --out") == true)
    let folder = StudyFolder(root.appendingPathComponent("study"))
    #expect(try folder.study().name == "s")
    // Of what cannot be read nobody knows whose it is.
    let file = folder.url.appendingPathComponent("study.yaml")
    try Data("axes: [".utf8).write(to: file)
    let unread = #expect(throws: TrainingError.self) { try planned(text()) }
    #expect(unread?.description.contains("remove that file") == true)
    try FileManager.default.removeItem(at: file)
    _ = try planned(text())
  }

  @Test("Data, a model or images to be scored that are not there are said with the line that names them")
  func missing() throws {
    func refusal(_ text: String) -> String {
      let error = #expect(throws: (any Error).self) { try planned(text) }
      return error.map { "\($0)" } ?? ""
    }
    let plain = text()
    #expect(refusal(plain.replacing("/images\"", with: "/nosuch\"")).hasPrefix("study.yaml, line 5: "))
    #expect(refusal(plain.replacing("/model", with: "/nosuch")).hasPrefix("study.yaml, line 3: "))
    let scored = text(
      "  seed: 2\nscore:\n  alphas: [0, 1]\n  datasets: [\"shift=folder:\(root.path)/nosuch\"]")
    #expect(refusal(scored).hasPrefix("study.yaml, line 13: "), "\(refusal(scored))")
  }

  @Test("What a study takes is measured once for each kind of run; on disk it is about what then lies there")
  func estimated() throws {
    let ledger = try planned(text())
    let estimate = try ledger.estimate(jobs: 1)
    #expect(estimate.measured == 2 && estimate.unmeasured.isEmpty && estimate.jobs == 1)
    #expect(estimate.memoryMb > 0 && estimate.estimatedS > 0 && estimate.estimatedS == estimate.sequentialS)
    let again = try ledger.estimate(jobs: 1)
    #expect(again.measured == 0 && again.diskBytes == estimate.diskBytes)
    _ = try work(ledger)
    let files = try #require(
      FileManager.default.enumerator(at: ledger.store.url, includingPropertiesForKeys: [.fileSizeKey]))
    let sizes = try files.compactMap {
      try ($0 as? URL)?.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]).fileSize
    }
    let kept = sizes.reduce(0, +)
    #expect(
      kept > 0 && (kept / 3...3 * kept).contains(estimate.diskBytes), "\(estimate.diskBytes) of \(kept)")
    try ledger.refresh()
    #expect(try ledger.estimate(jobs: 1).estimatedS == 0)
  }

  @Test("Other alphas are scored anew, and nothing is trained for them")
  func rescored() throws {
    let ledger = try planned(text())
    _ = try work(ledger)
    let id = try #require(ledger.ids[0])
    let record = try Data(contentsOf: ledger.store.run(id).recordFile)
    let other = try planned(text("  seed: 2\nscore: {alphas: [0, 1]}"))
    #expect(other.ids == ledger.ids && other.count(.done) == 0)
    #expect(try work(other).count == 4)
    #expect(try Data(contentsOf: other.store.run(id).recordFile) == record)
    try other.refresh()
    #expect(try other.result(0)?.curve?.alphas == [0, 1])
  }

  @Test(
    "A run is known by what it comes of: where its model and images lie changes nothing, their content does")
  func identity() throws {
    let ids = try planned(text()).ids
    let files = FileManager.default
    for name in ["images", "model"] {
      try files.copyItem(
        at: root.appendingPathComponent(name),
        to: root.appendingPathComponent("copy/\(name)").creatingParent())
    }
    let moved = text().replacing("\(root.path)/images", with: "\(root.path)/copy/images")
      .replacing("\(root.path)/model", with: "\(root.path)/copy/model")
    #expect(try planned(moved, folder: "moved").ids == ids)
    let first = root.appendingPathComponent("copy/images/train/red/0.png")
    try files.removeItem(at: first)
    try TinyTraining.images(count: 1, seed: 99).bytes(at: 0).write(to: first)
    let changed = try planned(moved, folder: "changed").ids
    #expect(Set(changed.compactMap { $0 }).isDisjoint(with: ids.compactMap { $0 }))
    #expect(try planned(text(), folder: "set", assignments: ["optimizer.lr=0.5"]).ids != ids)
  }

  @Test("Other images to be scored on are scored anew, and nothing is trained for them")
  func otherImages() throws {
    let ledger = try planned(text())
    _ = try work(ledger)
    let test = root.appendingPathComponent("images/test/red/0.png")
    try FileManager.default.removeItem(at: test)
    try TinyTraining.images(count: 1, seed: 98).bytes(at: 0).write(to: test)
    let changed = try planned(text())
    #expect(changed.ids == ledger.ids && changed.count(.done) == 0)
    let id = try #require(ledger.ids[0])
    let record = try Data(contentsOf: ledger.store.run(id).recordFile)
    #expect(try work(changed).count == 4)
    #expect(try Data(contentsOf: changed.store.run(id).recordFile) == record)
    try ledger.refresh()
    try changed.refresh()
    func images(_ ledger: StudyLedger) throws -> String? { try ledger.result(0)?.curve?.target?.imagesSha256 }
    #expect(try images(changed) != images(ledger) && images(changed) != nil)
    // Images that change after planning are not scored under the plan's name.
    try FileManager.default.removeItem(at: test)
    try TinyTraining.images(count: 1, seed: 97).bytes(at: 0).write(to: test)
    let stale = try StudyLedger(changed.folder)
    try FileManager.default.removeItem(at: stale.store.run(id).url.appendingPathComponent("scores"))
    let later = try StudyLedger(changed.folder)
    #expect(try work(later).isEmpty)
    try later.refresh()
    #expect(later.failures[0]?.reason.contains("changed since the study was planned") == true)
  }

  @Test("The order in which a list names its images is part of what a run comes of")
  func order() throws {
    let names = ["red", "green", "blue"]
    func list(_ name: String, _ order: [Int]) throws -> String {
      let lines = order.map { "images/train/\(names[$0 % 3])/\($0).png \(names[$0 % 3])" }
      try tiny.folder.write(lines.joined(separator: "\n") + "\n", to: name)
      return text().replacing("folder:\(root.path)/images", with: "list:\(root.path)/\(name)")
    }
    let scoreless = { (text: String) in text.replacing("score: {alphas: [0, 0.5, 1]}", with: "") }
    let one = try planned(scoreless(list("a.txt", Array(0..<12))), folder: "a").ids
    let other = try planned(scoreless(list("b.txt", Array(0..<12).reversed())), folder: "b").ids
    #expect(Set(one.compactMap { $0 }).isDisjoint(with: other.compactMap { $0 }))
  }

  @Test("What is said of all runs may not change what they are called by")
  func assigned() {
    for assignment in ["method.name=lora", "seeds.all=5", "method={name: ssf}"] {
      let error = #expect(throws: (any Error).self) { try planned(text(), assignments: [assignment]) }
      #expect(
        "\(error.map { "\($0)" } ?? "")".contains("their names would say what is not so"), "\(assignment)")
    }
  }

  @Test("Stopped after any run, a worker that comes later ends with the same results")
  func continued() throws {
    let whole = try planned(text(), folder: "whole", cells: "cells-whole")
    _ = try work(whole)
    let parts = try planned(text(), folder: "parts", cells: "cells-parts")
    var count = 0
    while try planned(text(), folder: "parts", cells: "cells-parts").count(.done) < 4 {
      count += try work(planned(text(), folder: "parts", cells: "cells-parts"), stoppingAfter: 1).count
    }
    #expect(count == 4)
    #expect(try results(parts) == results(whole))
  }

  @Test("While one holds a run another computes the others; a dead holder's run is taken over")
  func leases() throws {
    let ledger = try planned(text())
    let id = try #require(ledger.ids[0])
    let lease = try ledger.store.lease(id)
    #expect(throws: TrainingError.self) { try ledger.store.lease(id) }
    try ledger.refresh()
    #expect(ledger.state(0) == .running)
    #expect(try work(ledger) == ["linear,seed=2", "bitfit,seed=1", "bitfit,seed=2"])
    lease.release()
    #expect(try work(ledger) == ["linear,seed=1"])
  }

  @Test(
    "Features of a frozen tower are computed once for all runs that share it, and change no bit of what comes of them"
  )
  func sharedFeatures() throws {
    let ledger = try planned(text())
    _ = try work(ledger, only: ["linear,seed=1"])
    let features = root.appendingPathComponent("cells/.features")
    func kept() throws -> [String: Date] {
      try Dictionary(
        uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: features.path).map { name in
          let file = features.appendingPathComponent(name).path
          return (
            name,
            try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date ?? .distantPast
          )
        })
    }
    // Of training and validation images as training sees them, and of the sets that are scored.
    let first = try kept()
    #expect(first.count == 4)
    // A fresh process has nothing in memory; what trains the tower takes nothing from there.
    _ = try work(planned(text()))
    #expect(try kept() == first)
    let alone = try planned(text(), folder: "alone", cells: "cells-alone")
    _ = try work(alone, only: ["linear,seed=2"])
    try alone.refresh()
    try ledger.refresh()
    let place = try ledger.plan.place(named: "linear,seed=2")
    let (one, other) = (try #require(try ledger.result(place)), try #require(try alone.result(place)))
    #expect(one.curve == other.curve && one.validationTop1 == other.validationTop1)
    func weights(_ ledger: StudyLedger) throws -> Data {
      try Data(contentsOf: ledger.store.run(#require(ledger.ids[place])).tunedFile)
    }
    #expect(try weights(ledger) == weights(alone))
  }

  @Test("A run that fails says why and is left alone until it is to be tried again")
  func failing() throws {
    let ledger = try planned(text(), assignments: ["optimizer.lr=1e30", "optimizer.clip_norm=none"])
    #expect(try work(ledger).isEmpty)
    try ledger.refresh()
    #expect(ledger.count(.failed) == 4)
    let failure = try #require(ledger.failures[0])
    #expect(failure.cell == "linear,seed=1" && failure.reason.contains("diverged"), "\(failure.reason)")
    #expect(try work(ledger).isEmpty)
    try ledger.folder.retry([failure])
    try ledger.refresh()
    #expect(ledger.count(.failed) == 3 && ledger.count(.waiting) == 1)
  }

  @Test("What is searched for is chosen on validation images, and the runs that count have it")
  func searched() throws {
    let search = "  seed: 2\nsearch:\n  try: {optimizer.lr: [1e-30, 0.05]}\nscore: {alphas: [0, 1]}"
    let ledger = try planned(text(search))
    #expect(ledger.plan.cells.count == 2 * (2 + 2) && ledger.count(.pending) == 4)
    #expect(try work(ledger).count == 8)
    try ledger.refresh()
    for place in ledger.plan.cells.indices where ledger.plan.isFinal(ledger.plan.cells[place]) {
      #expect(ledger.choice(place) == "lr=0.05")
      let record = try ledger.store.run(#require(ledger.ids[place])).record()
      #expect(record.settings.optimizer.lr == 0.05)
    }
    // The candidate of the first seed is the run that counts where nothing else differs.
    #expect(ledger.ids[1] == ledger.ids[2] && ledger.ids[1] != nil)
  }

  @Test(
    "Of equally good candidates the first is chosen; each rung of a halving has the best of the one before")
  func halved() throws {
    let search =
      "search:\n  try: {optimizer.lr: [1e-30, 1e-29, 0.05]}\n  strategy: halving\n  trials: 3\n  rungs: [1, 2]\n  keep: 0.5"
    let ledger = try planned(text(search))
    _ = try work(ledger)
    try ledger.refresh()
    #expect(ledger.count(.done) == ledger.plan.cells.count)
    let final = try #require(ledger.plan.cells.indices.last)
    #expect(ledger.choice(final) == "lr=0.05")
    for place in ledger.plan.cells.indices.prefix(3) {
      #expect(try ledger.store.run(#require(ledger.ids[place])).record().settings.schedule.epochs == 1)
    }
  }

  @Test("What is wrong with a run is said before anything runs, with the line")
  func refused() {
    let wrong = text().replacing("batch: {size: 4}", with: "batch: {sise: 4}")
    let error = #expect(throws: (any Error).self) { try planned(wrong) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("study.yaml, line 7"))
  }

  @Test("A folder that holds something else is not taken")
  func otherFolder() throws {
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("study"), withIntermediateDirectories: true)
    try tiny.folder.write("mine", to: "study/notes.txt")
    #expect(throws: (any Error).self) { try planned(text()) }
  }
}

private final class Names: @unchecked Sendable {
  private let lock = NSLock()
  private var names: [String] = []
  func add(_ name: String) { lock.withLock { names.append(name) } }
  var all: [String] { lock.withLock { names } }
}

extension URL {
  fileprivate func creatingParent() throws -> URL {
    try FileManager.default.createDirectory(
      at: deletingLastPathComponent(), withIntermediateDirectories: true)
    return self
  }
}
