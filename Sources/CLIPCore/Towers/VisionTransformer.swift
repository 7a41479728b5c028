import Foundation
import NN
import TensorCore

/// CLIP's image tower (Dosovitskiy et al. 2021; Radford et al. 2021).
public final class VisionTransformer: PromptableTower {
  public let config: VisionConfig
  /// [width, 3, patch, patch], without bias.
  public let patchEmbedding: Parameter
  public let classEmbedding: Parameter
  /// [1 + patches, width]
  public let positionalEmbedding: Parameter
  public let preNorm: LayerNorm
  public let blocks: [TransformerBlock]
  public let postNorm: LayerNorm
  /// [width, embedding width]
  public let projection: Parameter

  public let patchSite: Site
  public let finalNormSite: Site
  public let embeddingSite: Site
  public let kind = TowerKind.vision
  public let path: String
  /// Learned tokens by block, and what is made of those that query; empty unless a method adds them.
  public var prompts: [Int: any PromptTokens] = [:]
  public var readout: (any Readout)?

  public init(_ scope: ParameterScope, config: VisionConfig, embeddingWidth: Int) {
    self.config = config
    path = scope.path
    let width = config.transformer.width
    let start = 1 / Float(width).squareRoot()
    patchEmbedding = scope["conv1"].parameter(
      "weight", [width, 3, config.patchSize, config.patchSize], .kaimingUniform)
    classEmbedding = scope.parameter("class_embedding", [width], .normal(deviation: start))
    positionalEmbedding = scope.parameter(
      "positional_embedding", [1 + config.patches, width], .normal(deviation: start))
    let epsilon = config.transformer.layerNormEpsilon
    preNorm = LayerNorm(scope["ln_pre"], width: width, epsilon: epsilon, place: Place(.vision, .preNorm))
    blocks = (0..<config.transformer.layers).map {
      TransformerBlock(scope["transformer.resblocks.\($0)"], config: config.transformer, layer: $0)
    }
    postNorm = LayerNorm(scope["ln_post"], width: width, epsilon: epsilon, place: Place(.vision, .finalNorm))
    projection = scope.parameter("proj", [width, embeddingWidth], .normal(deviation: start))
    // A shift after the patch embedding has no bias to go to, but equals one in the patches' position embeddings.
    patchSite = Site(
      tower: .vision, block: nil, point: .patchEmbedding, width: width, path: "\(scope.path).conv1",
      follows: AffineMap(
        weight: patchEmbedding, bias: nil,
        shiftSink: .init(parameter: positionalEmbedding, rows: 1..<(1 + config.patches))))
    finalNormSite = Site(
      tower: .vision, block: nil, point: .finalNorm, width: width, path: "\(scope.path).ln_post",
      follows: postNorm.affine)
    embeddingSite = Site(
      tower: .vision, block: nil, point: .embedding, width: embeddingWidth, path: "\(scope.path).embedding",
      follows: nil)
  }

  public var depth: Int { blocks.count }
  public var width: Int { config.transformer.width }
  public var gridSide: Int { config.imageSize / config.patchSize }
  public var patchElements: Int { 3 * config.patchSize * config.patchSize }
  public var embeddings: [PlacedParameter] {
    [
      PlacedParameter(patchEmbedding, Place(.vision, .patchEmbedding)),
      PlacedParameter(classEmbedding, Place(.vision, .classEmbedding)),
      PlacedParameter(positionalEmbedding, Place(.vision, .positionalEmbedding)),
    ]
  }
  public var norms: [LayerNorm] { [preNorm] + blocks.flatMap(\.norms) + [postNorm] }
  public var linears: [Linear] { blocks.flatMap(\.linears) }
  public var sites: [Site] { [patchSite] + blocks.flatMap(\.sites) + [finalNormSite, embeddingSite] }

  /// images: [batch, 3, size, size], normalised → projected embeddings [batch, embedding width], not normalised.
  public func callAsFunction(_ images: Tensor, _ context: ForwardContext) -> Variable {
    project(pooled(images, context), context)
  }

  /// images: [batch, 3, size, size] → features of the class token after the final norm, [batch, width].
  public func pooled(_ images: Tensor, _ context: ForwardContext) -> Variable {
    pooled(stream(images, upTo: 0, context), context)
  }

  /// What goes from one block into the next.
  public struct Stream {
    /// [batch, tokens, width]
    fileprivate var tokens: Variable
    /// Blocks that it has gone through.
    fileprivate var block = 0
    /// Learned tokens that stand before the class token, with how far each counts.
    fileprivate var staying: [Gated] = []
    /// What the blocks made of those that query.
    fileprivate var queries: [Variable] = []

    /// Memory that it takes.
    public var byteCount: Int { tokens.value.byteCount }
  }

