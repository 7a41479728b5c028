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
  /// What is computed once for all alphas.
  var sharing: TowerSharing { get }
  /// Throws, saying why, where what is to move with alpha is nothing, or cannot.
  func requireMovement() throws(WiSEError)
  /// Moves the classifier to alpha; what it computes counts in the context that is returned.
  func move(to alpha: Double) throws(WiSEError) -> ForwardContext
}

/// Plain weights, interpolated: theta(alpha) = (1 − alpha) · theta₀ + alpha · theta₁ (Wortsman et al. 2022).
public final class InterpolatedWeights: AlphaPath {
  public let endpoints: WeightEndpoints
  public let classifier: ImageClassifier
  public let sharing: TowerSharing
  private let places: AlphaPlaces
  /// Class weights that the text tower made, by alpha.
  private var heads: [Double: Tensor] = [:]

  /// `classifier` has no method attached, and prompts if it `readsText`: then class weights between the ends are those of
  /// the interpolated text tower.
  public init(
    _ classifier: ImageClassifier, endpoints: WeightEndpoints, readsText: Bool = false,
    shape: AlphaShape = .plain
  ) {
    self.endpoints = endpoints
    self.classifier = classifier
    places = AlphaPlaces(shape, names: endpoints.pretrained.names, headIsText: readsText)
    sharing = endpoints.sharing(classifier.vision, places)
  }

  /// Throws unless the weights are those of a classifier of this architecture.
  public convenience init(
    config: CLIPConfig, endpoints: WeightEndpoints, shape: AlphaShape = .plain
  ) throws(ModelError) {
    self.init(
      try ImageClassifier(
        config: config, classes: endpoints.pretrained["classification_head.weight"]?.shape.first ?? 0,
        state: endpoints.pretrained, file: "pre-trained weights"), endpoints: endpoints, shape: shape)
  }

  public func requireMovement() throws(WiSEError) { try endpoints.requireMovement(places) }

  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    classifier.store.assign(try endpoints.state(at: alpha, places))
    if places.headIsText, let texts = classifier.texts, !isTextAtEnd(alpha) {
      let head = heads[alpha] ?? madeHead(texts)
      heads[alpha] = head
      classifier.headWeight.assign(head)
    }
    return .inference
  }

  /// Whether the text tower is wholly before or wholly after fine-tuning, so that its class weights are known.
  private func isTextAtEnd(_ alpha: Double) -> Bool {
    let own = endpoints.pretrained.names.filter {
      places.part(of: $0) == .text && !ImageClassifier.headPaths.contains($0)
    }
    let alphas = Set(own.map { places.alpha(of: $0, at: alpha) })
    return alphas == [0] || alphas == [1]
  }

  /// In full precision, as at the ends.
  private func madeHead(_ texts: ClassPrompts) -> Tensor {
    TextHead(texts).weight(
      from: classifier.headWeight.variable,
      context: ForwardContext(isTraining: false, seed: 0, precision: .fp32)
    ).value
  }
}

extension ParameterStore {
  /// Takes the values that a state has; tensors are shared.
  func assign(_ state: StateDict) {
    for (name, value) in state { self[name]?.assign(value) }
  }
}
