import CKernels
import Foundation
import TestSupport
import Testing

/// Elementwise kernels against the formula in double precision, at lengths around vectors and chunks.
@Suite struct KernelElementwiseTests {
  @Test("Arithmetic", arguments: awkwardLengths)
  func arithmetic(n: Int) {
    let a = normals(n, seed: 1)
    let b = normals(n, seed: 2)
    var out = [Float](repeating: 9, count: n)
    ck_fill(&out, 2.5, Int64(n))
    #expect(out == [Float](repeating: 2.5, count: n))
    ck_add(&out, a, b, Int64(n), CK_F32)
    expectClose(out, zip(a, b).map { $0 + $1 })
    ck_multiply(&out, a, b, Int64(n))
    expectClose(out, zip(a, b).map { $0 * $1 })
    ck_scale(&out, a, -0.3, Int64(n), CK_F32)
    expectClose(out, a.map { $0 * -0.3 })
    out = b
    ck_accumulate(&out, a, Int64(n), CK_F32)
    expectClose(out, zip(a, b).map { $0 + $1 })
    out = b
    ck_axpy(&out, 0.7, a, Int64(n))
    expectClose(out, zip(a, b).map { Float(Double($1) + Double(Float(0.7)) * Double($0)) }, absolute: 5e-7)
    ck_lerp(&out, a, b, 0.25, Int64(n))
    expectClose(out, zip(a, b).map { 0.75 * $0 + 0.25 * $1 }, absolute: 5e-7)
  }

  @Test("Interpolation returns its endpoints bit for bit, whatever the other side holds")
  func lerpEndpoints() {
    let a: [Float] = [-0.0, .infinity, .nan, -0x1p-140, 3]
    let b: [Float] = [.nan, 0, -.infinity, -0.0, 5]
    var out = [Float](repeating: 0, count: 5)
    ck_lerp(&out, a, b, 0, 5)
    #expect(out.map(\.bitPattern) == a.map(\.bitPattern))
    ck_lerp(&out, a, b, 1, 5)
    #expect(out.map(\.bitPattern) == b.map(\.bitPattern))
  }

  static let kinds: [ck_activation] = [CK_IDENTITY, CK_QUICK_GELU, CK_GELU, CK_RELU]

  func activation(_ x: Double, _ kind: ck_activation) -> (value: Double, slope: Double) {
    switch kind {
    case CK_QUICK_GELU:
      let s = 1 / (1 + exp(-1.702 * x))
      return (x * s, s + 1.702 * x * s * (1 - s))
    case CK_GELU:
      let distribution = 0.5 * erfc(-x / 2.0.squareRoot())
      return (x * distribution, distribution + x * exp(-0.5 * x * x) / (2 * .pi).squareRoot())
    case CK_RELU: return (max(x, 0), x > 0 ? 1 : 0)
    default: return (x, 1)
    }
  }

  @Test("Activations and their derivatives", arguments: kinds, awkwardLengths)
  func activations(kind: ck_activation, n: Int) {
    let x = normals(n, seed: 3, scale: 4)
    let dy = normals(n, seed: 4)
    var out = [Float](repeating: 9, count: n)
    ck_activate(&out, x, kind, Int64(n), CK_F32)
    let expected = x.map { activation(Double($0), kind) }
    expectClose(out, expected.map { Float($0.value) }, absolute: 1e-6, relative: 5e-7)
    ck_activate_backward(&out, dy, x, kind, Int64(n), CK_F32)
    expectClose(
      out, zip(dy, expected).map { Float(Double($0) * $1.slope) }, absolute: 3e-6, relative: 2e-6)
    out = dy
    out.withUnsafeMutableBufferPointer {
      ck_activate_backward($0.baseAddress, $0.baseAddress, x, kind, Int64(n), CK_F32)
    }
    expectClose(
      out, zip(dy, expected).map { Float(Double($0) * $1.slope) }, absolute: 3e-6, relative: 2e-6, "in place")
  }

  @Test("Activations of extreme numbers", arguments: kinds)
  func extremes(kind: ck_activation) {
    let x: [Float] = [-1e30, -100, -60, -0.0, 0, 60, 100, 1e30, .infinity, .nan]
    var out = [Float](repeating: 9, count: x.count)
    ck_activate(&out, x, kind, Int64(x.count), CK_F32)
    let negative: Float = kind == CK_IDENTITY ? 1 : 0
    let expected: [Float] = [
      -1e30 * negative, -100 * negative, -60 * negative, 0, 0, 60, 100, 1e30, .infinity, .nan,
    ]
    expectClose(out, expected, absolute: 1e-20)
  }

  @Test("Dropout keeps 1 − p of the elements, scales them, and repeats its mask")
  func dropout() {
    let n = 200_000
    let x = [Float](repeating: 2, count: n)
    var (out, again, other) = (x, x, x)
    ck_dropout(&out, x, 0.3, [42], 1, Int64(n), CK_F32)
    ck_dropout(&again, x, 0.3, [42], 1, Int64(n), CK_F32)
    ck_dropout(&other, x, 0.3, [43], 1, Int64(n), CK_F32)
    #expect(out == again)
    #expect(out != other)
    #expect(out.allSatisfy { $0 == 0 || abs($0 - 2 / 0.7) < 1e-5 })
    let kept = Double(out.count { $0 != 0 }) / Double(n)
    #expect(abs(kept - 0.7) < 0.005)
    let agreement = Double(zip(out, other).count { ($0 == 0) == ($1 == 0) }) / Double(n)
    #expect(abs(agreement - (0.7 * 0.7 + 0.3 * 0.3)) < 0.005, "masks of two seeds are independent")
    let neighbours = Double(zip(out, out.dropFirst()).count { $0 != 0 && $1 != 0 }) / Double(n)
    #expect(abs(neighbours - 0.49) < 0.005, "neighbours are independent")
    ck_dropout(&out, x, 0, [42], 1, Int64(n), CK_F32)
    #expect(out == x)
    ck_dropout(&out, x, 1, [42], 1, Int64(n), CK_F32)
    #expect(out.allSatisfy { $0 == 0 })
  }

