import CLIPCore
import Checkpoint
import Experiments
import Foundation
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

/// Adapters that peft trained on transformers' CLIP (`Tests/Fixtures/make_peft.py`).
@Suite("Adapters of Hugging Face's peft")
struct PeftAdapterTests {
  private static let names = [
    "lora", "lora-some", "dora", "pissa", "vera", "ia3", "oft", "oft-exact", "hira", "delora", "randlora",
    "ln",
  ]
  private let fixtures: URL

  init() throws {
    fixtures = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/peft")
  }

  private func clip() throws -> CLIP { try PretrainedModel.clip(in: fixtures.appending(path: "clip")) }

  private func embeddings(_ clip: CLIP) throws -> (images: Tensor, texts: Tensor) {
    let inputs = try SafetensorsFile(url: fixtures.appending(path: "clip/expected.safetensors")).stateDict()
    return (
      clip.encodeImages(try #require(inputs["pixel_values"])).value,
      try clip.encodeTexts(#require(inputs["input_ids"])).value
    )
  }

  @Test("Folded into the weights, an adapter gives the embeddings that peft gives", arguments: names)
  func folded(name: String) throws {
    let clip = try clip()
    let plain = try embeddings(clip)
    try clip.merge(PeftAdapter(fixtures.appending(path: name)))
    let (images, texts) = try embeddings(clip)
    let expected = try SafetensorsFile(url: fixtures.appending(path: "\(name)/expected.safetensors"))
      .stateDict()
    expectClose(images, try #require(expected["image_embeddings"]), absolute: 1e-5, relative: 1e-5)
    expectClose(texts, try #require(expected["text_embeddings"]), absolute: 1e-5, relative: 1e-5)
    let change = zip(images.array, plain.images.array).map { abs($0 - $1) }.max() ?? 0
    #expect(change > 1e-3, "the adapter changes too little for this to prove anything")
  }

  private func copy(_ name: String, change: (inout [String: Any]) -> Void) throws -> (TemporaryFolder, URL) {
    let folder = try TemporaryFolder()
    let place = folder.file(name)
    try FileManager.default.copyItem(at: fixtures.appending(path: name), to: place)
    let file = place.appending(path: PeftAdapter.configName)
    var settings = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    change(&settings)
    try JSONSerialization.data(withJSONObject: settings).write(to: file)
    return (folder, place)
  }

  @Test(
    "A setting that changes numbers and is not understood is an error that names it",
    arguments: [
      ("lora", "bias", "all"), ("lora", "use_qalora", "yes"), ("lora", "peft_type", "LOHA"),
      ("lora", "novel", "1"),
      ("oft", "coft", "yes"), ("lora", "init_lora_weights", "olora"), ("lora", "use_bdlora", "yes"),
      ("dora", "use_dora", "no"),
    ])
  func settings(name: String, key: String, value: String) throws {
    let (folder, place) = try copy(name) {
      $0[key] = value == "yes" ? true : value == "no" ? false : value as Any
    }
    defer { withExtendedLifetime(folder) {} }
    let error = #expect(throws: CheckpointError.self) { try clip().merge(PeftAdapter(place)) }
    #expect(
      error?.description.contains(key == "peft_type" ? "LOHA" : key) == true, "\(error?.description ?? "")")
  }

  @Test("Patterns of which one cannot be read, or two say different things, are errors")
  func patterns() throws {
    for patterns in [["fc2(": 5], ["fc2": 5, "mlp.fc2": 7]] {
      let (folder, place) = try copy("lora-some") { $0["alpha_pattern"] = patterns }
      defer { withExtendedLifetime(folder) {} }
      let error = #expect(throws: CheckpointError.self) { try clip().merge(PeftAdapter(place)) }
      #expect(error?.description.contains("alpha_pattern") == true)
    }
  }

  @Test("A tensor that is beside those of its kind is an error, in a module or outside")
  func unusedTensors() throws {
    for name in [
      "base_model.model.vision_model.encoder.layers.0.self_attn.q_proj.lora_B.bias",
      "base_model.model.vision_model.encoder.layers.0.layer_norm1.lora_A.weight", "base_model.vera_C",
    ] {
      let (folder, place) = try copy("lora") { _ in }
      defer { withExtendedLifetime(folder) {} }
      let file = place.appending(path: PeftAdapter.weightsName)
      var state = try SafetensorsFile(url: file).stateDict()
      state[name] = Tensor(zeros: [16])
      try SafetensorsFile.write(state, to: file)
      let error = #expect(throws: CheckpointError.self) { try clip().merge(PeftAdapter(place)) }
      #expect(
        error?.description.contains(
          name.hasSuffix("lora_B.bias") ? "lora_B.bias" : name.hasSuffix("C") ? "vera_C" : "layer_norm1")
          == true)
    }
  }

  @Test("Tensors that belong to no module, or are of another shape, are errors that name one")
  func foreign() throws {
    for (old, new) in [("layers.1", "layers.7"), ("q_proj", "q_projection")] {
      let (folder, place) = try copy("lora") { _ in }
      defer { withExtendedLifetime(folder) {} }
      let file = place.appending(path: PeftAdapter.weightsName)
      let state = try SafetensorsFile(url: file).stateDict().renamed {
        $0.replacingOccurrences(of: old, with: new)
      }
      try SafetensorsFile.write(state, to: file)
      let error = #expect(throws: CheckpointError.self) { try clip().merge(PeftAdapter(place)) }
      #expect(error?.description.contains(new) == true)
    }
    let (folder, place) = try copy("lora") { _ in }
    defer { withExtendedLifetime(folder) {} }
    let file = place.appending(path: PeftAdapter.weightsName)
    let state = try SafetensorsFile(url: file).stateDict().mapValues {
      Tensor(zeros: $0.shape.map { $0 + 1 })
    }
    try SafetensorsFile.write(state, to: file)
    #expect(throws: CheckpointError.self) { try clip().merge(PeftAdapter(place)) }
  }
}
