import TensorCore

/// Extents of a transformer's blocks.
public struct TransformerConfig: Sendable, Codable, Equatable {
  public var width: Int
  public var layers: Int
  public var heads: Int
  public var mlpWidth: Int
  public var activation: Activation
  public var layerNormEpsilon: Float

  public init(
    width: Int, layers: Int, heads: Int, mlpWidth: Int, activation: Activation, layerNormEpsilon: Float = 1e-5
  ) {
    self.width = width
    self.layers = layers
    self.heads = heads
    self.mlpWidth = mlpWidth
    self.activation = activation
    self.layerNormEpsilon = layerNormEpsilon
  }
}

/// One pre-norm residual block: x += attention(norm1(x)); x += mlp(norm2(x)) (Radford et al. 2021).
public final class TransformerBlock {
  public let norm1: LayerNorm
  public let qkv: Linear
  public let attentionOutput: Linear
  public let norm2: LayerNorm
  public let fc1: Linear
  public let fc2: Linear
  private let config: TransformerConfig
  private let layer: Int
  private let path: String

  public let norm1Site, qkvSite, attentionOutputSite, attentionBranch: Site
  public let norm2Site, fc1Site, hiddenSite, fc2Site, mlpBranch: Site

  /// Weights start as OpenAI's CLIP starts them, by width and depth.
  public init(_ scope: ParameterScope, config: TransformerConfig, layer: Int, tower: TowerKind = .vision) {
    self.config = config
    self.layer = layer
    path = scope.path
    let width = config.width
    let attention = 1 / Float(width).squareRoot()
    let projection = attention / Float(2 * config.layers).squareRoot()
    let fc = 1 / Float(2 * width).squareRoot()
    func place(_ role: LayerRole) -> Place { Place(tower, block: layer, role) }
    norm1 = LayerNorm(
      scope["ln_1"], width: width, epsilon: config.layerNormEpsilon, place: place(.norm1))
    qkv = Linear(
      scope["attn"], inputs: width, outputs: 3 * width, weight: "in_proj_weight", bias: "in_proj_bias",
      deviation: attention, place: place(.qkv))
    attentionOutput = Linear(
      scope["attn.out_proj"], inputs: width, outputs: width, deviation: projection,
      place: place(.attentionOutput))
    norm2 = LayerNorm(
      scope["ln_2"], width: width, epsilon: config.layerNormEpsilon, place: place(.norm2))
    fc1 = Linear(
      scope["mlp.c_fc"], inputs: width, outputs: config.mlpWidth, deviation: fc, place: place(.fc1))
    fc2 = Linear(
      scope["mlp.c_proj"], inputs: config.mlpWidth, outputs: width, deviation: projection, place: place(.fc2))

    func site(
      _ point: SitePoint, _ width: Int, _ name: String, _ follows: AffineMap?, before next: AffineMap? = nil
    ) -> Site {
      Site(
        tower: tower, block: layer, point: point, width: width, path: "\(scope.path).\(name)",
        follows: follows, precedes: next)
    }
    norm1Site = site(.norm1, width, "ln_1", norm1.affine, before: qkv.affine)
    qkvSite = site(.qkv, 3 * width, "attn.in_proj", qkv.affine)
    attentionOutputSite = site(.attentionOutput, width, "attn.out_proj", attentionOutput.affine)
    attentionBranch = site(.attentionBranch, width, "attn", attentionOutput.affine)
    norm2Site = site(.norm2, width, "ln_2", norm2.affine, before: fc1.affine)
    fc1Site = site(.fc1, config.mlpWidth, "mlp.c_fc", fc1.affine)
    hiddenSite = site(.hidden, config.mlpWidth, "mlp.hidden", nil, before: fc2.affine)
    fc2Site = site(.fc2, width, "mlp.c_proj", fc2.affine)
    mlpBranch = site(.mlpBranch, width, "mlp", fc2.affine)
  }

  public var norms: [LayerNorm] { [norm1, norm2] }
  public var linears: [Linear] { [qkv, attentionOutput, fc1, fc2] }
  public var sites: [Site] {
    [
      norm1Site, qkvSite, attentionOutputSite, attentionBranch, norm2Site, fc1Site, hiddenSite, fc2Site,
      mlpBranch,
    ]
  }

  /// x: [batch, tokens, width] → [batch, queries, width]; `queries` computes the first tokens only. `before` are queries, keys
  /// and values of tokens that come before those of every sample and see none of them, [n, 3 width].
  ///
  /// The residual stream is `f32`; what lies between the products of a branch is of the context's precision.
  public func callAsFunction(
    _ x: Variable, causal: Bool = false, queries: Int? = nil, keyBias: Tensor? = nil,
    before: Variable? = nil, _ context: ForwardContext
  ) -> Variable {
    let kept = 0..<(queries ?? x.shape[1])
    let operands = context.precision.operands
    let n1 = norm1Site(norm1(x, result: operands), context)
    let own = qkvSite(qkv(n1, context), context)
    let all = before.map { own.prepending($0) } ?? own
    let attended = all.attention(heads: config.heads, causal: causal, queries: queries, keyBias: keyBias)
      .tokens((before?.shape[0] ?? 0)..<(queries ?? all.shape[1]))
    let a = attentionBranch(
      attentionOutputSite(attentionOutput(attended, result: .f32, context), context),
      branch: BranchInputs(stream: x.tokens(kept), normalized: n1.tokens(kept)), context)
    let y = x.tokens(kept) + dropPath(a, "attention", context)
    let n2 = norm2Site(norm2(y, result: operands), context)
    let m = mlpBranch(
      fc2Site(fc2(hidden(n2, context), result: .f32, context), context),
      branch: BranchInputs(stream: y, normalized: n2), context)
    return y + dropPath(m, "mlp", context)
  }

  /// Queries, keys and values of a sample, [1, tokens, width] → [tokens, 3 width].
  public func queriesKeysValues(_ x: Variable, _ context: ForwardContext) -> Variable {
    let all = qkvSite(qkv(norm1Site(norm1(x, result: context.precision.operands), context), context), context)
    return all.reshaped([all.shape[1], all.shape[2]])
  }

  /// The MLP's activations; the non-linearity is fused into the product unless a module sits between them.
  private func hidden(_ x: Variable, _ context: ForwardContext) -> Variable {
    guard fc1Site.isActive(context) else {
      return hiddenSite(fc1(x, activation: config.activation, context), context)
    }
    return hiddenSite(fc1Site(fc1(x, context), context).activated(config.activation), context)
  }

  private func dropPath(_ x: Variable, _ branch: String, _ context: ForwardContext) -> Variable {
    guard context.isTraining, context.dropPath > 0, config.layers > 1 else { return x }
    let probability = context.dropPath * Float(layer) / Float(config.layers - 1)
    return x.dropPath(probability, seeds: context.seeds(at: "\(path).\(branch)", count: x.shape[0]))
  }
}
