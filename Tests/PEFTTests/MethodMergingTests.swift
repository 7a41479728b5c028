import CLIPCore
import Checkpoint
import Experiments
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

@Suite("Merging a fine-tuned classifier into plain weights")
struct MethodMergingTests {
  @Test("The merged classifier's logits equal the unmerged one's", arguments: MethodContract.cases)
  func merged(case method: MethodCase) throws {
    let made = try method.method()
    let tuned = try SmallClassifier.make(made)
    tuned.train(steps: 4, learningRate: 0.03)
    guard method.contract.isMergeable else {
      #expect(tuned.mergedState() == nil)
      #expect(tuned.adaptation?.foldingObstacle != nil)
      return
    }
    let state = try #require(tuned.mergedState())
    let plain = try ImageClassifier(
      config: SmallClassifier.config, classes: SmallClassifier.classes,
      state: state.filter { SmallClassifier.make().store[$0] != nil }, file: "merged")
    let logits = tuned.logits()
    expectClose(plain.logits(), logits, absolute: 1e-5 * logits.largest)
    let pretrained = SmallClassifier.make().logits()
    let change = zip(logits.array, pretrained.array).map { abs($0 - $1) }.max() ?? 0
    #expect(change > 0.01 * pretrained.largest, "training changed too little for this to prove anything")
  }

  @Test("Merging changes neither the classifier nor the model it came from", arguments: MethodContract.cases)
  func untouched(case method: MethodCase) throws {
    let tuned = try SmallClassifier.make(method.method())
    tuned.perturb()
    let (before, logits) = (tuned.values(), tuned.logits().bits)
    let first = tuned.mergedState()
    #expect(tuned.values() == before)
    #expect(tuned.logits().bits == logits)
    let again = tuned.mergedState()
    #expect(first?.names == again?.names)
    for (name, tensor) in first ?? [:] { #expect(again?[name]?.bits == tensor.bits, "\(name)") }
  }

  @Test("The merged state has the names and shapes of a plain classifier", arguments: MethodContract.cases)
  func names(case method: MethodCase) throws {
    let tuned = try SmallClassifier.make(method.method())
    guard let state = tuned.mergedState() else { return }
    let plain = SmallClassifier.make(withTexts: tuned.texts != nil).plainParameters
    #expect(state.names == plain.map(\.path))
    #expect(state.map { $0.tensor.shape } == plain.map(\.shape))
  }
}
