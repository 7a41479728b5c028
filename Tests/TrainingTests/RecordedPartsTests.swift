import CLIPCore
import Checkpoint
import Experiments
import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing
import Training
import TrainingTestSupport

/// A run is what it recorded, whatever becomes of the files that it is read from.
@Suite("Files that are edited after a run")
struct RecordedPartsTests {
  private let tiny: TinyTraining
  private let folder: RunFolder
  private let record: RunRecord

  init() throws {
    tiny = try TinyTraining()
    let job = try tiny.job("full", name: "run")
    record = try job.run()
    folder = job.folder
  }

  private var model: URL { tiny.folder.file("model") }

  private func edit(_ file: URL, _ text: String, _ other: String) throws {
    let before = try String(contentsOf: file, encoding: .utf8)
    try #require(before.contains(text))
    try Data(before.replacing(text, with: other).utf8).write(to: file)
  }

  private func expectRefused(
    naming words: String..., location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    let error = #expect(throws: (any Error).self, sourceLocation: location) { try body() }
    #expect((error as? any ClassifiedError)?.kind == .badData, sourceLocation: location)
    for word in words {
      #expect(
        "\(error.map { "\($0)" } ?? "")".contains(word), "\(error.map { "\($0)" } ?? "")",
        sourceLocation: location)
    }
  }

  @Test("Weights and head of a run that are not those it ended with are refused, by name")
  func replacedWeights() throws {
    for file in [folder.tunedFile, folder.startHeadFile] {
      let whole = try Data(contentsOf: file)
      var state = try SafetensorsFile(url: file).stateDict()
      let name = try #require(state.names.first)
      let tensor = try #require(state[name])
      state[name] = Tensor(tensor.array.map { 2 * $0 }, shape: tensor.shape)
      try SafetensorsFile.write(state, to: file)
      expectRefused(naming: file.lastPathComponent, "SHA-256") { _ = try LoadedRun.load(folder) }
      // A record of before such hashes were kept is read as it stands.
      var older = record
      older.result?.tunedSha256 = nil
      older.result?.startHeadSha256 = nil
      try folder.write(older)
      _ = try LoadedRun.load(folder)
      try folder.write(record)
      try whole.write(to: file)
    }
    _ = try LoadedRun.load(folder)
  }

  @Test("Images are seen as the run recorded it, in what is exported, too, and the edited file is named")
  func preprocessing() throws {
    let name = "preprocessor_config.json"
    try edit(model.appendingPathComponent(name), "0.26862955", "0.9")
    let changed = try PretrainedModel.load(model)
    #expect(changed.preprocessing != record.model.preprocessing)
    let own = try LoadedRun.pretrainedModel(of: record, at: model)
    #expect(own.preprocessing == record.model.preprocessing)
    #expect(own.notes.count == 1 && own.notes[0].contains(name), "\(own.notes)")
    let out = tiny.folder.file("out")
    let notes = try ExportJob(run: LoadedRun.load(folder), alpha: 1, place: out).execute()
    #expect(notes.dropLast() == own.notes[...] && notes.last?.contains("images of noise") == true)
    #expect(try PretrainedModel.load(out).preprocessing == record.model.preprocessing)
  }

  @Test("A tokenizer that is not the run's is refused where texts are read or written on")
  func tokenizer() throws {
    _ = try LoadedRun.pretrainedModel(of: record, at: model)
    let file = model.appendingPathComponent("vocab.json")
    var ids = try JSONDecoder().decode([String: Int].self, from: Data(contentsOf: file))
    (ids["x"], ids["y"]) = (ids["y"], ids["x"])
    try JSONEncoder().encode(ids).write(to: file)
    expectRefused(naming: "tokenizer") { _ = try LoadedRun.pretrainedModel(of: record, at: model) }
    var older = record
    older.model.tokenizerSha256 = nil
    _ = try LoadedRun.pretrainedModel(of: older, at: model)
  }

  @Test(
    "A configuration of another architecture is refused by its name, and no option is blamed that nobody gave"
  )
  func configuration() throws {
    try edit(model.appendingPathComponent("config.json"), "quick_gelu", "gelu")
    let error = #expect(throws: ModelError.self) { try LoadedRun.load(folder) }
    #expect(error?.description.contains("config.json") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("--arch") == false)
    #expect(error?.kind == .badData)
  }
}
