/// Kernels that move or repeat values: rows by index, runs, broadcasts, patches.
extension ReferenceKernels {
  /// x[index[i], :]
  static func gatherRows(_ x: [Double], index: [Int], columns: Int) -> [Double] {
    index.flatMap { x[$0 * columns..<($0 + 1) * columns] }
  }

  /// What is added to a table of `rows` rows: row i of x goes to row index[i].
  static func scatterAddRows(_ x: [Double], index: [Int], rows: Int, columns: Int) -> [Double] {
    var sum = [Double](repeating: 0, count: rows * columns)
    for (source, target) in index.enumerated() {
      for column in 0..<columns { sum[target * columns + column] += x[source * columns + column] }
    }
    return sum
  }

  /// `out` with `count` runs of `length` values copied from x, each at its offset plus a multiple of its stride.
  static func copyRuns(
    into out: [Double], offset: Int, stride: Int, from x: [Double], offset sourceOffset: Int,
    stride sourceStride: Int, length: Int, count: Int
  ) -> [Double] {
    var out = out
    for run in 0..<count {
      for index in 0..<length {
        out[offset + run * stride + index] = x[sourceOffset + run * sourceStride + index]
      }
    }
    return out
  }

  /// x[b, i] + table[i]
  static func addBroadcast(_ x: [Double], table: [Double]) -> [Double] {
    x.enumerated().map { index, value in value + table[index % table.count] }
  }

  /// Images [batch, channels, height, width] cut into patches [batch, (h/p) · (w/p), channels · p · p]: patches in
  /// row-major order, each laid out as a convolution weight (channel, row, column).
  static func unfold(
    _ images: [Double], batch: Int, channels: Int, height: Int, width: Int, patch: Int
  ) -> [Double] {
    var out: [Double] = []
    for image in 0..<batch {
      for top in stride(from: 0, to: height, by: patch) {
        for left in stride(from: 0, to: width, by: patch) {
          for channel in 0..<channels {
            for y in top..<top + patch {
              for x in left..<left + patch {
                out.append(images[((image * channels + channel) * height + y) * width + x])
              }
            }
          }
        }
      }
    }
    return out
  }
}
