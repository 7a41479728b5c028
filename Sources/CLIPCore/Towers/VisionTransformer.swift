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
    let pixels = images.unfolded(patch: config.patchSize).converted(to: context.precision.operands)
    let patches = Variable(pixels).linear(
      weight: patchEmbedding.variable, parameter: patchEmbedding, result: .f32)
    let tokens = patchSite(patches, context)
      .prepending(classEmbedding.variable.reshaped([1, width]))
      .addingToEach(positionalEmbedding.variable)
    var x = preNorm(dropPatches(tokens, context))
    // Learned tokens stand before the class token; those that stay are counted here.
    var staying: [any PromptTokens] = []
    var queries: [Variable] = []
    for (layer, block) in blocks.enumerated() {
      let prompt = context.alpha == 0 ? nil : prompts[layer]
      let added = prompt?.count ?? 0
      if let prompt { x = x.prepending(prompt.tokens(context: context)) }
      let inFront = (prompt.map { [$0] } ?? []) + staying
      let keyBias = keyBias(of: inFront, tokens: x.shape[1], context)
      // Only the class token leaves the last block, and what stands before it, so only they are computed there.
      let isCut = layer == blocks.count - 1 && !context.computesEveryToken
      let leaving = isCut ? inFront.reduce(1) { $0 + $1.count } : nil
      x =
        context.recomputes
        ? x.recomputed { block($0, queries: leaving, keyBias: keyBias, context) }
        : block(x, queries: leaving, keyBias: keyBias, context)
      switch prompt?.use {
      case .allBlocks?:
        if let prompt { staying.insert(prompt, at: 0) }
        continue
      case .query?: queries.append(x.tokens(0..<added))
      case .oneBlock?, nil: break
      }
      if added > 0 { x = x.tokens(added..<x.shape[1]) }
    }
    let first = staying.reduce(0) { $0 + $1.count }
    let classToken = x.tokens(first..<first + 1).reshaped([images.shape[0], width])
    let pooled = finalNormSite(postNorm(classToken), context)
    guard let readout, context.alpha != 0 else { return pooled }
    return context.between(pooled, readout.apply(to: pooled, queries: queries, context: context))
  }

  /// tokens: [batch, 1 + patches, width]
  private func dropPatches(_ tokens: Variable, _ context: ForwardContext) -> Variable {
    guard context.isTraining, context.patchDropout > 0 else { return tokens }
    return PatchDropout(probability: context.patchDropout)(
      tokens, seeds: context.seeds(at: "\(path).patch_dropout", count: tokens.shape[0]))
  }

  /// What is added to the attention scores of each token: nothing keeps queries from being attended to but this, and
  /// prompts count alpha times, by its logarithm, so that they vanish as alpha goes to 0.
  private func keyBias(
    of prompts: [any PromptTokens], tokens: Int, _ context: ForwardContext
  ) -> Tensor? {
    guard prompts.contains(where: { $0.use == .query }) || (!prompts.isEmpty && context.alpha != 1) else {
      return nil
    }
    let front = prompts.flatMap { prompt in
      Array(repeating: prompt.use == .query ? Self.unattended : log(context.alpha), count: prompt.count)
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