  @Test("A sample's mask is its own, whichever samples are beside it", arguments: [1, 7, 999, 40_000])
  func dropoutOfSamples(length: Int) {
    let seeds: [UInt64] = [9, 8, 1 << 40]
    let x = normals(3 * length, seed: 12)
    var together = x
    ck_dropout(&together, x, 0.5, seeds, 3, Int64(length), CK_F32)
    for (row, seed) in seeds.enumerated() {
      let sample = Array(x[row * length..<(row + 1) * length])
      var alone = sample
      ck_dropout(&alone, sample, 0.5, [seed], 1, Int64(length), CK_F32)
      #expect(alone == Array(together[row * length..<(row + 1) * length]), "sample \(row)")
    }
  }

  @Test("Sums over arrays", arguments: awkwardLengths)
  func sums(n: Int) {
    let a = normals(n, seed: 5)
    let b = normals(n, seed: 6)
    let squares = a.reduce(0.0) { $0 + Double($1) * Double($1) }
    let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    expectClose([ck_sum_of_squares(a, Int64(n))], [Float(squares)], relative: 1e-6)
    expectClose([ck_dot(a, b, Int64(n))], [Float(dot)], absolute: 1e-5, relative: 1e-6)
  }

  @Test("Non-finite numbers are found anywhere", arguments: awkwardLengths)
  func finiteness(n: Int) {
    var x = normals(n, seed: 7)
    #expect(ck_all_finite(x, Int64(n)))
    for (position, value) in [(0, Float.nan), (n / 2, .infinity), (n - 1, -.infinity)] where n > 0 {
      let kept = x[position]
      x[position] = value
      #expect(!ck_all_finite(x, Int64(n)))
      x[position] = kept
    }
    if n > 0 { x[n - 1] = .greatestFiniteMagnitude }
    #expect(ck_all_finite(x, Int64(n)))
  }
}

/// bf16 and f16 as storage.
@Suite struct KernelHalfTests {
  @Test("Every f16 converts to the float it denotes and back to itself")
  func everyHalf() {
    let halves = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: 0, count: halves.count)
    ck_f16_to_f32(&floats, halves, Int64(halves.count))
    var back = [UInt16](repeating: 0, count: halves.count)
    ck_f32_to_f16(&back, floats, Int64(halves.count))
    for (i, half) in halves.enumerated() {
      let expected = halfValue(half)
      if expected.isNaN {
        #expect(floats[i].isNaN && back[i] & 0x7c00 == 0x7c00 && back[i] & 0x3ff != 0)
      } else if floats[i] != expected || floats[i].sign != expected.sign || back[i] != half {
        Issue.record("half \(half): \(floats[i]), expected \(expected); back \(back[i])")
      }
    }
  }

  func halfValue(_ half: UInt16) -> Float {
    let (exponent, fraction) = (Int(half >> 10 & 31), Float(half & 0x3ff))
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
      }
    return half & 0x8000 == 0 ? magnitude : -magnitude
  }

  @Test("f16 rounds to the nearest, ties to even, and overflows to infinity")
  func halfRounding() {
    let x: [Float] = [
      1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-20, 1 + 3 * 0x1p-11, 65504, 65519.99, 65520, 1e10, -1e10, 0x1p-25,
      0x1p-25 + 0x1p-40, 3 * 0x1p-25, 6.1e-5, 1e-10, -0.0,
    ]
    let expected: [UInt16] = [
      0x3c00, 0x3c01, 0x3c02, 0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 1, 2, 0x03ff, 0, 0x8000,
    ]
    var out = [UInt16](repeating: 0, count: x.count)
    ck_f32_to_f16(&out, x, Int64(x.count))
    #expect(out == expected)
  }

  @Test("bf16 rounds to the nearest, ties to even, and keeps NaN")
  func bf16() {
    let bits: [UInt32] = [
      0x3f80_0000, 0x3f80_8000, 0x3f81_8000, 0x3f80_8001, 0x3f80_7fff, 0x7f7f_ffff, 0x7f80_0000, 0xff80_0000,
      0x8000_0000, 0x0000_0001, 0x7f80_0001, 0xffff_ffff,
    ]
    let expected: [UInt16] = [
      0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x3f80, 0x7f80, 0x7f80, 0xff80, 0x8000, 0, 0x7fc0, 0xffff,
    ]
    var out = [UInt16](repeating: 0, count: bits.count)
    ck_f32_to_bf16(&out, bits.map(Float.init(bitPattern:)), Int64(bits.count))
    #expect(out == expected)
    var back = [Float](repeating: 0, count: bits.count)
    ck_bf16_to_f32(&back, out, Int64(bits.count))
    #expect(back.map(\.bitPattern) == out.map { UInt32($0) << 16 })
  }
}
