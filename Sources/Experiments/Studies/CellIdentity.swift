import CLIPCore
import Checkpoint
import Datasets
import Foundation
import ImageCodec
import Training

/// All that a run comes of: its specification, and the content of its model and of its images. Where they lie is no part of it, so
/// that the same run in another study, folder or machine is known for the same.
struct CellIdentity: Encodable {
  /// Raised where the same specification would come to something else.
  private let format = 2
  let spec: RunSpec
  let model: ModelContent
  /// Hash of a `DataContent`.
  let data: String

  /// What of a model matters.
  struct ModelContent: Encodable {
    let weights: String
    let architecture: CLIPConfig
    let preprocessing: Preprocessing
    let tokenizer: String
    let adapter: String?
  }

  /// What of the images matters: which are trained on and which select, and how their classes are called.
  struct DataContent: Encodable {
    let train, validation: String
    let classes: [DatasetClass]
    let templates: [String]
    let descriptions: String?
  }

  init(_ spec: RunSpec, model: ModelContent, data: String) {
    var spec = spec
    (spec.model, spec.adapter, spec.arch) = ("", nil, nil)
    spec.data.dataRoot = ""
    func placeless(_ text: String) -> String {
      // A manifest's name says which family the images are of; of others their content says all.
      if let specifier = try? DatasetSpecifier.parse(text), specifier.isManifest { return text }
      return ""
    }
    spec.data.dataset = placeless(spec.data.dataset)
    spec.data.validation = spec.data.validation.map(placeless)
    spec.data.descriptions = spec.data.descriptions.map { _ in "" }
    spec.data.promptNames = spec.data.promptNames.map { _ in "" }
    // Names of classes and prompts are in the content.
    (spec.data.classes, spec.data.templates) = (nil, nil)
    (self.spec, self.model, self.data) = (spec, model, data)
  }

  /// `lora-0123456789abcdef`: the method, for people, and a hash of everything.
  var id: String {
    "\(spec.method.name)-\(ContentHash.sha256(of: Data(JSONFormat.line(self).utf8)).prefix(16))"
  }
}
