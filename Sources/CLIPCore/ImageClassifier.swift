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
  /// The classes' prompts with the tower that reads them, for methods whose head is a function of text.
  public let texts: ClassPrompts?
  /// Everything but the modules of a fine-tuning method, in the order of construction.
  public let plainParameters: [Parameter]
  /// What a fine-tuning method did to it; nil unless one did.
  public private(set) var adaptation: Adaptation?

  /// Names of the head: trained by every method and counted apart. The projection belongs to it, as in the study.
  public static let headPaths: Set<String> = [
    "visual.proj", "classification_head.weight", "classification_head.bias",
  ]

  /// Builds the classifier; `source` supplies every parameter by its canonical name, those of the text tower only where
  /// there are `prompts`.
  public init(
    config: CLIPConfig, classes: Int, source: any ParameterSource, prompts: ClassPrompts.Tokens? = nil
  ) {
    self.config = config
    store = ParameterStore()
    let root = ParameterScope(store: store, source: source)
    vision = VisionTransformer(root["visual"], config: config.vision, embeddingWidth: config.embeddingWidth)
    let head = root["classification_head"]
    headWeight = head.parameter("weight", [classes, config.embeddingWidth], .zeros)
    headBias = head.parameter("bias", [classes], .zeros)
    texts = prompts.map { prompts in
      ClassPrompts(
        prompts,
        tower: TextTransformer(root, config: config.text, embeddingWidth: config.embeddingWidth),
        logitScale: CLIP.logitScale(root))
    }
    plainParameters = store.parameters
  }

  /// Loads a plain state: `visual.*` and `classification_head.*`, and the text tower's where there are `prompts`. Throws,
  /// listing all keys that do not fit.
  public convenience init(
    config: CLIPConfig, classes: Int, state: StateDict, file: String, prompts: ClassPrompts.Tokens? = nil
  ) throws(ModelError) {
    let source = StateDictSource(state, file: file)
    self.init(config: config, classes: classes, source: source, prompts: prompts)
    try source.finish()
  }

  /// Makes it ready for a fine-tuning method: nothing of the towers trains, the head does. What the method adds starts from
  /// `seed`.
  /// - Precondition: no other method is attached, and there are prompts where the text tower is to be adapted.
  public func beginAdaptation(
    of kinds: Set<TowerKind> = [.vision], seed: UInt64, examples: (any Examples)? = nil,
    countsOnly: Bool = false
  ) -> Adaptation {
    precondition(adaptation == nil, "one method at a time")
    let all: [any AdaptableTower] = [vision] + (texts.map { [$0.tower] } ?? [])
    let begun = Adaptation(
      towers: all.filter { kinds.contains($0.kind) }, head: headParameters, texts: texts, examples: examples,
      store: store, seed: seed, countsOnly: countsOnly)
    adaptation = begun
    return begun
  }

  /// Whether training changes the images' embeddings.
  public var trainsEmbeddings: Bool {
    adaptation?.leavesImagesAlone == false || vision.projection.isTrainable
      || vision.sites.contains { $0.point == .embedding && $0.insertion != nil }
  }

  /// Leaves the classifier as it was before a method was attached.
  public func detach() {
    adaptation?.detach()
    adaptation = nil
  }

  public var headParameters: [Parameter] { plainParameters.filter { Self.headPaths.contains($0.path) } }

  /// images: [batch, 3, size, size], normalised → logits [batch, classes]. `head` are class weights computed before.
  public func logits(_ images: Tensor, _ context: ForwardContext, head: Variable? = nil) -> Variable {
    logits(pooled: vision.pooled(images, context), context, head: head)
  }

  /// pooled: class-token features [batch, width] → logits [batch, classes].
  public func logits(pooled: Variable, _ context: ForwardContext, head: Variable? = nil) -> Variable {
    logits(embedded: embedded(pooled: pooled, context), context, head: head)
  }

  /// pooled: class-token features [batch, width] → embeddings of length 1 [batch, embedding width].
  public func embedded(pooled: Variable, _ context: ForwardContext) -> Variable {
    vision.project(pooled, context).l2Normalized()
  }

  /// normalized: embeddings of length 1 [batch, embedding width] → logits [batch, classes].
  public func logits(
    embedded normalized: Variable, _ context: ForwardContext, head: Variable? = nil
  ) -> Variable {
    let context = context.atHead
    let plain = PlainHead(weight: head ?? headWeight.variable, bias: headBias.variable)
    guard head == nil, let module = adaptation?.headModule, context.alpha != 0 else {
      return plain.logits(normalized)
    }
    let changed = module.logits(normalized, head: plain, context: context)
    // Computed weights know what they are at alpha.
    return module is any ComputedHead ? changed : context.between(plain.logits(normalized), changed)
  }

  /// Class weights that hold as long as nothing changes, to be computed once for many images; nil where they are the head's
  /// own, or no weights.
  public func computedHead(_ context: ForwardContext) -> Variable? {
    let context = context.atHead
    guard context.alpha != 0, let computed = adaptation?.headModule as? any ComputedHead else { return nil }
    return computed.weight(from: headWeight.variable, context: context)
  }

  /// The plain weights equal to this classifier with all that a method added folded in, or nil where that cannot be done
  /// (`Adaptation.foldingObstacle` says why).
  public func mergedState() -> StateDict? {
    guard let adaptation else { return plainState() }
    guard let folded = adaptation.foldedValues() else { return nil }
    var state = plainState().merging(StateDict(folded.map { ($0.key, $0.value) }))
    // Found once and kept: in full precision.
    let context = ForwardContext(isTraining: false, seed: 0, precision: .fp32)
    if let head = computedHead(context) { state[headWeight.path] = head.value }
    return state
  }

  /// Its own parameters as they are, without what a method added.
  public func plainState() -> StateDict { StateDict(plainParameters.map { ($0.path, $0.value) }) }
}
