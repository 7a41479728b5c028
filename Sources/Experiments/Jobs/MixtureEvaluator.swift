import CLIPCore
import Checkpoint
import EvalShift
import Foundation
import ImageCodec
import NN
import TensorCore
import Tokenizer
import Training
import WiSE

/// Scores mixtures of models on validation images. One mixture is in memory, which is made tensor by tensor.
final class MixtureEvaluator {
  private let merge: ModelMerge
  private let config: CLIPConfig
  private let preprocessing: Preprocessing
  private let tokenizer: BPETokenizer?
  private let validation: MergeValidation
  private let observer: ShiftEvaluator.Observer
  /// A zero-shot head that holds for all mixtures, because their text towers are the same.
  private var sharedHead: ZeroShotHead?
  /// Whether that was found out already.
  private var textIsCompared = false

  init(
    _ merge: ModelMerge, config: CLIPConfig, preprocessing: Preprocessing, tokenizer: BPETokenizer?,
    validation: MergeValidation, observer: ShiftEvaluator.Observer
  ) {
    self.merge = merge
    self.config = config
    self.preprocessing = preprocessing
    self.tokenizer = tokenizer
    self.validation = validation
    self.observer = observer
  }

  func score(_ coefficients: [Double]) throws -> MixtureScore {
    let head = try zeroShotHead(coefficients)
    var state = try mixture(coefficients) {
      $0.hasPrefix("visual.") || (head == nil && MergeMember.headPaths.contains($0))
    }
    if let head { state = state.merging(head.state()) }
    let path = try InterpolatedWeights(
      config: config, endpoints: WeightEndpoints(pretrained: state, finetuned: state))
    let evaluator = ShiftEvaluator(config: config, preprocessing: preprocessing)
    let found = try evaluator.sweep(path, alphas: [0], sets: [validation.set], observer: observer)[0]
      .predictions[0]
    let sum = found.rows.reduce(0) { $0 - $1.targetLogProbability }
    return MixtureScore(
      correct: found.correct, images: found.count, crossEntropy: sum / Double(max(1, found.count)))
  }

  private func mixture(_ coefficients: [Double], where isIncluded: (String) -> Bool) throws -> StateDict {
    var state = StateDict()
    for name in merge.names where isIncluded(name) { state[name] = try merge.mixture(name, coefficients) }
    return state
  }

  /// Nil for models with heads of their own.
  func zeroShotHead(_ coefficients: [Double]) throws -> ZeroShotHead? {
    guard let buildHead = validation.buildHead else { return nil }
    if let sharedHead { return sharedHead }
    guard let tokenizer else {
      throw ModelError.missingFile(
        path: "vocab.json",
        hint: "a zero-shot head needs the vocabulary of the first model; put it beside its weights")
    }
    let source = StateDictSource(
      try mixture(coefficients) { !MergeMember.headPaths.contains($0) }, file: merge.models[0].label)
    let clip = CLIP(config: config, source: source)
    try source.finish()
    let place = URL(fileURLWithPath: merge.models[0].label)
    let head = try buildHead(
      PretrainedModel(clip: clip, tokenizer: tokenizer, preprocessing: preprocessing, place: place))
    if !textIsCompared, try haveSameText() { sharedHead = head }
    textIsCompared = true
    return head
  }

  /// Whether all models have the same text tower, bit for bit.
  private func haveSameText() throws -> Bool {
    for name in merge.names where !name.hasPrefix("visual.") && !MergeMember.headPaths.contains(name) {
      let first = try merge.models[0].weights(name)
      for other in merge.models.dropFirst() {
        guard try other.weights(name).bytes.elementsEqual(first.bytes) else { return false }
      }
    }
    return true
  }
}
