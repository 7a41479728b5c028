import CKernels
import Foundation
import TestSupport
import Testing

/// Attention against a double-precision evaluation of its definition, values and gradients.
@Suite struct KernelAttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var batch = 2
    var tokens: Int
    var queries: Int?
    var heads = 2
    var dim: Int
    var causal = false
    var bias = false
    var scale: Float = 1
    var testDescription: String {
      "\(batch)x\(tokens) tokens, \(queries ?? tokens) queries, \(heads)x\(dim)\(causal ? ", causal" : "")"
        + "\(bias ? ", bias" : "") scale \(scale)"
    }
    var shape: ck_attention_shape {
      ck_attention_shape(
        batch: Int64(batch), tokens: Int64(tokens), queries: Int64(queries ?? tokens), heads: Int64(heads),
        dim: Int64(dim), causal: causal, key_bias: nil)
    }
  }

  static let cases = [
    Case(batch: 1, tokens: 1, heads: 1, dim: 1), Case(tokens: 1, dim: 64), Case(tokens: 2, dim: 3),
    Case(tokens: 7, dim: 5, causal: true), Case(tokens: 16, dim: 16), Case(tokens: 17, heads: 3, dim: 32),
    Case(tokens: 50, dim: 64), Case(tokens: 65, heads: 4, dim: 32), Case(tokens: 77, dim: 64, causal: true),
    Case(tokens: 77, dim: 32, causal: true, bias: true), Case(batch: 1, tokens: 197, dim: 64),
    Case(batch: 1, tokens: 257, heads: 1, dim: 80), Case(tokens: 33, dim: 24, bias: true),
    Case(tokens: 50, queries: 1, dim: 64), Case(tokens: 65, queries: 1, dim: 32, bias: true),
    Case(tokens: 40, queries: 13, dim: 48, causal: true), Case(tokens: 31, dim: 100, bias: true),
    Case(tokens: 64, dim: 64, scale: 8), Case(tokens: 70, dim: 128, causal: true, scale: 6),
    Case(batch: 1, tokens: 600, heads: 1, dim: 64), Case(batch: 3, tokens: 9, heads: 1, dim: 257),
  ]

  /// Log-gates, some of which remove their key.
  func bias(_ tokens: Int) -> [Float] {
    (0..<tokens).map { $0 % 5 == 3 ? -.infinity : Float($0 % 3) * -0.5 }
  }

  struct Reference {
    var out: [Double], lse: [Double], dqkv: [Double]
  }

  func reference(_ c: Case, _ qkv: [Float], _ dout: [Float]) -> Reference {
    let (n, queries, d, width) = (c.tokens, c.queries ?? c.tokens, c.dim, c.heads * c.dim)
    let scale = 1 / Double(d).squareRoot()
    let gates = c.bias ? bias(n).map(Double.init) : [Double](repeating: 0, count: n)
    var result = Reference(
      out: Array(repeating: 0, count: c.batch * queries * width),
      lse: Array(repeating: 0, count: c.batch * c.heads * queries),
      dqkv: Array(repeating: 0, count: qkv.count))
    for b in 0..<c.batch {
      for h in 0..<c.heads {
        let at = { (token: Int, part: Int) in (b * n + token) * 3 * width + part * width + h * d }
        for i in 0..<queries {
          let keys = c.causal ? i + 1 : n
          let scores = (0..<keys).map { j in
            gates[j] + scale
              * (0..<d).reduce(0) { $0 + Double(qkv[at(i, 0) + $1]) * Double(qkv[at(j, 1) + $1]) }
          }
          let total = logSumExp(scores)
          result.lse[(b * c.heads + h) * queries + i] = total
          let p = scores.map { exp($0 - total) }
          let row = (b * queries + i) * width + h * d
          var along = 0.0
          for e in 0..<d {
            let value = (0..<keys).reduce(0) { $0 + p[$1] * Double(qkv[at($1, 2) + e]) }
            result.out[row + e] = value
            along += value * Double(dout[row + e])
          }
          for j in 0..<keys {
            let dp = (0..<d).reduce(0) { $0 + Double(dout[row + $1]) * Double(qkv[at(j, 2) + $1]) }
            let ds = p[j] * (dp - along) * scale
            for e in 0..<d {
              result.dqkv[at(i, 0) + e] += ds * Double(qkv[at(j, 1) + e])
              result.dqkv[at(j, 1) + e] += ds * Double(qkv[at(i, 0) + e])
              result.dqkv[at(j, 2) + e] += p[j] * Double(dout[row + e])
            }
          }
        }
      }
    }
    return result
  }

  @Test("Values and gradients", arguments: cases)
  func attention(c: Case) {
    let (queries, width) = (c.queries ?? c.tokens, c.heads * c.dim)
    let qkv = normals(c.batch * c.tokens * 3 * width, seed: 1, scale: c.scale)
    let dout = normals(c.batch * queries * width, seed: 2)
    let expected = reference(c, qkv, dout)
    var out = [Float](repeating: 9, count: dout.count)
    var lse = [Float](repeating: 9, count: c.batch * c.heads * queries)
    var dqkv = [Float](repeating: 9, count: qkv.count)
    let gates = bias(c.tokens)
    gates.withUnsafeBufferPointer { gates in
      var shape = c.shape
      shape.key_bias = c.bias ? gates.baseAddress : nil
      ck_attention(&out, &lse, qkv, &shape, CK_F32)
      ck_attention_backward(&dqkv, dout, out, lse, qkv, &shape, CK_F32)
    }
    let magnified = c.scale * c.scale
    expectClose(out, expected.out.map(Float.init), absolute: 8e-6 * magnified, relative: 1e-5)
    expectClose(lse, expected.lse.map(Float.init), absolute: 5e-6 * magnified, relative: 1e-6)
    expectClose(dqkv, expected.dqkv.map(Float.init), absolute: 2e-5 * magnified, relative: 3e-5)
  }

  @Test("The log-sum-exp is optional")
  func withoutLSE() {
    let qkv = normals(9 * 3 * 16, seed: 1)
    var shape = Case(batch: 1, tokens: 9, heads: 1, dim: 16).shape
    var (out, again) = ([Float](repeating: 0, count: 9 * 16), [Float](repeating: 1, count: 9 * 16))
    var lse = [Float](repeating: 0, count: 9)
    ck_attention(&out, nil, qkv, &shape, CK_F32)
    ck_attention(&again, &lse, qkv, &shape, CK_F32)
    #expect(out == again)
  }

  @Test("A query whose every key is removed gives zeros, and no gradient")
  func everythingRemoved() {
    let qkv = normals(4 * 3 * 32, seed: 1)
    let gates = [Float](repeating: -.infinity, count: 4)
    var (out, lse) = ([Float](repeating: 9, count: 4 * 32), [Float](repeating: 9, count: 4))
    var dqkv = [Float](repeating: 9, count: qkv.count)
    gates.withUnsafeBufferPointer { gates in
      var shape = Case(batch: 1, tokens: 4, heads: 1, dim: 32).shape
      shape.key_bias = gates.baseAddress
      ck_attention(&out, &lse, qkv, &shape, CK_F32)
      ck_attention_backward(&dqkv, out, out, lse, qkv, &shape, CK_F32)
    }
    #expect(out.allSatisfy { $0 == 0 })
    #expect(lse.allSatisfy { $0 == -.infinity })
    #expect(dqkv.allSatisfy { $0 == 0 })
  }

  @Test("A removed key is as good as absent")
  func removedKey() {
    let (tokens, dim) = (20, 32)
    let qkv = normals(tokens * 3 * dim, seed: 1)
    var gates = [Float](repeating: 0, count: tokens)
    gates[tokens - 1] = -.infinity
    var with = [Float](repeating: 0, count: (tokens - 1) * dim)
    var without = with
    gates.withUnsafeBufferPointer { gates in
      var shape = Case(batch: 1, tokens: tokens, queries: tokens - 1, heads: 1, dim: dim).shape
      shape.key_bias = gates.baseAddress
      ck_attention(&with, nil, qkv, &shape, CK_F32)
    }
    var shape = Case(batch: 1, tokens: tokens - 1, heads: 1, dim: dim).shape
    ck_attention(&without, nil, qkv, &shape, CK_F32)
    expectClose(with, without, absolute: 1e-6)
  }
}
