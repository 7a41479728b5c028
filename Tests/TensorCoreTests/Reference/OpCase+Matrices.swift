import TensorCore

extension OpCase {
  /// Operations by which fine-tuning methods compute weights.
  static let matrices =
    [false, true].flatMap { transposed in
      [false, true].map { other in
        OpCase(
          "MatrixProduct",
          "3 × 5 by 5 × 4\(transposed ? ", transposed" : "")\(other ? ", by a transposed" : "")",
          [transposed ? [5, 3] : [3, 5], other ? [4, 5] : [5, 4]]
        ) { $0[0].multiplied(by: $0[1], transposed: transposed, otherTransposed: other) }
      }
    } + [
      OpCase("MatrixProduct", "a matrix by itself", [[4, 4]]) {
        $0[0].multiplied(by: $0[0], otherTransposed: true)
      },
      OpCase("RowScaling", "rows", [[4, 3], [4]]) { $0[0].rowsScaled(by: $0[1]) },
      OpCase("RowScaling", "elements", [[2, 3], [2, 3]]) { $0[0].multipliedElementwise(by: $0[1]) },
      OpCase("RowScaling", "normalised rows, one of them short", [[3, 4]]) {
        (0.01 * $0[0]).rowsNormalized(atLeast: 0.012)
      },
      OpCase("Concatenation", "three parts", [[2, 3], [1, 3], [3, 3]]) { .concatenated($0) },
      OpCase("Concatenation", "a part twice", [[2, 3]]) { .concatenated([$0[0], $0[0]]) },
      OpCase("SquaredDistance", "to constants", [[3, 4]]) {
        $0[0].meanSquaredDistance(to: Tensor((0..<12).map { Float($0) / 8 - 0.5 }, shape: [3, 4]))
      },
      OpCase("Concatenation", "three parts side by side", [[2, 2, 3], [2, 2, 1], [2, 2, 2]]) {
        .sideBySide($0)
      },
      OpCase("Concatenation", "a part twice side by side", [[2, 3]]) { .sideBySide([$0[0], $0[0]]) },
      OpCase("Blocks", "rows", [[5, 3]]) { $0[0].rows(1..<3) + $0[0].rows(2..<4) },
      OpCase("Blocks", "a block matrix", [[2, 3], [1, 2]]) {
        .assembled([4, 6], [($0[0], 1, 2), ($0[1], 3, 0)])
      },
      OpCase("GridNeighborhoods", "two by two patches", [[2, 5, 3]]) { $0[0].gridNeighborhoods(side: 2) },
      OpCase("GridNeighborhoods", "the class token alone", [[2, 1, 3]]) { $0[0].gridNeighborhoods(side: 2) },
      OpCase("Exponential", "of small numbers", [[3, 4]]) { (0.5 * $0[0]).exponential() },
      OpCase("Rotation", "Cayley's map", [[2, 6]]) { $0[0].cayleyRotations(size: 4) },
      OpCase("Rotation", "of a weight's columns", [[2, 3, 3]]) {
        $0[0].rotating(Tensor((0..<24).map { Float($0 % 7) - 3 }, shape: [4, 6]))
      },
    ]
}
