import NN
import TensorCore

/// CLIP's text tower: causal attention, pooled at the end token (Radford et al. 2021).
public final class TextTransformer: AdaptableTower {
  public let config: TextConfig
  public let tokenEmbedding: Parameter
  public let positionalEmbedding: Parameter
  public let blocks: [TransformerBlock]
  public let finalNorm: LayerNorm
  /// [width, embedding width]
  public let projection: Parameter
  public let finalNormSite: Site

  /// Names stand at the root of the scope, as in the original, not under a prefix.
  public init(_ scope: ParameterScope, config: TextConfig, embeddingWidth: Int) {
    self.config = config
    let width = config.transformer.width
    tokenEmbedding = scope["token_embedding"].parameter(
      "weight", [config.vocabularySize, width], .normal(deviation: 0.02))
    positionalEmbedding = scope.parameter(
      "positional_embedding", [config.contextLength, width], .normal(deviation: 0.01))
    blocks = (0..<config.transformer.layers).map {
      TransformerBlock(
        scope["transformer.resblocks.\($0)"], config: config.transformer, layer: $0,
        tower: .text)
    }
    finalNorm = LayerNorm(
      scope["ln_final"], width: width, epsilon: config.transformer.layerNormEpsilon,
      place: Place(.text, .finalNorm))
    finalNormSite = Site(
      tower: .text, block: nil, point: .finalNorm, width: width, path: "ln_final", follows: finalNorm.affine)
    projection = scope.parameter(
      "text_projection", [width, embeddingWidth], .normal(deviation: 1 / Float(width).squareRoot()))
  }

  public let kind = TowerKind.text
  public let path = "transformer"
  public var depth: Int { blocks.count }
  public var width: Int { config.transformer.width }
  public var embeddings: [PlacedParameter] {
    [
      PlacedParameter(tokenEmbedding, Place(.text, .tokenEmbedding)),
      PlacedParameter(positionalEmbedding, Place(.text, .positionalEmbedding)),
      PlacedParameter(projection, Place(.text, .projection)),
    ]
  }
  public var norms: [LayerNorm] { blocks.flatMap(\.norms) + [finalNorm] }
  public var linears: [Linear] { blocks.flatMap(\.linears) }
  public var sites: [Site] { blocks.flatMap(\.sites) + [finalNormSite] }

  /// tokens: `i32` [texts, context] → projected embeddings [texts, embedding width], not normalised.
  ///
  /// Attention is causal, so tokens after the last end of text change nothing: the batch is cut there. Equal rows are
  /// encoded once. Throws if a token id is outside the vocabulary or a text is longer than the context.
  public func callAsFunction(_ tokens: Tensor, _ context: ForwardContext) throws(ModelError) -> Variable {
    let rows = try distinctRows(of: tokens)
    let count = rows.distinct.count
    let ends = rows.distinct.map(endOfText)
    let length = (ends.max() ?? 0) + 1
    let ids = Tensor(rows.distinct.flatMap { $0.prefix(length) }, shape: [count, length])
    let embeddings = encode(tokenEmbedding.variable.gatherRows(ids), ends: ends, context)
    return count == tokens.shape[0]
      ? embeddings : embeddings.gatherRows(Tensor(rows.index, shape: [rows.index.count]))
  }

  /// x: embedded tokens [texts, length, width]; ends: where each text ends → [texts, embedding width], projected, not
  /// normalised.
  ///
  /// `prefix` are tokens that all texts begin with, [n, width]: attention is causal, so that they are the same in each, and
  /// computed once. Then x is what follows them, and ends count from its first.
  func encode(
    _ x: Variable, ends: [Int], prefix: Variable? = nil, _ context: ForwardContext
  ) -> Variable {
    let (count, length, width) = (x.shape[0], x.shape[1], config.transformer.width)
    let start = prefix?.shape[0] ?? 0
    let positions = positionalEmbedding.variable
    var x = x.addingToEach(positions.rows(start..<start + length))
    var prefix = prefix.map { ($0 + positions.rows(0..<start)).reshaped([1, start, width]) }
    for block in blocks {
      x = block(x, causal: true, before: prefix.map { block.queriesKeysValues($0, context) }, context)
      prefix = prefix.map { block($0, causal: true, context) }
    }
    let last = ends.enumerated().map { Int32($0.offset * length + $0.element) }
    let pooled = finalNormSite(
      finalNorm(x.reshaped([count * length, width]).gatherRows(Tensor(last, shape: [count]))), context)
    return pooled.projected(by: projection.variable)
  }

  private func distinctRows(of tokens: Tensor) throws(ModelError) -> (distinct: [[Int32]], index: [Int32]) {
    let (count, length) = (tokens.shape[0], tokens.shape[1])
    guard length <= config.contextLength else {
      throw .badText("Texts of \(length) tokens do not fit the model's context of \(config.contextLength).")
    }
    let ids = tokens.intArray
    if let bad = ids.first(where: { $0 < 0 || Int($0) >= config.vocabularySize }) {
      throw .badText(
        "Token id \(bad) is outside the model's vocabulary of \(config.vocabularySize); "
          + "use the model's own tokenizer.")
    }
    var seen: [[Int32]: Int32] = [:]
    var distinct: [[Int32]] = []
    let index = (0..<count).map { row -> Int32 in
      let text = Array(ids[row * length..<(row + 1) * length])
      if let known = seen[text] { return known }
      seen[text] = Int32(distinct.count)
      distinct.append(text)
      return Int32(distinct.count - 1)
    }
    return (distinct, index)
  }

  /// Position of the token that stands for the text.
  func endOfText(_ text: [Int32]) -> Int {
    switch config.pooling {
    case .highestToken: text.firstIndex(of: text.max() ?? 0) ?? 0
    // Where the token is absent, transformers pools the first position.
    case .firstToken(let id): text.firstIndex(of: Int32(id)) ?? 0
    }
  }
}
