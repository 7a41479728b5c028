import CLIPCore
import Checkpoint
import NN
import PEFT
import TensorCore
import Training
import WiSE

/// A classifier at every point between what it was before fine-tuning (alpha 0) and what it is after it (alpha 1).
///
/// Whoever scores asks for an alpha and does not know how it is made: by weights that are interpolated, or by modules whose
/// contribution is scaled. Both give the ends bit for bit.
public protocol AlphaPath: AnyObject {
  var classifier: ImageClassifier { get }
  /// Whether only the head differs along the path, so that features of the tower serve every alpha.
  var sharesTower: Bool { get }
  /// Moves the classifier to alpha; what it computes counts in the context that is returned.
  func move(to alpha: Double) throws(WiSEError) -> ForwardContext
}

/// Plain weights, interpolated: theta(alpha) = (1 − alpha) · theta₀ + alpha · theta₁ (Wortsman et al. 2022).
public final class InterpolatedWeights: AlphaPath {
  public let endpoints: WeightEndpoints
  public let classifier: ImageClassifier
  public let sharesTower: Bool
  /// Whether class weights are what the text tower makes of the prompts.
  private let readsText: Bool

  /// `classifier` has no method attached, and prompts if it `readsText`: then class weights between the ends are those of
  /// the interpolated text tower.
  public init(_ classifier: ImageClassifier, endpoints: WeightEndpoints, readsText: Bool = false) {
    self.endpoints = endpoints
    self.classifier = classifier
    self.readsText = readsText
    sharesTower = endpoints.sharesTower
  }

  /// Throws unless the weights are those of a classifier of this architecture.
  public convenience init(config: CLIPConfig, endpoints: WeightEndpoints) throws(ModelError) {
    self.init(
      try ImageClassifier(
        config: config, classes: endpoints.pretrained["classification_head.weight"]?.shape.first ?? 0,
        state: endpoints.pretrained, file: "pre-trained weights"), endpoints: endpoints)
  }

  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    classifier.store.assign(try endpoints.state(alpha: alpha))
    if readsText, alpha != 0, alpha != 1, let texts = classifier.texts {
      // In full precision, as at the ends.
      let head = TextHead(texts).weight(
        from: classifier.headWeight.variable,
        context: ForwardContext(isTraining: false, seed: 0, precision: .fp32))
      classifier.headWeight.assign(head.value)
    }
    return .inference
  }
}

/// What a method added, scaled by alpha, and the model's own weights that it trained, interpolated: for adapters, prompts
/// and all that is more than plain weights.
public final class GatedModules: AlphaPath {
  public let classifier: ImageClassifier
  public let sharesTower: Bool
  private let ownWeights: WeightEndpoints

  /// `classifier` was adapted by its method and has the weights that training ended with; nothing of it trains from now on.
  public init(_ classifier: ImageClassifier) {
    self.classifier = classifier
    let trained = classifier.adaptation?.ownTrained ?? []
    let start = classifier.adaptation?.start ?? [:]
    sharesTower = classifier.adaptation?.leavesImagesAlone ?? true
    ownWeights = WeightEndpoints(
      pretrained: StateDict(
        trained.compactMap { parameter in start[parameter.path].map { (parameter.path, $0) } }),
      finetuned: StateDict(trained.map { ($0.path, $0.value) }))
    // As it is scored: with nothing kept for a backward pass, and activations fused into products.
    for parameter in classifier.store.trainable { parameter.isTrainable = false }
  }

  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    classifier.store.assign(try ownWeights.state(alpha: alpha))
    return .inference(alpha: Float(alpha))
  }
}

extension ParameterStore {
  /// Takes the values that a state has; tensors are shared.
  func assign(_ state: StateDict) {
    for (name, value) in state { self[name]?.assign(value) }
  }
}
