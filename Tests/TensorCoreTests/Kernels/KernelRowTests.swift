import CKernels
import Foundation
import TestSupport
import Testing

/// Kernels over rows and columns against double-precision loops.
@Suite struct KernelRowTests {
  @Test("Scale and shift by column, and its gradients", arguments: awkwardMatrices)
  func scaleShift(shape: [Int]) {
    let (rows, cols) = (shape[0], shape[1])
    let x = normals(rows * cols, seed: 1)
    let dy = normals(rows * cols, seed: 2)
    let gamma = normals(cols, seed: 3)
    let beta = normals(cols, seed: 4)
    var out = [Float](repeating: 9, count: rows * cols)
    let (r, c) = (Int64(rows), Int64(cols))
    ck_scale_shift(&out, x, gamma, beta, r, c, CK_F32)
    expectClose(out, x.indices.map { gamma[$0 % cols] * x[$0] + beta[$0 % cols] }, absolute: 1e-6)
    ck_scale_shift(&out, x, gamma, nil, r, c, CK_F32)
    expectClose(out, x.indices.map { gamma[$0 % cols] * x[$0] })
    ck_scale_shift(&out, x, nil, beta, r, c, CK_F32)
    expectClose(out, x.indices.map { x[$0] + beta[$0 % cols] })
    ck_scale_shift(&out, x, nil, nil, r, c, CK_F32)
    #expect(out == x)

    var (dgamma, dbeta) = (normals(cols, seed: 5), normals(cols, seed: 6))
    var expectedGamma = dgamma.map(Double.init)
    var expectedBeta = dbeta.map(Double.init)
    for i in x.indices {
      expectedGamma[i % cols] += Double(dy[i]) * Double(x[i])
      expectedBeta[i % cols] += Double(dy[i])
    }
    var dx = dy
    dx.withUnsafeMutableBufferPointer {
      ck_scale_shift_backward($0.baseAddress, &dgamma, &dbeta, $0.baseAddress, x, gamma, r, c, CK_F32)
    }
    expectClose(dx, x.indices.map { gamma[$0 % cols] * dy[$0] }, "in place")
    expectClose(dgamma, expectedGamma.map(Float.init), absolute: 1e-4, relative: 1e-5)
    expectClose(dbeta, expectedBeta.map(Float.init), absolute: 1e-4, relative: 1e-5)
    var onlyBeta = normals(cols, seed: 6)
    ck_scale_shift_backward(nil, nil, &onlyBeta, dy, x, nil, r, c, CK_F32)
    #expect(onlyBeta == dbeta)
    var sum = normals(cols, seed: 6)
    ck_column_sum(&sum, dy, r, c, CK_F32)
    expectClose(sum, expectedBeta.map(Float.init), absolute: 1e-4, relative: 1e-5)
  }

  @Test("One scale a sample")
  func scaleRows() {
    let x = normals(6 * 37, seed: 1)
    let s: [Float] = [0, 2]
    var out = x
    ck_scale_rows(&out, x, s, 6, 37, 3)
    expectClose(out, x.indices.map { x[$0] * s[$0 / 37 / 3] })
  }

