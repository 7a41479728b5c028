import CLIPCore
import Experiments
import Foundation
import Testing
import Training
import TrainingTestSupport

/// What a run writes about itself is what it reads.
@Suite struct RunRecordTests {
  @Test("A record is read as it was written, whatever ends the model's texts", arguments: [nil, 5, 49407])
  func roundTrip(endToken: Int?) throws {
    let tiny = try TinyTraining()
    var record = try tiny.job("linear", name: "run").run()
    if let endToken { record.model.architecture.text.pooling = .firstToken(endToken) }
    let folder = RunFolder(tiny.folder.file("run"))
    try folder.write(record)
    #expect(try folder.record() == record)
  }

  @Test("What of a record cannot be read is named")
  func damage() throws {
    let tiny = try TinyTraining()
    _ = try tiny.job("linear", name: "run").run()
    let folder = RunFolder(tiny.folder.file("run"))
    let file = folder.url.appendingPathComponent("run.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacing("\"image_size\"", with: "\"size_of_image\"").utf8).write(to: file)
    let error = #expect(throws: TrainingError.self) { try folder.record() }
    #expect(
      error?.description.contains("imageSize") == true || error?.description.contains("image_size") == true)
  }

  @Test(
    "A record that is no JSON at all is said to be none, with what to do",
    arguments: ["{", "", "[]", "garbage"])
  func noJSON(text: String) throws {
    let tiny = try TinyTraining()
    _ = try tiny.job("linear", name: "run").run()
    let folder = RunFolder(tiny.folder.file("run"))
    try Data(text.utf8).write(to: folder.recordFile)
    let words = (#expect(throws: TrainingError.self) { try folder.record() })?.description ?? ""
    #expect(words.contains(folder.recordFile.path) && words.contains("JSON"), "\(words)")
    #expect(words.contains("put back the run's own file"), "\(words)")
    #expect(!words.contains(": ;") && !words.contains("  ") && !words.contains(".."), "\(words)")
  }
}