  /// Learned tokens, and the alpha at which they came in.
  fileprivate typealias Gated = (prompt: any PromptTokens, alpha: Float)

  /// images: [batch, 3, size, size] → what goes into block `block`, or out of the last.
  public func stream(_ images: Tensor, upTo block: Int, _ context: ForwardContext) -> Stream {
    let pixels = images.unfolded(patch: config.patchSize).converted(to: context.precision.operands)
    let patches = Variable(pixels).linear(
      weight: patchEmbedding.variable, parameter: patchEmbedding, result: .f32)
    let tokens = patchSite(patches, context)
      .prepending(classEmbedding.variable.reshaped([1, width]))
      .addingToEach(positionalEmbedding.variable)
    var stream = Stream(tokens: preNorm(dropPatches(tokens, context)))
    for _ in 0..<block { advance(&stream, context) }
    return stream
  }

  /// What is left of the way → features of the class token after the final norm, [batch, width].
  public func pooled(_ stream: consuming Stream, _ context: ForwardContext) -> Variable {
    while stream.block < blocks.count { advance(&stream, context) }
    let first = stream.staying.reduce(0) { $0 + $1.prompt.count }
    let classToken = stream.tokens.tokens(first..<first + 1).reshaped([stream.tokens.shape[0], width])
    let pooled = finalNormSite(postNorm(classToken), context)
    let here = context.at(kind, block: nil)
    guard let readout, here.alpha != 0 else { return pooled }
    return here.between(pooled, readout.apply(to: pooled, queries: stream.queries, context: here))
  }

  /// Goes through one block. Learned tokens stand before the class token; those that stay are counted.
  private func advance(_ stream: inout Stream, _ context: ForwardContext) {
    let (layer, block) = (stream.block, blocks[stream.block])
    stream.block += 1
    var x = stream.tokens
    let entering = prompts[layer].flatMap { gated($0, layer, context) }
    let prompt = entering?.prompt
    let added = prompt?.count ?? 0
    if let prompt { x = x.prepending(prompt.tokens(context: context)) }
    let inFront = (entering.map { [$0] } ?? []) + stream.staying
    let keyBias = keyBias(of: inFront, tokens: x.shape[1])
    // Only the class token leaves the last block, and what stands before it, so only they are computed there.
    let isCut = layer == blocks.count - 1 && !context.computesEveryToken
    let leaving = isCut ? inFront.reduce(1) { $0 + $1.prompt.count } : nil
    x =
      context.recomputes
      ? x.recomputed { block($0, queries: leaving, keyBias: keyBias, context) }
      : block(x, queries: leaving, keyBias: keyBias, context)
    switch prompt?.use {
    case .allBlocks?:
      if let entering { stream.staying.insert(entering, at: 0) }
      stream.tokens = x
      return
    case .query?: stream.queries.append(x.tokens(0..<added))
    case .oneBlock?, nil: break
    }
    stream.tokens = added > 0 ? x.tokens(added..<x.shape[1]) : x
  }

  /// A block's learned tokens with their alpha; nil where that is 0. Those that query count as their readout does.
  private func gated(_ prompt: any PromptTokens, _ layer: Int, _ context: ForwardContext) -> Gated? {
    let alpha = context.at(kind, block: prompt.use == .query ? nil : layer).alpha
    return alpha == 0 ? nil : (prompt, alpha)
  }

  /// tokens: [batch, 1 + patches, width]
  private func dropPatches(_ tokens: Variable, _ context: ForwardContext) -> Variable {
    guard context.isTraining, context.patchDropout > 0 else { return tokens }
    return PatchDropout(probability: context.patchDropout)(
      tokens, seeds: context.seeds(at: "\(path).patch_dropout", count: tokens.shape[0]))
  }

  /// What is added to the attention scores of each token: nothing keeps queries from being attended to but this, and
  /// prompts count alpha times, by its logarithm, so that they vanish as alpha goes to 0.
  private func keyBias(of prompts: [Gated], tokens: Int) -> Tensor? {
    guard prompts.contains(where: { $0.prompt.use == .query || $0.alpha != 1 }) else { return nil }
    let front = prompts.flatMap { prompt, alpha in
      Array(repeating: prompt.use == .query ? Self.unattended : log(alpha), count: prompt.count)
    }
    return Tensor(front + Array(repeating: 0, count: tokens - front.count), shape: [tokens])
  }

  /// A score so low that its exponential is 0, without the arithmetic of infinities.
  private static let unattended: Float = -1e30

  /// pooled: [batch, width] → [batch, embedding width]
  public func project(_ pooled: Variable, _ context: ForwardContext) -> Variable {
    embeddingSite(pooled.projected(by: projection.variable), context)
  }
}
