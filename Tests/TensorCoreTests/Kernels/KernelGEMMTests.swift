import CKernels
import Foundation
import TestSupport
import Testing

/// What `ck_gemm` promises: C = activation(op(A)·op(B) + bias) (+ C), for every engine of this machine.
@Suite struct KernelGEMMTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let m, n, k: Int
    var testDescription: String { "\(m)x\(n)x\(k)" }
    init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
  }

  static let engines = [CK_ENGINE_ONEDNN, CK_ENGINE_OPENBLAS].filter(ck_engine_available)
  static let shapes = [
    Shape(1, 1, 1), Shape(1, 768, 64), Shape(50, 1, 33), Shape(7, 5, 1), Shape(1, 1, 300), Shape(17, 19, 23),
    Shape(65, 128, 96), Shape(400, 300, 70), Shape(385, 770, 31), Shape(33, 48, 2050), Shape(96, 64, 5003),
    Shape(4160, 16, 8), Shape(0, 5, 4), Shape(5, 0, 4), Shape(6, 9, 0),
  ]

  struct Case {
    var shape: Shape
    var transposeA = false, transposeB = false, accumulate = false, bias = false
    var activation = CK_IDENTITY
    /// Unused elements at the end of each stored row.
    var padding = 0
  }

  func activated(_ x: Double, _ kind: ck_activation) -> Double {
    switch kind {
    case CK_QUICK_GELU: x / (1 + exp(-1.702 * x))
    case CK_GELU: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case CK_RELU: max(x, 0)
    default: x
    }
  }

  func check(_ engine: ck_engine, _ c: Case, sourceLocation: SourceLocation = #_sourceLocation) {
    let (m, n, k) = (c.shape.m, c.shape.n, c.shape.k)
    let lda = (c.transposeA ? m : k) + c.padding
    let ldb = (c.transposeB ? k : n) + c.padding
    let ldc = n + c.padding
    let a = normals((c.transposeA ? k : m) * lda, seed: 1)
    let b = normals((c.transposeB ? n : k) * ldb, seed: 2)
    let bias = normals(n, seed: 3)
    let initial = normals(m * ldc, seed: 4)
    var expected = initial.map(Double.init)
    for i in 0..<m {
      for j in 0..<n {
        var sum = c.bias ? Double(bias[j]) : 0
        for l in 0..<k {
          sum +=
            Double(a[c.transposeA ? l * lda + i : i * lda + l])
            * Double(b[c.transposeB ? j * ldb + l : l * ldb + j])
        }
        expected[i * ldc + j] = activated(sum, c.activation) + (c.accumulate ? expected[i * ldc + j] : 0)
      }
    }
    var actual = initial
    let status = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        bias.withUnsafeBufferPointer { bias in
          actual.withUnsafeMutableBufferPointer { out in
            var call = ck_gemm_call(
              m: Int64(m), n: Int64(n), k: Int64(k), operands: CK_F32, result: CK_F32, a: a.baseAddress,
              lda: Int64(lda),
              transpose_a: c.transposeA,
              b: b.baseAddress, ldb: Int64(ldb), transpose_b: c.transposeB, layout_b: nil,
              c: out.baseAddress,
              ldc: Int64(ldc),
              bias: c.bias ? bias.baseAddress : nil, activation: c.activation, accumulate: c.accumulate)
            return ck_gemm(engine, &call)
          }
        }
      }
    }
    #expect(status == 0, sourceLocation: sourceLocation)
    expectClose(
      actual, expected.map(Float.init), absolute: 2e-6 * Float(max(k, 16)).squareRoot() + 1e-6,
      relative: 2e-6,
      "\(String(cString: ck_engine_description(engine))), \(c)", sourceLocation: sourceLocation)
  }

  @Test("Products equal the double-precision sum, in every layout", arguments: engines, shapes)
  func products(engine: ck_engine, shape: Shape) {
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        for accumulate in [false, true] {
          check(
            engine, Case(shape: shape, transposeA: transposeA, transposeB: transposeB, accumulate: accumulate)
          )
        }
      }
    }
  }

  @Test("Bias and activation follow the product", arguments: engines, shapes)
  func epilogues(engine: ck_engine, shape: Shape) {
    for activation in [CK_IDENTITY, CK_QUICK_GELU, CK_GELU, CK_RELU] {
      check(engine, Case(shape: shape, transposeB: true, bias: true, activation: activation))
      check(engine, Case(shape: shape, transposeB: true, activation: activation))
    }
    check(engine, Case(shape: shape, accumulate: true, bias: true))
  }

  @Test("Rows may be longer than the matrix", arguments: engines, shapes)
  func strides(engine: ck_engine, shape: Shape) {
    for transposed in [false, true] {
      check(engine, Case(shape: shape, transposeA: transposed, transposeB: !transposed, padding: 5))
      check(
        engine,
        Case(shape: shape, transposeA: transposed, transposeB: transposed, accumulate: true, padding: 3))
    }
  }

  @Test("The same call gives the same bits", arguments: engines)
  func determinism(engine: ck_engine) {
    let (m, n, k) = (700, 500, 900)
    let a = normals(m * k, seed: 5)
    let b = normals(k * n, seed: 6)
    func product() -> [Float] {
      var c = [Float](repeating: 0, count: m * n)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            var call = ck_gemm_call(
              m: Int64(m), n: Int64(n), k: Int64(k), operands: CK_F32, result: CK_F32, a: a.baseAddress,
              lda: Int64(k), transpose_a: false,
              b: b.baseAddress, ldb: Int64(n), transpose_b: false, layout_b: nil,
              c: c.baseAddress, ldc: Int64(n), bias: nil,
              activation: CK_IDENTITY, accumulate: false)
            _ = ck_gemm(engine, &call)
          }
        }
      }
      return c
    }
    let first = product()
    for _ in 0..<3 { #expect(product() == first) }
  }

  @Test("Contradictory calls and absent engines are refused, not obeyed")
  func refusals() {
    var c: [Float] = [7]
    let one: [Float] = [1]
    let status = one.withUnsafeBufferPointer { one in
      c.withUnsafeMutableBufferPointer { c in
        var call = ck_gemm_call(
          m: 1, n: 1, k: 1, operands: CK_F32, result: CK_F32, a: one.baseAddress, lda: 1, transpose_a: false,
          b: one.baseAddress, ldb: 1,
          transpose_b: false, layout_b: nil, c: c.baseAddress, ldc: 1, bias: nil, activation: CK_RELU,
          accumulate: true)
        let contradictory = ck_gemm(CK_ENGINE_ONEDNN, &call)
        call.accumulate = false
        return (contradictory, ck_gemm(CK_ENGINE_NONE, &call))
      }
    }
    #expect(status.0 != 0 && status.1 != 0)
    #expect(c == [7])
  }
}
