import Foundation
import TensorCore

/// Reproducible numbers for kernel tests.
func normals(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  var random = SeededRandom(seed, UInt64(count))
  return (0..<count).map { _ in scale * random.normal() }
}

/// Lengths around vector widths and chunk sizes.
let awkwardLengths = [0, 1, 2, 7, 15, 16, 17, 31, 33, 63, 65, 127, 1000, 16383, 16384, 16385, 50001]

/// Matrices around vector widths, tiles and the extremes: [rows, columns].
let awkwardMatrices = [
  [1, 1], [1, 768], [768, 1], [3, 5], [16, 16], [17, 33], [2, 1000], [197, 96], [130, 129], [1100, 70],
]

/// exp without overflow into what a single float cannot hold.
func logSumExp(_ row: some Collection<Double>) -> Double {
  let largest = row.max() ?? -.infinity
  guard largest.isFinite else { return largest }
  return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
}
