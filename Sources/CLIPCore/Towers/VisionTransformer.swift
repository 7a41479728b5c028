import NN
import TensorCore

/// CLIP's image tower (Dosovitskiy et al. 2021; Radford et al. 2021).
public final class VisionTransformer: AdaptableTower {
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
  /// Prompts by block; empty unless a method adds them.
  public var prompts: [Int: any PromptTokens] = [:]

  public init(_ scope: ParameterScope, config: VisionConfig, embeddingWidth: Int) {
    self.config = config
    let width = config.transformer.width
    let start = 1 / Float(width).squareRoot()
    patchEmbedding = scope["conv1"].parameter(
      "weight", [width, 3, config.patchSize, config.patchSize], .kaimingUniform)
    classEmbedding = scope.parameter("class_embedding", [width], .normal(deviation: start))
    positionalEmbedding = scope.parameter(
      "positional_embedding", [1 + config.patches, width], .normal(deviation: start))
    preNorm = LayerNorm(scope["ln_pre"], width: width, epsilon: config.transformer.layerNormEpsilon)
    blocks = (0..<config.transformer.layers).map {
      TransformerBlock(scope["transformer.resblocks.\($0)"], config: config.transformer, layer: $0)
    }
    postNorm = LayerNorm(scope["ln_post"], width: width, epsilon: config.transformer.layerNormEpsilon)
    projection = scope.parameter("proj", [width, embeddingWidth], .normal(deviation: start))
    // A shift after the patch embedding has no bias to go to, but equals one in the patches' position embeddings.
    patchSite = Site(
      layer: nil, point: .patchEmbedding, width: width, path: "\(scope.path).conv1",
      follows: AffineMap(
        weight: patchEmbedding, bias: nil,
        shiftSink: .init(parameter: positionalEmbedding, rows: 1..<(1 + config.patches))))
    finalNormSite = Site(
      layer: nil, point: .finalNorm, width: width, path: "\(scope.path).ln_post", follows: postNorm.affine)
  }

  public var depth: Int { blocks.count }
  public var width: Int { config.transformer.width }
  public var linears: [Linear] { blocks.flatMap(\.linears) }
  public var sites: [Site] { [patchSite] + blocks.flatMap(\.sites) + [finalNormSite] }

  /// images: [batch, 3, size, size], normalised → projected embeddings [batch, embedding width], not normalised.
  public func callAsFunction(_ images: Tensor, _ context: ForwardContext) -> Variable {
    project(pooled(images, context))
  }

  /// images: [batch, 3, size, size] → features of the class token after the final norm, [batch, width].
  public func pooled(_ images: Tensor, _ context: ForwardContext) -> Variable {
    let pixels = images.unfolded(patch: config.patchSize).converted(to: context.precision.operands)
    let patches = Variable(pixels).linear(
      weight: patchEmbedding.variable, parameter: patchEmbedding, result: .f32)
    let tokens = patchSite(patches, context)
      .prepending(classEmbedding.variable.reshaped([1, width]))
      .addingToEach(positionalEmbedding.variable)
    var x = preNorm(tokens)
    for (layer, block) in blocks.enumerated() {
      // Prompts stand before the class token for one block and are dropped after it (Jia et al. 2022, deep). Only the
      // class token leaves the last block, so only it is computed there.
      let prompt = prompts[layer]
      let added = prompt?.count ?? 0
      if let prompt { x = x.prepending(prompt.tokens(context: context)) }
      let isLast = layer == blocks.count - 1
      let queries = isLast ? added + 1 : nil
      x =
        context.recomputes
        ? x.recomputed { block($0, queries: queries, context) } : block(x, queries: queries, context)
      if added > 0 { x = x.tokens(added..<x.shape[1]) }
    }
    let pooled = x.tokens(0..<1).reshaped([images.shape[0], width])
    return finalNormSite(postNorm(pooled), context)
  }

  /// pooled: [batch, width] → [batch, embedding width]
  public func project(_ pooled: Variable) -> Variable { pooled.projected(by: projection.variable) }
}
