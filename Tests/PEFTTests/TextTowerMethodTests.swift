import CLIPCore
import Checkpoint
import Experiments
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

@Suite("Methods in the text tower, and in both towers")
struct TextTowerMethodTests {
  /// Methods that have no form for the text tower, or leave towers alone.
  private static let imagesOnly: Set = [
    "linear", "vpt-shallow", "vpt-deep", "vqt", "convpass", "sct", "coop", "taskres", "clip-adapter",
    "tip-adapter", "tip-adapter-f",
  ]
  private static let cases = MethodContract.cases.filter { !imagesOnly.contains($0.contract.name) }
    .filter { $0.options["blocks"] == nil || $0.options["blocks"]?.hasPrefix("last") == true }

  private func trained(_ method: MethodCase, _ towers: Set<TowerKind>) throws -> ImageClassifier {
    let classifier = try SmallClassifier.make(method.method(), towers: towers)
    classifier.train(steps: 4, learningRate: 0.03)
    return classifier
  }

  @Test("A method that cannot change the text tower says so", arguments: imagesOnly.sorted())
  func refused(name: String) throws {
    let method = try MethodRegistry.method(named: name, options: name == "coop" ? ["start": "random"] : [:])
    let error = #expect(throws: MethodError.self) {
      try SmallClassifier.make(method, towers: [.vision, .text])
    }
    #expect(error?.description.contains("text tower") == true)
  }

  @Test(
    "The head is what the tuned text tower makes of the prompts, and the image tower stays", arguments: cases)
  func textOnly(case method: MethodCase) throws {
    let classifier = try trained(method, [.text])
    #expect(classifier.hasFrozenTower && !classifier.tunedParameters.isEmpty)
    #expect(classifier.headParameters.allSatisfy { !$0.isTrainable })
    let pooled = classifier.vision.pooled(SmallClassifier.images, .inference).value
    let plain = SmallClassifier.make().vision.pooled(SmallClassifier.images, .inference).value
    #expect(pooled.bits == plain.bits)
    for parameter in classifier.tunedParameters {
      #expect(!parameter.path.hasPrefix("visual."), "\(parameter.path)")
    }
  }

  @Test("Both towers train, and fold where the method folds", arguments: cases)
  func both(case method: MethodCase) throws {
    let classifier = try trained(method, [.vision, .text])
    let paths = classifier.tunedParameters.map(\.path)
    #expect(paths.contains { $0.hasPrefix("visual.") } && paths.contains { !$0.hasPrefix("visual.") })
    let live = classifier.logits()
    guard let merged = classifier.mergedState() else {
      #expect(!method.contract.isMergeable)
      return
    }
    let plain = try ImageClassifier(
      config: SmallClassifier.config, classes: SmallClassifier.classes,
      state: merged.filter { SmallClassifier.make().store[$0] != nil }, file: "merged")
    expectClose(plain.logits(), live, absolute: 1e-5 * live.largest)
    // The text tower, folded, makes the same head.
    let both = SmallClassifier.make(withTexts: true)
    for (name, value) in merged { both.store[name]?.assign(value) }
    let texts = try #require(both.texts)
    let head = TextHead(texts).weight(from: both.headWeight.variable, context: .inference).value
    let expected = try #require(merged["classification_head.weight"])
    expectClose(head, expected, absolute: 1e-5 * expected.largest)
  }

  @Test("Alpha 0 is the model before training and alpha 1 the tuned one, without a jump", arguments: cases)
  func alpha(case method: MethodCase) throws {
    let classifier = try trained(method, [.vision, .text])
    let start = SmallClassifier.make(withTexts: true)
    // As a run begins: with the head that the prompts make.
    let texts = try #require(start.texts)
    let zeroShot = TextHead(texts).weight(from: start.headWeight.variable, context: .inference).value
    start.headWeight.assign(zeroShot)
    classifier.headWeight.assign(zeroShot)
    let (before, after) = (start.logits(), classifier.logits())
    let path: any AlphaPath =
      classifier.mergedState().map {
        InterpolatedWeights(
          start, endpoints: WeightEndpoints(pretrained: start.plainState(), finetuned: $0), readsText: true)
      } ?? GatedModules(classifier)
    func logits(_ alpha: Double) throws -> Tensor {
      let context = try path.move(to: alpha)
      return path.classifier.logits(
        SmallClassifier.images, context, head: path.classifier.computedHead(context)
      ).value
    }
    #expect(try logits(0).bits == before.bits)
    expectClose(try logits(1), after, absolute: 1e-5 * after.largest)
    expectClose(try logits(1e-4), before, absolute: 0.02 * before.largest)
    expectClose(try logits(1 - 1e-4), after, absolute: 0.02 * after.largest)
  }

  @Test("What was tuned comes back bit for bit", arguments: cases)
  func saved(case method: MethodCase) throws {
    let classifier = try trained(method, [.vision, .text])
    let restored = try SmallClassifier.make(method.method(), towers: [.vision, .text])
    restored.perturb()
    try restored.restoreTuned(classifier.tunedState(), file: "tuned")
    #expect(restored.logits().bits == classifier.logits().bits)
  }
}
