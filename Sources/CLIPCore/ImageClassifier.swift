import Checkpoint
import NN
import TensorCore

/// An image tower with a classifier on its L2-normalised embeddings: what fine-tuning trains.
public final class ImageClassifier {
  public let config: CLIPConfig
  public let store: ParameterStore
  public let vision: VisionTransformer
  /// [classes, embedding width]; starts as a zero-shot head.
  public let headWeight: Parameter
  /// [classes]; starts as 0.
  public let headBias: Parameter
  /// Everything but the modules of a fine-tuning method, in the order of construction.
  public let plainParameters: [Parameter]
  /// What a fine-tuning method did to it; nil unless one did.
  public private(set) var adaptation: Adaptation?

  /// Names of the head: trained by every method and counted apart. The projection belongs to it, as in the study.
  public static let headPaths: Set<String> = [
    "visual.proj", "classification_head.weight", "classification_head.bias",
  ]

  /// Builds the classifier; `source` supplies every parameter by its canonical name.
  public init(config: CLIPConfig, classes: Int, source: any ParameterSource) {
    self.config = config
    store = ParameterStore()
    let root = ParameterScope(store: store, source: source)
    vision = VisionTransformer(root["visual"], config: config.vision, embeddingWidth: config.embeddingWidth)
    let head = root["classification_head"]
    headWeight = head.parameter("weight", [classes, config.embeddingWidth], .zeros)
    headBias = head.parameter("bias", [classes], .zeros)
    plainParameters = store.parameters
  }

  /// Loads a plain state: `visual.*` and `classification_head.*`. Throws, listing all keys that do not fit.
  public convenience init(
    config: CLIPConfig, classes: Int, state: StateDict, file: String
  ) throws(ModelError) {
    let source = StateDictSource(state, file: file)
    self.init(config: config, classes: classes, source: source)
    try source.finish()
  }

  /// Makes it ready for a fine-tuning method: nothing of the tower trains, the head does. What the method adds starts from
  /// `seed`.
  /// - Precondition: no other method is attached.
  public func beginAdaptation(seed: UInt64, countsOnly: Bool = false) -> Adaptation {
    precondition(adaptation == nil, "one method at a time")
    let begun = Adaptation(
      towers: [vision], head: headParameters, store: store, seed: seed, countsOnly: countsOnly)
    adaptation = begun
    return begun
  }

  /// Leaves the classifier as it was before a method was attached.
  public func detach() {
    adaptation?.detach()
    adaptation = nil
  }

  public var headParameters: [Parameter] { plainParameters.filter { Self.headPaths.contains($0.path) } }

  /// images: [batch, 3, size, size], normalised → logits [batch, classes].
  public func logits(_ images: Tensor, _ context: ForwardContext) -> Variable {
    logits(pooled: vision.pooled(images, context))
  }

  /// pooled: class-token features [batch, width] → logits [batch, classes].
  public func logits(pooled: Variable) -> Variable {
    vision.project(pooled).l2Normalized().linear(weight: headWeight.variable, bias: headBias.variable)
  }

  /// The plain weights equal to this classifier with all that a method added folded in, or nil where that cannot be done
  /// (`Adaptation.foldingObstacle` says why).
  public func mergedState() -> StateDict? {
    guard let adaptation else { return plainState() }
    guard let folded = adaptation.foldedValues() else { return nil }
    return plainState().merging(StateDict(folded.map { ($0.key, $0.value) }))
  }

  /// Its own parameters as they are, without what a method added.
  public func plainState() -> StateDict { StateDict(plainParameters.map { ($0.path, $0.value) }) }
}
