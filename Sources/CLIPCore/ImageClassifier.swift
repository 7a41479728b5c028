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

  /// Where a method builds the parameters of its modules, started from `seed`.
  public func moduleScope(seed: UInt64) -> ParameterScope {
    ParameterScope(store: store, source: SeededSource(seed: seed))
  }

  /// Parameters of the image tower proper, without the projection and what methods add.
  public var towerParameters: [Parameter] { plainParameters.filter { !Self.headPaths.contains($0.path) } }

  public var headParameters: [Parameter] { plainParameters.filter { Self.headPaths.contains($0.path) } }

  /// images: [batch, 3, size, size], normalised → logits [batch, classes].
  public func logits(_ images: Tensor, _ context: ForwardContext) -> Variable {
    logits(pooled: vision.pooled(images, context))
  }

  /// pooled: class-token features [batch, width] → logits [batch, classes].
  public func logits(pooled: Variable) -> Variable {
    vision.project(pooled).l2Normalized().linear(weight: headWeight.variable, bias: headBias.variable)
  }

  /// The plain weights equal to this classifier with its updates and insertions folded in, or nil where a method's
  /// modules cannot be folded.
  public func mergedState() -> StateDict? {
    guard let merged = vision.mergedValues() else { return nil }
    var state = StateDict()
    for parameter in plainParameters { state[parameter.path] = merged[parameter.path] ?? parameter.value }
    return state
  }
}