  @Test("Layer norm and its gradients", arguments: awkwardMatrices)
  func layerNorm(shape: [Int]) {
    let (rows, cols) = (shape[0], shape[1])
    let epsilon: Float = 1e-5
    let x = normals(rows * cols, seed: 1).map { 3 + 2 * $0 }
    let dy = normals(rows * cols, seed: 2)
    let gamma = normals(cols, seed: 3)
    let beta = normals(cols, seed: 4)
    var expected = [Double](repeating: 0, count: rows * cols)
    var expectedDx = expected
    var expectedGamma = [Double](repeating: 1, count: cols)
    var expectedBeta = [Double](repeating: 2, count: cols)
    for r in 0..<rows {
      let row = (0..<cols).map { Double(x[r * cols + $0]) }
      let mean = row.reduce(0, +) / Double(cols)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cols)
      let rstd = 1 / (variance + Double(epsilon)).squareRoot()
      let hat = row.map { ($0 - mean) * rstd }
      let g = (0..<cols).map { Double(dy[r * cols + $0]) * Double(gamma[$0]) }
      let meanG = g.reduce(0, +) / Double(cols)
      let meanGHat = zip(g, hat).reduce(0) { $0 + $1.0 * $1.1 } / Double(cols)
      for c in 0..<cols {
        expected[r * cols + c] = hat[c] * Double(gamma[c]) + Double(beta[c])
        expectedDx[r * cols + c] = rstd * (g[c] - meanG - hat[c] * meanGHat)
        expectedGamma[c] += Double(dy[r * cols + c]) * hat[c]
        expectedBeta[c] += Double(dy[r * cols + c])
      }
    }
    var (y, dx) = (x, x)
    var mean = [Float](repeating: 0, count: rows)
    var rstd = mean
    var dgamma = [Float](repeating: 1, count: cols)
    var dbeta = [Float](repeating: 2, count: cols)
    let (r, c) = (Int64(rows), Int64(cols))
    ck_layer_norm(&y, &mean, &rstd, x, gamma, beta, epsilon, r, c, CK_F32)
    expectClose(y, expected.map(Float.init), absolute: 1e-5, relative: 1e-5)
    ck_layer_norm_backward(&dx, &dgamma, &dbeta, dy, x, mean, rstd, gamma, r, c, CK_F32)
    // One column has no variance: 1/√ε magnifies what rounding leaves.
    let tolerance: Float = cols == 1 ? 1e-3 : 2e-5
    expectClose(dx, expectedDx.map(Float.init), absolute: tolerance, relative: 1e-5)
    expectClose(dgamma, expectedGamma.map(Float.init), absolute: 2e-4, relative: 1e-5)
    expectClose(dbeta, expectedBeta.map(Float.init), absolute: 2e-4, relative: 1e-5)
    var dxAlone = x
    ck_layer_norm_backward(&dxAlone, nil, nil, dy, x, mean, rstd, gamma, r, c, CK_F32)
    #expect(dxAlone == dx)
    var gammaAlone = [Float](repeating: 1, count: cols)
    ck_layer_norm_backward(nil, &gammaAlone, nil, dy, x, mean, rstd, gamma, r, c, CK_F32)
    #expect(gammaAlone == dgamma)
    var again = x
    ck_layer_norm(&again, nil, nil, x, gamma, beta, epsilon, r, c, CK_F32)
    #expect(again == y)
  }

  @Test("Layer norm keeps its precision far from zero")
  func layerNormOffset() {
    let x = normals(768, seed: 9).map { 1000 + $0 }
    let exact = x.map(Double.init)
    let mean = exact.reduce(0, +) / 768
    let rstd = 1 / (exact.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 768 + 1e-5).squareRoot()
    var y = x
    ck_layer_norm(&y, nil, nil, x, nil, nil, 1e-5, 1, 768, CK_F32)
    expectClose(y, exact.map { Float(($0 - mean) * rstd) }, absolute: 3e-4)
  }

  @Test("Unit rows and their gradients", arguments: awkwardMatrices)
  func l2Normalize(shape: [Int]) {
    let (rows, cols) = (shape[0], shape[1])
    let x = normals(rows * cols, seed: 1, scale: 5)
    let dy = normals(rows * cols, seed: 2)
    var (expected, expectedDx) = ([Float](), [Float]())
    for r in 0..<rows {
      let row = (0..<cols).map { Double(x[r * cols + $0]) }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let along = (0..<cols).reduce(0) { $0 + Double(dy[r * cols + $1]) * row[$1] / norm }
      expected += row.map { Float($0 / norm) }
      expectedDx += (0..<cols).map { Float((Double(dy[r * cols + $0]) - row[$0] / norm * along) / norm) }
    }
    var (y, dx) = (x, x)
    var norm = [Float](repeating: 0, count: rows)
    ck_l2_normalize(&y, &norm, x, Int64(rows), Int64(cols))
    ck_l2_normalize_backward(&dx, dy, y, norm, Int64(rows), Int64(cols))
    expectClose(y, expected, absolute: 1e-6, relative: 1e-6)
    expectClose(dx, expectedDx, absolute: 1e-5, relative: 1e-5)
  }

  @Test("A row of zeros normalises to zeros")
  func l2Zero() {
    var y: [Float] = [9, 9]
    var norm: [Float] = [9]
    ck_l2_normalize(&y, &norm, [0, 0], 1, 2)
    #expect(y == [0, 0])
    var dx: [Float] = [9, 9]
    ck_l2_normalize_backward(&dx, [1, 1], y, norm, 1, 2)
    #expect(dx.allSatisfy { $0.isFinite })
  }

  @Test("Softmax, cross entropy and its gradient", arguments: awkwardMatrices)
  func crossEntropy(shape: [Int]) {
    let (rows, cols) = (shape[0], shape[1])
    let logits = normals(rows * cols, seed: 1, scale: 20)
    let targets = (0..<rows).map { Int32($0 * 7 % cols) }
    var (losses, gradients, probabilities) = ([Float](), [Float](), [Float]())
    for r in 0..<rows {
      let row = (0..<cols).map { Double(logits[r * cols + $0]) }
      let total = logSumExp(row)
      losses.append(Float(total - row[Int(targets[r])]))
      probabilities += row.map { Float(exp($0 - total)) }
      gradients += row.indices.map { Float(exp(row[$0] - total) - ($0 == Int(targets[r]) ? 1 : 0)) }
    }
    var loss = [Float](repeating: 0, count: rows)
    var gradient = logits
    ck_cross_entropy(&loss, &gradient, logits, targets, Int64(rows), Int64(cols))
    expectClose(loss, losses, absolute: 1e-5, relative: 1e-6)
    expectClose(gradient, gradients, absolute: 2e-6)
    var without = loss
    ck_cross_entropy(&without, nil, logits, targets, Int64(rows), Int64(cols))
    expectClose(without, losses, absolute: 1e-5, relative: 1e-6)
    ck_softmax(&gradient, logits, Int64(rows), Int64(cols))
    expectClose(gradient, probabilities, absolute: 1e-6)
  }

  @Test("Large logits neither overflow nor vanish")
  func largeLogits() {
    var loss: [Float] = [0, 0]
    ck_cross_entropy(&loss, nil, [1e4, -1e4, 3e38, 0], [0, 0], 2, 2)
    #expect(loss == [0, 0])
  }

  @Test("Gather, scatter-add and strided copies")
  func moves() {
    let cols = 70
    let x = normals(5 * cols, seed: 1)
    let index: [Int32] = [4, 0, 4, 2, 4, 1]
    var gathered = [Float](repeating: 0, count: 6 * cols)
    ck_gather_rows(&gathered, x, index, 6, Int64(cols))
    #expect(gathered == index.flatMap { x[Int($0) * cols..<(Int($0) + 1) * cols] })
    var scattered = x
    ck_scatter_add_rows(&scattered, gathered, index, 6, Int64(cols))
    expectClose(
      scattered, x.indices.map { i in x[i] * Float(1 + index.count { Int($0) == i / cols }) }, absolute: 1e-5)
    var copy = [Float](repeating: -1, count: 3 * 10)
    ck_copy_strided(&copy, 40, x, Int64(4 * cols), 16, 3)
    func expected(_ factor: Float) -> [Float] {
      (0..<30).map { $0 % 10 < 4 ? factor * x[$0 / 10 * cols + $0 % 10] : -1 }
    }
    #expect(copy == expected(1))
    ck_accumulate_strided(&copy, 10, x, Int64(cols), 4, 3)
    #expect(copy == expected(2))
  }

  @Test("Broadcast over the batch and its gradient", arguments: [[1, 1], [3, 77], [7, 1000], [3, 40000]])
  func broadcast(shape: [Int]) {
    let (batch, inner) = (shape[0], shape[1])
    let x = normals(batch * inner, seed: 1)
    let table = normals(inner, seed: 2)
    var out = x
    ck_add_broadcast(&out, x, table, Int64(batch), Int64(inner))
    #expect(out == x.indices.map { x[$0] + table[$0 % inner] })
    var sum = table
    ck_sum_broadcast(&sum, x, Int64(batch), Int64(inner))
    expectClose(
      sum, (0..<inner).map { i in (0..<batch).reduce(table[i]) { $0 + x[$1 * inner + i] } }, absolute: 1e-5)
  }
}
