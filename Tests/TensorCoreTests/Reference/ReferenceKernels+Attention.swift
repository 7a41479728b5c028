import Foundation

extension ReferenceKernels {
  /// Extents of a packed self-attention: qkv [batch, tokens, 3 · heads · dim], out [batch, queries, heads · dim].
  struct Attention {
    var batch: Int
    var tokens: Int
    var queries: Int
    var heads: Int
    var dim: Int
    var causal = false
    /// [tokens], added to the score of each key; −∞ removes it.
    var keyBias: [Double]?

    var width: Int { heads * dim }
    var scale: Double { 1 / Double(dim).squareRoot() }

    enum Part: Int { case query, key, value }

    func index(_ part: Part, _ image: Int, _ token: Int, _ head: Int, _ column: Int) -> Int {
      ((image * tokens + token) * 3 + part.rawValue) * width + head * dim + column
    }

    func outputIndex(_ image: Int, _ query: Int, _ head: Int, _ column: Int) -> Int {
      (image * queries + query) * width + head * dim + column
    }

    /// The scores of a query for every key; −∞ for keys it must not see.
    func scores(_ qkv: [Double], _ image: Int, _ head: Int, _ query: Int) -> [Double] {
      (0..<tokens).map { key in
        if causal && key > query { return -.infinity }
        var product = 0.0
        for column in 0..<dim {
          product +=
            qkv[index(.query, image, query, head, column)] * qkv[index(.key, image, key, head, column)]
        }
        return product * scale + (keyBias?[key] ?? 0)
      }
    }
  }

  /// out, and the log-sum-exp of the scaled scores [batch, heads, queries].
  static func attention(_ qkv: [Double], _ shape: Attention) -> (out: [Double], lse: [Double]) {
    var out = [Double](repeating: 0, count: shape.batch * shape.queries * shape.width)
    var lse: [Double] = []
    for image in 0..<shape.batch {
      for head in 0..<shape.heads {
        for query in 0..<shape.queries {
          let scores = shape.scores(qkv, image, head, query)
          let logSum = logSumExp(scores)
          lse.append(logSum)
          for key in 0..<shape.tokens {
            let weight = exp(scores[key] - logSum)
            for column in 0..<shape.dim {
              out[shape.outputIndex(image, query, head, column)] +=
                weight * qkv[shape.index(.value, image, key, head, column)]
            }
          }
        }
      }
    }
    return (out, lse)
  }

  /// dqkv: with weights p = softmax(s) and dp = dout · v, ds = p · (dp − Σ p · dp).
  static func attentionBackward(_ dout: [Double], _ qkv: [Double], _ shape: Attention) -> [Double] {
    var dqkv = [Double](repeating: 0, count: qkv.count)
    for image in 0..<shape.batch {
      for head in 0..<shape.heads {
        for query in 0..<shape.queries {
          let weights = softmax(shape.scores(qkv, image, head, query), columns: shape.tokens)
          let upstream = (0..<shape.dim).map { dout[shape.outputIndex(image, query, head, $0)] }
          let dweights = (0..<shape.tokens).map { key in
            dot(upstream, (0..<shape.dim).map { qkv[shape.index(.value, image, key, head, $0)] })
          }
          let mean = dot(weights, dweights)
          for key in 0..<shape.tokens {
            let dscore = weights[key] * (dweights[key] - mean) * shape.scale
            for column in 0..<shape.dim {
              let queryIndex = shape.index(.query, image, query, head, column)
              let keyIndex = shape.index(.key, image, key, head, column)
              dqkv[queryIndex] += dscore * qkv[keyIndex]
              dqkv[keyIndex] += dscore * qkv[queryIndex]
              dqkv[shape.index(.value, image, key, head, column)] += weights[key] * upstream[column]
            }
          }
        }
      }
    }
    return dqkv
  }
}
