extension Variable {
  /// Multi-head self-attention over packed projections (Vaswani et al. 2017), scores scaled by dim^-½.
  ///
  /// self: [batch, tokens, 3 · width] holding q, k, v; the result is [batch, queries, width]. `queries` limits the
  /// computation to the first rows; `causal` lets a token see itself and what is before it; `keyBias` [tokens] is
  /// added to every score of a key (log-gates of prompt tokens). Probabilities are computed anew in backward.
  public func attention(
    heads: Int, causal: Bool = false, queries: Int? = nil, keyBias: Tensor? = nil
  ) -> Variable {
    let (batch, tokens, width) = (shape[0], shape[1], shape[2] / 3)
    precondition(width % heads == 0, "\(width) columns do not divide into \(heads) heads")
    let call = AttentionShape(
      batch: batch, tokens: tokens, queries: queries ?? tokens, heads: heads, dim: width / heads,
      causal: causal, keyBias: keyBias)
    let out = Tensor(uninitialized: [batch, call.queries, width], dtype: dtype)
    let lse = needsGradient ? Tensor(uninitialized: [batch, heads, call.queries]) : nil
    Compute.backend.attention(out, lse: lse, qkv: value, call)
    guard let lse else { return Variable(out) }
    return .record(out, inputs: [self]) { [kept, node, shape, dtype] dout in
      let dqkv = Tensor(uninitialized: shape, dtype: dtype)
      Compute.backend.attentionBackward(dqkv: dqkv, dout, out: out, lse: lse, qkv: kept.tensor, call)
      node?.add(dqkv)
    }
  }
}
