import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore
import TestSupport
import Testing

/// The towers, losses and every gradient equal transformers' CLIPModel (fixtures made by make_clip.py).
@Suite("Parity with transformers' CLIPModel")
struct ParityTests {
  static let models = ["clip-quickgelu", "clip-gelu-eos"]

  private struct Golden {
    let clip: CLIP
    let expected: StateDict

    init(_ name: String) throws {
      let config = try Data(contentsOf: Fixture.url("\(name)/config.json", bundle: .module))
      let weights = try KeyMapRegistry.canonical(Fixture.load("\(name)/model.safetensors", bundle: .module))
      let source = StateDictSource(weights, file: name)
      clip = CLIP(config: try CLIPConfig(huggingFace: config, file: name), source: source)
      try source.finish()
      expected = try Fixture.load("\(name)/expected.safetensors", bundle: .module)
    }

    func tensor(_ name: String) throws -> Tensor { try #require(expected[name]) }

    /// Expected gradients under canonical names; the mapping is linear, so it holds for gradients too.
    func gradients(_ loss: String) throws -> StateDict {
      let prefix = "grad.\(loss)."
      let named = try expected.filter { $0.hasPrefix(prefix) }.renamed { String($0.dropFirst(prefix.count)) }
      return try HuggingFaceKeyMap.toCanonical(named)
    }
  }

  /// Largest difference relative to the largest expected magnitude.
  private func relativeError(_ actual: Tensor, _ expected: Tensor) -> Float {
    let largest = expected.array.map(abs).max() ?? 0
    return zip(actual.array, expected.array).map { abs($0 - $1) }.max().map { $0 / max(largest, 1e-8) } ?? 0
  }

  @Test("Both embeddings and the logits", arguments: models)
  func embeddings(model: String) throws {
    let golden = try Golden(model)
    let images = golden.clip.encodeImages(try golden.tensor("pixel_values"))
    let texts = try golden.clip.encodeTexts(try golden.tensor("input_ids"))
    expectClose(images.value, try golden.tensor("image_embeds"), absolute: 2e-5, relative: 1e-4)
    expectClose(texts.value, try golden.tensor("text_embeds"), absolute: 2e-5, relative: 1e-4)
    let logits = golden.clip.similarityScale * images.l2Normalized().linear(weight: texts.l2Normalized())
    expectClose(logits.value, try golden.tensor("logits_per_image"), absolute: 1e-4, relative: 1e-4)
  }

  @Test("The contrastive loss and its gradient for every parameter", arguments: models)
  func contrastive(model: String) throws {
    let golden = try Golden(model)
    for parameter in golden.clip.store.parameters { parameter.isTrainable = true }
    let pairs = try golden.tensor("pixel_values").shape[0]
    let images = golden.clip.encodeImages(try golden.tensor("pixel_values"))
    let texts = try golden.clip.encodeTexts(try golden.tensor("input_ids").rows(0..<pairs))
    let loss = Variable.contrastiveLoss(
      images: images.l2Normalized(), texts: texts.l2Normalized(), logitScale: golden.clip.logitScale.variable)
    expectClose(loss.value.array, try golden.tensor("contrastive_loss").array, relative: 1e-5)
    loss.backward()
    try expectGradients(golden.clip.store, try golden.gradients("contrastive"))
  }

  @Test("The cross entropy of a classifier and its gradient for every image parameter", arguments: models)
  func crossEntropy(model: String) throws {
    let golden = try Golden(model)
    let weight = try golden.tensor("head.weight")
    var state = golden.clip.store.state { $0.path.hasPrefix("visual.") }
    state["classification_head.weight"] = weight
    state["classification_head.bias"] = try golden.tensor("head.bias")
    let classifier = try ImageClassifier(
      config: golden.clip.config, classes: weight.shape[0], state: state, file: model)
    for parameter in classifier.store.parameters { parameter.isTrainable = true }
    let logits = classifier.logits(try golden.tensor("pixel_values"), .inference)
    expectClose(logits.value, try golden.tensor("class_logits"), absolute: 2e-5, relative: 1e-4)
    let loss = logits.crossEntropy(targets: try golden.tensor("labels"))
    expectClose(loss.value.array, try golden.tensor("cross_entropy_loss").array, relative: 1e-5)
    loss.backward()
    let prefix = "grad.cross_entropy."
    var expected = try HuggingFaceKeyMap.toCanonical(
      golden.expected.filter { $0.hasPrefix(prefix) && !$0.contains("head.") }
        .renamed { String($0.dropFirst(prefix.count)) })
    expected["classification_head.weight"] = golden.expected[prefix + "head.weight"]
    expected["classification_head.bias"] = golden.expected[prefix + "head.bias"]
    try expectGradients(classifier.store, expected)
  }

  private func expectGradients(_ store: ParameterStore, _ expected: StateDict) throws {
    #expect(Set(expected.names) == Set(store.parameters.map(\.path)))
    for parameter in store.parameters {
      let gradient = try #require(parameter.gradient, "\(parameter.path) has no gradient")
      let error = relativeError(gradient, try #require(expected[parameter.path]))
      #expect(error <= 1e-4, "\(parameter.path): relative error \(error)")
    }
  }
}
