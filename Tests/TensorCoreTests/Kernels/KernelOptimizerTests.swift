import CKernels
import Foundation
import TestSupport
import Testing

/// Optimiser steps and image kernels against their formulas.
@Suite struct KernelOptimizerTests {
  @Test("AdamW follows its definition over several steps", arguments: [1, 33, 9001])
  func adamW(n: Int) {
    var (w, m, v) = (normals(n, seed: 1), [Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
    var (w64, m64, v64) = (w.map(Double.init), m.map(Double.init), v.map(Double.init))
    for step in 1...4 {
      let g = normals(n, seed: UInt64(step + 10))
      var options = ck_adamw_options(
        learning_rate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weight_decay: 0.2, gradient_scale: 0.5,
        step: Int64(step))
      ck_adamw(&w, &m, &v, g, &options, Int64(n))
      for i in 0..<n {
        let gradient = 0.5 * Double(g[i])
        w64[i] -= 0.01 * 0.2 * w64[i]
        m64[i] = 0.9 * m64[i] + 0.1 * gradient
        v64[i] = 0.98 * v64[i] + 0.02 * gradient * gradient
        let (first, second) = (1 - pow(0.9, Double(step)), 1 - pow(0.98, Double(step)))
        w64[i] -= 0.01 / first * m64[i] / (v64[i].squareRoot() / second.squareRoot() + 1e-6)
      }
    }
    expectClose(w, w64.map(Float.init), absolute: 2e-6, relative: 2e-6)
    expectClose(m, m64.map(Float.init), absolute: 1e-6)
    expectClose(v, v64.map(Float.init), absolute: 1e-6)
  }

  @Test("Momentum SGD follows its definition", arguments: [1, 33, 9001])
  func sgd(n: Int) {
    var (w, m) = (normals(n, seed: 1), normals(n, seed: 2))
    let g = normals(n, seed: 3)
    let expectedM = (0..<n).map { 0.9 * Double(m[$0]) + 2 * Double(g[$0]) + 0.1 * Double(w[$0]) }
    let expectedW = (0..<n).map { Double(w[$0]) - 0.05 * expectedM[$0] }
    ck_sgd(&w, &m, g, 0.05, 0.9, 0.1, 2, Int64(n))
    expectClose(m, expectedM.map(Float.init), absolute: 1e-6)
    expectClose(w, expectedW.map(Float.init), absolute: 1e-6)
  }

  @Test(
    "Patches are laid out as a convolution weight is",
    arguments: [[1, 3, 4, 4, 2], [2, 3, 35, 50, 16], [1, 1, 3, 3, 5]])
  func unfold(shape: [Int]) {
    let (batch, channels, height, width, p) = (shape[0], shape[1], shape[2], shape[3], shape[4])
    let images = normals(batch * channels * height * width, seed: 1)
    var expected = [Float]()
    for b in 0..<batch {
      for row in 0..<height / p {
        for column in 0..<width / p {
          for c in 0..<channels {
            for y in 0..<p {
              let start = ((b * channels + c) * height + row * p + y) * width + column * p
              expected += images[start..<start + p]
            }
          }
        }
      }
    }
    var out = [Float](repeating: 9, count: expected.count)
    ck_unfold(&out, images, Int64(batch), Int64(channels), Int64(height), Int64(width), Int64(p))
    #expect(out == expected)
  }

  @Test("Pixels are normalised in single precision, as the reference libraries do")
  func normalizeImage() {
    let (height, width) = (7, 37)
    let pixels = (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 * 31) }
    let mean: [Float] = [0.48145466, 0.4578275, 0.40821073]
    let std: [Float] = [0.26862954, 0.26130258, 0.27577711]
    var out = [Float](repeating: 9, count: pixels.count)
    ck_normalize_image(&out, pixels, Int64(height), Int64(width), mean, std)
    var expected = [Float]()
    for c in 0..<3 {
      expected += (0..<height * width).map { (Float(pixels[3 * $0 + c]) / 255 - mean[c]) / std[c] }
    }
    #expect(out == expected)
  }
}
