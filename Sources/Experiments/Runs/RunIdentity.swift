import Checkpoint
import Foundation
import ImageCodec
import PEFT
import TensorCore
import Training

/// How a run was trained, as its weights say it themselves, so that a record that says otherwise is found out.
struct RunIdentity: Codable, Equatable {
  let method: String
  let options: [String: OptionValue]
  let settings: FineTuningSettings
  let modelSha256: String
  let trainingSha256: String
  let preprocessing: Preprocessing
  /// Of the classes in their order, and the prompts.
  let namesSha256: String

  init(_ record: RunRecord) {
    method = record.method
    options = record.choices
    settings = record.settings
    modelSha256 = record.model.sha256
    trainingSha256 = record.data.train.sha256
    preprocessing = record.model.preprocessing
    let names = [JSONFormat.line(record.data.classes), JSONFormat.line(record.data.templates)]
    namesSha256 = ContentHash.sha256(of: Data(names.joined(separator: "\n").utf8))
  }

  private static let key = "trained_with"

  /// What is written beside the weights.
  var metadata: [String: String] { [Self.key: JSONFormat.line(self)] }

  /// What a file of weights says; nil where an older version wrote it. Throws if it says something else than it can.
  static func of(_ file: URL) throws -> RunIdentity? {
    guard let text = try SafetensorsFile(url: file).metadata[key] else { return nil }
    do {
      return try JSONFormat.decode(RunIdentity.self, from: Data(text.utf8))
    } catch {
      throw TrainingError.badCheckpoint(
        file: file.path, problem: "what it says of its training cannot be read; train the run anew")
    }
  }

  /// The first thing in which another is different, in words; nil where there is none.
  func difference(from other: RunIdentity) -> String? {
    if method != other.method { return "the method (\(method), not \(other.method))" }
    let names = Set(options.keys).union(other.options.keys).sorted()
    if let name = names.first(where: { options[$0] != other.options[$0] }) {
      func text(_ value: OptionValue?) -> String { value?.description ?? "not set" }
      return "the option \(name) (\(text(options[name])), not \(text(other.options[name])))"
    }
    if settings != other.settings { return "the settings of training" }
    if modelSha256 != other.modelSha256 { return "the model that it began from" }
    if trainingSha256 != other.trainingSha256 { return "the training images" }
    if preprocessing != other.preprocessing { return "the preprocessing of images" }
    return namesSha256 == other.namesSha256 ? nil : "the classes or prompts"
  }
}
