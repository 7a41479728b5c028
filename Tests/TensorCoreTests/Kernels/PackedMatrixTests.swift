import TensorCore
import TestSupport
import Testing

/// Packing changes where numbers lie, not what products give.
@Suite(.enabled(if: processorHasNativeBF16)) struct PackedMatrixTests {
  @Test(
    "Products by packed matrices are those by plain ones", arguments: [1, 3, 17, 200],
    [(96, 32), (33, 50), (1, 7), (130, 1), (256, 768)])
  func products(m: Int, sizes: (k: Int, n: Int)) {
    let (k, n) = sizes
    let backend = CPUBackend.preferred
    let a = Tensor(normals(m * k, seed: 1), shape: [m, k]).converted(to: .bf16)
    let bias = Tensor(normals(n, seed: 2), shape: [n])
    for transposed in [false, true] {
      let b = Tensor(normals(k * n, seed: 3), shape: transposed ? [n, k] : [k, n])
      guard let packed = backend.packed(MatrixOperand(b, transposed: transposed), k: k, n: n) else {
        continue
      }
      let plain = MatrixOperand(b.converted(to: .bf16), transposed: transposed)
      for activation in [Activation.identity, .quickGELU] {
        let options = MultiplyOptions(m: m, n: n, k: k, bias: bias, activation: activation)
        let (expected, actual) = (Tensor(zeros: [m, n]), Tensor(zeros: [m, n]))
        backend.multiply(expected, MatrixOperand(a), plain, options)
        backend.multiply(actual, MatrixOperand(a), packed, options)
        expectClose(actual.array, expected.array, absolute: 1e-4, relative: 1e-5)
      }
    }
  }

  @Test("A matrix of a common size is packed")
  func isUsed() {
    let b = Tensor(zeros: [768, 2304])
    #expect(
      CPUBackend.preferred.engine != .oneDNN
        || CPUBackend.preferred.packed(MatrixOperand(b), k: 768, n: 2304) != nil)
  }
}
