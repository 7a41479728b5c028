import TensorCore

/// Arithmetic of long vectors in double precision, on the thread team: sums are taken over blocks of one size and in one
/// order, so that the number of threads changes nothing.
enum VectorArithmetic {
  private static let block = 1 << 14

  /// Σ a·b
  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count)
    var sums = [Double](repeating: 0, count: blocks(of: a.count))
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      a.withUnsafeBufferPointer { a in
        nonisolated(unsafe) let a = a
        b.withUnsafeBufferPointer { b in
          nonisolated(unsafe) let b = b
          eachBlock(of: a.count) { number, range in sums[number] = dot(a, b, range) }
        }
      }
    }
    return sums.reduce(0, +)
  }

  private static func dot(
    _ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>, _ range: Range<Int>
  ) -> Double {
    var lanes = SIMD8<Double>.zero
    var i = range.lowerBound
    while i + 8 <= range.upperBound {
      let x = SIMD8(a[i], a[i + 1], a[i + 2], a[i + 3], a[i + 4], a[i + 5], a[i + 6], a[i + 7])
      let y = SIMD8(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7])
      lanes += x * y
      i += 8
    }
    var sum = lanes.sum()
    while i < range.upperBound {
      sum += a[i] * b[i]
      i += 1
    }
    return sum
  }

  /// max |x|; NaN where one is among them.
  static func largestMagnitude(_ x: [Double]) -> Double {
    x.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
  }

  /// y += scale · x
  static func add(_ x: [Double], scaledBy scale: Double, to y: inout [Double]) {
    precondition(x.count == y.count)
    y.withUnsafeMutableBufferPointer { y in
      nonisolated(unsafe) let y = y
      x.withUnsafeBufferPointer { x in
        nonisolated(unsafe) let x = x
        eachBlock(of: y.count) { _, range in
          for i in range { y[i] += scale * x[i] }
        }
      }
    }
  }

  /// y *= scale
  static func scale(_ y: inout [Double], by scale: Double) {
    y.withUnsafeMutableBufferPointer { y in
      nonisolated(unsafe) let y = y
      eachBlock(of: y.count) { _, range in
        for i in range { y[i] *= scale }
      }
    }
  }

  /// out = a − b
  static func assign(_ out: inout [Double], _ a: [Double], minus b: [Double]) {
    precondition(a.count == out.count && b.count == out.count)
    out.withUnsafeMutableBufferPointer { out in
      nonisolated(unsafe) let out = out
      a.withUnsafeBufferPointer { a in
        nonisolated(unsafe) let a = a
        b.withUnsafeBufferPointer { b in
          nonisolated(unsafe) let b = b
          eachBlock(of: out.count) { _, range in
            for i in range { out[i] = a[i] - b[i] }
          }
        }
      }
    }
  }

  private static func blocks(of count: Int) -> Int { (count + block - 1) / block }

  private static func eachBlock(of count: Int, _ body: @Sendable (_ number: Int, Range<Int>) -> Void) {
    parallelFor(count: blocks(of: count)) { numbers in
      for number in numbers { body(number, number * block..<min(count, (number + 1) * block)) }
    }
  }
}
