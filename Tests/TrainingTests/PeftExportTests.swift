import CLIPCore
import Checkpoint
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

@Suite("Exporting what a run learned as an adapter of peft")
struct PeftExportTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  @Test("Folded back into the model, the adapter is the run's merged model", arguments: PeftExportJob.methods)
  func roundTrip(method: String) throws {
    let offered = try #require(MethodRegistry.all.first { $0.name == method }).optionDescriptions
    let small = ["block": "8", "dropout": "0"].filter { option in offered.contains { $0.name == option.key } }
    _ = try tiny.job(method, name: "run", options: small).run()
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("run")))
    let place = tiny.folder.file("adapter")
    try PeftExportJob(run: run, place: place).execute()

    let model = try tiny.model()
    try model.clip.merge(PeftAdapter(place))
    _ = try run.path.move(to: 1)
    let merged = run.path.classifier.plainState()
    for parameter in model.clip.store.parameters where parameter.path.hasPrefix("visual.") {
      let expected = try #require(merged[parameter.path], "\(parameter.path)")
      let largest = expected.array.map(abs).max() ?? 0
      expectClose(parameter.value, expected, absolute: 2e-6 * max(1, largest))
    }
    #expect(throws: (any Error).self) { try PeftExportJob(run: run, place: place).execute() }
  }

  @Test("A run that begins from a model with an adapter goes on from both, and refuses another adapter")
  func begunFromAdapter() throws {
    _ = try tiny.job("lora", name: "first").run()
    let adapter = tiny.folder.file("adapter")
    try PeftExportJob(run: LoadedRun.load(RunFolder(tiny.folder.file("first"))), place: adapter).execute()
    let model = try tiny.model().merging(adapterAt: adapter)
    let begun = try tiny.job("linear", name: "second", model: model).run()
    #expect(begun.model.adapter?.path == adapter.standardizedFileURL.path)
    // What the adapter was trained on, the model has seen.
    let (first, second) = (RunFolder(tiny.folder.file("first")), RunFolder(tiny.folder.file("second")))
    let seen = try first.images(first.record().data).seen
    let images = try second.images(begun.data)
    #expect(images.earlier == seen && !seen.train.entries.isEmpty)
    #expect(try SeenImages.of(model: tiny.folder.file("model"), adapter: adapter) == seen)
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("second")))
    _ = try run.path.move(to: 0)
    let state = run.path.classifier.plainState()
    for parameter in model.clip.store.parameters where parameter.path.hasPrefix("visual.") {
      #expect(state[parameter.path]?.array == parameter.value.array, "\(parameter.path)")
    }
    let file = adapter.appendingPathComponent(PeftAdapter.weightsName)
    try SafetensorsFile.write(
      SafetensorsFile(url: file).stateDict().mapValues { Tensor(zeros: $0.shape) }, to: file)
    let error = #expect(throws: TrainingError.self) {
      try LoadedRun.load(RunFolder(tiny.folder.file("second")))
    }
    #expect(error?.description.contains("adapter") == true)
  }

  @Test("An adapter on top of another is not exported without it")
  func adapterOnAdapter() throws {
    _ = try tiny.job("lora", name: "first").run()
    let adapter = tiny.folder.file("adapter")
    try PeftExportJob(run: LoadedRun.load(RunFolder(tiny.folder.file("first"))), place: adapter).execute()
    _ = try tiny.job("lora", name: "second", model: tiny.model().merging(adapterAt: adapter)).run()
    let second = try LoadedRun.load(RunFolder(tiny.folder.file("second")))
    let error = #expect(throws: TrainingError.self) {
      try PeftExportJob(run: second, place: tiny.folder.file("other")).execute()
    }
    #expect(error?.description.contains("began from a model with an adapter") == true)
  }

  @Test("What peft has no adapters of is refused, naming what it has")
  func refused() throws {
    _ = try tiny.job("ssf", name: "run").run()
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("run")))
    let error = #expect(throws: TrainingError.self) {
      try PeftExportJob(run: run, place: tiny.folder.file("adapter")).execute()
    }
    #expect(error?.description.contains("lora") == true)
  }
}
