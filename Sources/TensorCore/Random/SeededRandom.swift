import Foundation

/// A small, fast, seeded generator (SplitMix64): the same seed and path give the same numbers on every machine.
///
/// Streams are derived, never shared: `SeededRandom(seed, epoch, index)` depends only on its arguments, so work can
/// be split over threads, and resumed at any point, without replaying a sequence.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(_ seed: UInt64, _ path: UInt64...) {
    state = path.reduce(Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)) {
      Self.mix($0 ^ Self.mix($1 &+ 0xD1B5_4A32_D192_ED03))
    }
  }

  /// A seed for a named part of a run, so that parts do not share streams.
  public static func seed(_ seed: UInt64, named name: String) -> UInt64 {
    name.utf8.reduce(mix(seed)) { mix($0 ^ UInt64($1)) }
  }

  /// A seed for a numbered part of a run, such as a step; those of neighbouring seeds and parts have nothing in common.
  public static func seed(_ seed: UInt64, _ path: UInt64...) -> UInt64 {
    path.reduce(mix(seed &+ 0x9E37_79B9_7F4A_7C15)) { mix($0 ^ mix($1 &+ 0xD1B5_4A32_D192_ED03)) }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in [0, 1), with 24 random bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  public mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * uniform() }

  /// Uniform in 0..<bound, without bias worth measuring (64-bit multiply-shift).
  public mutating func int(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  public mutating func chance(_ probability: Float) -> Bool { uniform() < probability }

  /// Standard normal, by Box and Muller.
  public mutating func normal() -> Float {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// 0..<count in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, int(below: i + 1)) }
    return order
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
