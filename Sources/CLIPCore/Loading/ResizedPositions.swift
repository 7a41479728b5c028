import Checkpoint
import TensorCore

/// Position embeddings of an image tower for another number of patches, as open_clip makes them: the class token's stays,
/// those of the patches are resampled as a picture, bicubic and antialiased.
enum ResizedPositions {
  private static let path = "visual.positional_embedding"

  /// The state with its position embeddings for `config`'s grid of patches; itself where they fit already, or are no
  /// square grid.
  static func fitting(_ config: VisionConfig, _ state: StateDict) -> StateDict {
    let side = config.imageSize / config.patchSize
    guard let table = state[path]?.convertedToFloat(), table.rank == 2, table.shape[0] > 1 else {
      return state
    }
    let patches = table.shape[0] - 1
    let stored = Int(Double(patches).squareRoot().rounded())
    guard stored * stored == patches, stored != side else { return state }
    var fitting = state
    fitting[path] = resampled(table, from: stored, to: side)
    return fitting
  }

  /// table: [1 + from², width] → [1 + to², width]
  private static func resampled(_ table: Tensor, from: Int, to: Int) -> Tensor {
    let width = table.shape[1]
    let result = Tensor(zeros: [1 + to * to, width])
    // Across first, then down.
    let across = Tensor(zeros: [from * to, width])
    func add(_ source: Tensor, _ input: Int, times weight: Float = 1, to target: Tensor, _ output: Int) {
      Compute.backend.accumulate(
        adding: source.rows(input..<input + 1), scaledBy: weight, to: target.rows(output..<output + 1))
    }
    add(table, 0, to: result, 0)
    for index in 0..<to {
      let (first, weights) = weights(at: index, from: from, to: to)
      for (tap, weight) in weights.enumerated() {
        for row in 0..<from {
          add(table, 1 + row * from + first + tap, times: weight, to: across, row * to + index)
        }
      }
    }
    for index in 0..<to {
      let (first, weights) = weights(at: index, from: from, to: to)
      for (tap, weight) in weights.enumerated() {
        for column in 0..<to {
          add(across, (first + tap) * to + column, times: weight, to: result, 1 + index * to + column)
        }
      }
    }
    return result
  }

  /// What the positions from `first` on contribute to position `index` of the new grid (Keys 1981, a = −½; the kernel is
  /// widened where the grid shrinks).
  private static func weights(at index: Int, from: Int, to: Int) -> (first: Int, weights: [Float]) {
    let scale = Double(from) / Double(to)
    let stretch = max(scale, 1)
    let center = scale * (Double(index) + 0.5)
    let first = max(0, Int(center - 2 * stretch + 0.5))
    let end = min(from, Int(center + 2 * stretch + 0.5))
    let values = (first..<end).map { cubic((Double($0) - center + 0.5) / stretch) }
    let sum = values.reduce(0, +)
    return (first, values.map { Float($0 / sum) })
  }

  private static func cubic(_ distance: Double) -> Double {
    let (a, x) = (-0.5, abs(distance))
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }
}
