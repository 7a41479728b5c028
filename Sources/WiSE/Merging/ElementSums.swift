import TensorCore

/// Work on the elements of tensors, in runs of constant length on the thread team.
enum Elements {
  static let grain = 1 << 16

  /// A tensor that `body` fills run by run.
  static func map(
    _ shape: [Int], _ body: @Sendable (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let result = Tensor(uninitialized: shape)
    nonisolated(unsafe) let output = result.f32
    withExtendedLifetime(result) {
      parallelFor(count: result.count, grain: grain) { body($0, output) }
    }
    return result
  }

  /// What `body` makes of each run, added in their order.
  static func sum(_ count: Int, _ body: @Sendable (Range<Int>) -> Double) -> Double {
    let parts = (count + grain - 1) / grain
    let sums = [Double](unsafeUninitializedCapacity: parts) { buffer, filled in
      nonisolated(unsafe) let buffer = buffer
      parallelFor(count: parts) { range in
        for part in range {
          buffer.initializeElement(at: part, to: body(part * grain..<min(count, (part + 1) * grain)))
        }
      }
      filled = parts
    }
    return sums.reduce(0, +)
  }

  /// Σ aᵢ · bᵢ in double precision.
  static func dot(_ a: Tensor, _ b: Tensor) -> Double {
    withExtendedLifetime((a, b)) {
      nonisolated(unsafe) let (first, second) = (a.floats, b.floats)
      return sum(a.count) { range in
        range.reduce(0) { $0 + Double(first[$1]) * Double(second[$1]) }
      }
    }
  }
}

/// A sum for each element of a tensor, in double precision.
package final class ElementSums: @unchecked Sendable {
  let count: Int
  let values: UnsafeMutablePointer<Double>

  package init(_ count: Int) {
    self.count = count
    values = .allocate(capacity: max(1, count))
    values.initialize(repeating: 0, count: count)
  }

  deinit { values.deallocate() }

  /// Adds a tensor times a factor.
  func add(_ tensor: Tensor, times factor: Double = 1) {
    withExtendedLifetime(tensor) {
      nonisolated(unsafe) let input = tensor.floats
      each { [self] range in
        for i in range { values[i] += factor * Double(input[i]) }
      }
    }
  }

  /// Adds the squares of a tensor's elements times a factor.
  package func add(squareOf tensor: Tensor, times factor: Double) {
    withExtendedLifetime(tensor) {
      nonisolated(unsafe) let input = tensor.floats
      each { [self] range in
        for i in range { values[i] += factor * Double(input[i]) * Double(input[i]) }
      }
    }
  }

  /// Runs `body` over runs of all elements on the thread team.
  func each(_ body: @Sendable (Range<Int>) -> Void) {
    parallelFor(count: count, grain: Elements.grain, body)
  }

  /// The sum of squares of all elements.
  var sumOfSquares: Double {
    Elements.sum(count) { [self] range in range.reduce(0) { $0 + values[$1] * values[$1] } }
  }

  package func tensor(_ shape: [Int]) -> Tensor {
    Elements.map(shape) { [self] range, output in
      for i in range { output[i] = Float(values[i]) }
    }
  }

  /// base + factor · sums.
  func tensor(_ shape: [Int], times factor: Double = 1, plus base: Tensor) -> Tensor {
    withExtendedLifetime(base) {
      nonisolated(unsafe) let start = base.floats
      return Elements.map(shape) { [self] range, output in
        for i in range { output[i] = Float(Double(start[i]) + factor * values[i]) }
      }
    }
  }
}
