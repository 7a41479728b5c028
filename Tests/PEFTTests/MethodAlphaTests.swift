import CLIPCore
import Checkpoint
import Experiments
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

@Suite("Every method from pre-trained (alpha 0) to fine-tuned (alpha 1)")
struct MethodAlphaTests {
  /// The method's classifier after some training.
  private func trained(_ method: MethodCase) throws -> ImageClassifier {
    let classifier = try SmallClassifier.make(method.method())
    classifier.train(steps: 4, learningRate: 0.03)
    return classifier
  }

  /// As a run is scored.
  private func path(_ classifier: ImageClassifier) -> any AlphaPath {
    guard let merged = classifier.mergedState() else { return GatedModules(classifier) }
    let start = SmallClassifier.make(withTexts: classifier.texts != nil)
    return InterpolatedWeights(
      start, endpoints: WeightEndpoints(pretrained: start.plainState(), finetuned: merged))
  }

  private func logits(_ path: any AlphaPath, _ alpha: Double) throws -> Tensor {
    let context = try path.move(to: alpha)
    return path.classifier.logits(SmallClassifier.images, context).value
  }

  @Test(
    "Alpha 0 is the model before training, and alpha 1 the trained one, bit for bit",
    arguments: MethodContract.cases)
  func ends(case method: MethodCase) throws {
    let classifier = try trained(method)
    let (before, after) = (SmallClassifier.make().logits(), classifier.logits())
    let gates = GatedModules(classifier)
    // There and back again: nothing of another alpha is left.
    for alpha in [0.0, 0.5, 1, 0.3, 0] {
      let scored = try logits(gates, alpha)
      if alpha == 0 { #expect(scored.bits == before.bits) }
      if alpha == 1 { #expect(scored.bits == after.bits) }
      #expect(scored.isFinite)
    }
    let scored = path(try trained(method))
    #expect(try logits(scored, 0).bits == before.bits)
    let end = try logits(scored, 1)
    expectClose(end, after, absolute: 1e-5 * after.largest)
  }

  @Test("Nothing jumps on the way", arguments: MethodContract.cases)
  func continuous(case method: MethodCase) throws {
    let path = path(try trained(method))
    let (start, end) = (try logits(path, 0), try logits(path, 1))
    let whole = zip(start.array, end.array).map { abs($0 - $1) }.max() ?? 0
    try #require(whole > 0)
    for (alpha, anchor) in [(1e-4, start), (1 - 1e-4, end)] {
      let step = zip(try logits(path, alpha).array, anchor.array).map { abs($0 - $1) }.max() ?? 0
      #expect(step < 0.02 * whole, "at alpha \(alpha): \(step) of \(whole)")
      #expect(step > 0)
    }
  }

  /// Where weights and modules that train meet in one layer, products of the two interpolate otherwise than both together:
  /// DiffFit's factors on the branches whose biases train, too.
  private static let mergeable = MethodContract.cases.filter {
    $0.contract.isMergeable && $0.contract.name != "difffit"
  }

  @Test("Interpolated weights and scaled modules give the same between the ends", arguments: mergeable)
  func agreement(case method: MethodCase) throws {
    let classifier = try trained(method)
    let interpolated = path(classifier)
    let gates = GatedModules(classifier)
    for alpha in [0.25, 0.7] {
      let expected = try logits(interpolated, alpha)
      expectClose(try logits(gates, alpha), expected, absolute: 2e-5 * expected.largest)
    }
  }

  @Test(
    "Detached, the classifier is the one it was, and takes another method", arguments: MethodContract.cases)
  func detached(case method: MethodCase) throws {
    let classifier = try trained(method)
    classifier.detach()
    let plain = SmallClassifier.make(withTexts: classifier.texts != nil)
    #expect(classifier.values() == plain.values())
    #expect(classifier.logits().bits == plain.logits().bits)
    #expect(classifier.store.trainable.isEmpty && classifier.adaptation == nil)
    try classifier.adapt(with: LoRA(), seed: 1)
    #expect(classifier.tunedParameters.allSatisfy { $0.path.contains("lora") })
  }
}
