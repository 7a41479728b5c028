import TensorCore

/// One use of a differentiable operation, small enough to differentiate numerically.
///
/// To cover a new operation, add its cases here, under the name of its file in `Sources/TensorCore/Ops`.
struct OpCase: Sendable, CustomStringConvertible {
  /// File of the operation, without extension.
  let file: String
  let name: String
  /// Shapes of the inputs, all of which are differentiated.
  let inputs: [[Int]]
  /// Whether a random mask, which each backend may draw differently, is part of the result.
  var isMasked = false
  /// Whether steps on the way are rounded to bf16, where neighbouring sums may round apart and small differences vanish.
  var isRounded = false
  let apply: @Sendable ([Variable]) -> Variable

  var description: String { "\(file): \(name)" }

  init(
    _ file: String, _ name: String, _ inputs: [[Int]], isMasked: Bool = false, isRounded: Bool = false,
    _ apply: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.file = file
    self.name = name
    self.inputs = inputs
    self.isMasked = isMasked
    self.isRounded = isRounded
    self.apply = apply
  }

  static let all =
    elementwise + rows + products + tokens + attention + losses + bf16 + matrices
    + [
      OpCase("Elementwise", "an input used on both paths of a residual", [[3, 8], [8, 8], [8], [8]]) { x in
        x[0] + x[0].layerNorm(gamma: x[2], beta: x[3], epsilon: 1e-5).linear(weight: x[1])
      }
    ]

  private static let elementwise =
    [
      OpCase("Elementwise", "sum", [[2, 5], [2, 5]]) { $0[0] + $0[1] },
      OpCase("Elementwise", "sum of a value with itself", [[2, 5]]) { $0[0] + $0[0] },
      OpCase("Elementwise", "multiple", [[2, 5]]) { -2.5 * $0[0] },
      OpCase("Elementwise", "another shape", [[2, 6]]) { $0[0].reshaped([3, 4]).l2Normalized() },
      OpCase("Elementwise", "scale and shift", [[3, 7], [7], [7]]) {
        $0[0].scaleShifted(gamma: $0[1], beta: $0[2])
      },
      OpCase("Elementwise", "scale only", [[2, 3, 7], [7]]) { $0[0].scaleShifted(gamma: $0[1], beta: nil) },
      OpCase("Elementwise", "shift only", [[3, 7], [7]]) { $0[0].scaleShifted(gamma: nil, beta: $0[1]) },
      OpCase("Dropout", "elements", [[4, 9]], isMasked: true) { $0[0].dropout(0.4, seeds: [3, 1, 4, 1]) },
      OpCase("Dropout", "samples", [[6, 2, 3]]) { $0[0].dropPath(0.4, seeds: [3, 1, 4, 1, 5, 9]) },
    ]
    + Activation.allCases.map { kind in OpCase("Activation", "\(kind)", [[3, 11]]) { $0[0].activated(kind) } }

  private static let rows = [
    OpCase("LayerNorm", "rows of 9", [[2, 3, 9], [9], [9]]) {
      $0[0].layerNorm(gamma: $0[1], beta: $0[2], epsilon: 1e-5)
    },
    OpCase("L2Normalize", "rows of 5", [[4, 5]]) { $0[0].l2Normalized() },
    OpCase("Gather", "repeated rows", [[4, 3]]) {
      $0[0].gatherRows(Tensor([2, 0, 2, 3, 2, 2] as [Int32], shape: [3, 2]))
    },
  ]

  private static let products = [
    OpCase("Linear", "without bias", [[2, 3, 5], [4, 5]]) { $0[0].linear(weight: $0[1]) },
    OpCase("Linear", "with bias", [[3, 5], [4, 5], [4]]) { $0[0].linear(weight: $0[1], bias: $0[2]) },
    OpCase("Linear", "with bias and activation", [[3, 5], [4, 5], [4]]) {
      $0[0].linear(weight: $0[1], bias: $0[2], activation: .quickGELU)
    },
    OpCase("Linear", "a weight used twice", [[3, 4], [4, 4]]) {
      $0[0].linear(weight: $0[1]).activated(.gelu).linear(weight: $0[1])
    },
    OpCase("Linear", "added in place", [[3, 2], [4, 2], [3, 4]]) {
      $0[0].linear(weight: $0[1], addedInPlaceTo: 2 * $0[2])
    },
    OpCase("Linear", "by a convolution weight", [[2, 12], [5, 3, 2, 2]]) { $0[0].linear(weight: $0[1]) },
    OpCase("Projection", "rows of 5 to 3", [[2, 2, 5], [5, 3]]) { $0[0].projected(by: $0[1]) },
  ]

  private static let tokens = [
    OpCase("Tokens", "prefix", [[2, 3, 4], [2, 4]]) { $0[0].prepending($0[1]) },
    OpCase("Tokens", "range", [[2, 5, 3]]) { $0[0].tokens(1..<3) },
    OpCase("Tokens", "ranges that overlap", [[2, 5, 3]]) { $0[0].tokens(0..<3) + $0[0].tokens(2..<5) },
    OpCase("Tokens", "position embedding", [[3, 2, 4], [2, 4]]) { $0[0].addingToEach($0[1]) },
  ]

  private static let attention = [
    OpCase("Attention", "all queries", [[2, 4, 18]]) { $0[0].attention(heads: 2) },
    OpCase("Attention", "causal", [[2, 4, 18]]) { $0[0].attention(heads: 2, causal: true) },
    OpCase("Attention", "first query", [[2, 4, 18]]) { $0[0].attention(heads: 3, queries: 1) },
    OpCase("Attention", "gated keys", [[2, 4, 12]]) {
      $0[0].attention(heads: 2, queries: 3, keyBias: Tensor([-0.7, -.infinity, 0, 0], shape: [4]))
    },
  ]

  /// Operations on the first input rounded to bf16.
  private static let bf16 =
    [
      OpCase("Conversion", "to bf16", [[3, 7]], isRounded: true) { $0[0] },
      OpCase("Elementwise", "sum in bf16", [[2, 5]], isRounded: true) { $0[0] + (0.5 * $0[0]) },
      OpCase("Elementwise", "scale and shift in bf16", [[3, 37], [37], [37]], isRounded: true) {
        $0[0].scaleShifted(gamma: $0[1], beta: $0[2])
      },
      OpCase("Tokens", "prefix in bf16", [[2, 3, 4], [2, 4]], isRounded: true) {
        $0[0].prepending($0[1].converted(to: .bf16))
      },
      OpCase("Tokens", "range in bf16", [[2, 5, 3]], isRounded: true) { $0[0].tokens(1..<4) },
      OpCase("Linear", "in bf16", [[2, 3, 5], [4, 5], [4]], isRounded: true) {
        $0[0].linear(weight: $0[1], bias: $0[2])
      },
      OpCase("Linear", "in bf16, to f32, with activation", [[3, 20], [24, 20], [24]], isRounded: true) {
        $0[0].linear(weight: $0[1], bias: $0[2], activation: .quickGELU, result: .f32)
      },
      OpCase("Linear", "in bf16, added in place", [[3, 2], [4, 2], [3, 4]], isRounded: true) {
        $0[0].linear(weight: $0[1], addedInPlaceTo: 2 * $0[2].converted(to: .bf16))
      },
      OpCase("LayerNorm", "to bf16", [[3, 33], [33], [33]], isRounded: true) {
        $0[0].converted(to: .f32).layerNorm(gamma: $0[1], beta: $0[2], epsilon: 1e-5, result: .bf16)
      },
      OpCase("Attention", "in bf16", [[2, 19, 24]], isRounded: true) { $0[0].attention(heads: 2) },
      OpCase("Attention", "causal in bf16", [[2, 5, 24]], isRounded: true) {
        $0[0].attention(heads: 2, causal: true)
      },
      OpCase("Attention", "first query in bf16", [[2, 4, 18]], isRounded: true) {
        $0[0].attention(heads: 3, queries: 1)
      },
    ]
    .map { rounded($0) }
    + Activation.allCases.map { kind in
      rounded(OpCase("Activation", "\(kind) in bf16", [[3, 11]], isRounded: true) { $0[0].activated(kind) })
    }

  /// The case with its first input rounded to bf16, and its result brought back.
  private static func rounded(_ op: OpCase) -> OpCase {
    OpCase(op.file, op.name, op.inputs, isRounded: true) { inputs in
      op.apply([inputs[0].converted(to: .bf16)] + inputs.dropFirst()).converted(to: .f32)
    }
  }

  private static let losses = [
    OpCase("CrossEntropy", "three rows of five classes", [[3, 5]]) {
      $0[0].crossEntropy(targets: Tensor([4, 0, 4] as [Int32], shape: [3]))
    },
    OpCase("SoftCrossEntropy", "against a distribution, rows that do not add up to 1 and a 0", [[3, 4]]) {
      $0[0].crossEntropy(
        distribution: Tensor([0.2, 0.3, 0.4, 0.1, 0, 1.5, 0.25, 0, 0, 0, 0, 0], shape: [3, 4]))
    },
    OpCase("SoftCrossEntropy", "with label smoothing", [[3, 5]]) {
      $0[0].crossEntropy(targets: Tensor([4, 0, 4] as [Int32], shape: [3]), labelSmoothing: 0.2)
    },
    OpCase("ScalarProduct", "by a factor that trains", [[3, 4], []]) { $0[0].multiplied(byScalar: $0[1]) },
    OpCase("FrobeniusNorm", "of a matrix", [[3, 4]]) { $0[0].frobeniusNorm() },
    OpCase("FrobeniusNorm", "of a product of a matrix with itself", [[5, 3]]) {
      $0[0].multiplied(by: $0[0], transposed: true).frobeniusNorm()
    },
    OpCase("ContrastiveLoss", "of normalised rows", [[4, 6], [4, 6], []]) {
      .contrastiveLoss(images: $0[0].l2Normalized(), texts: $0[1].l2Normalized(), logitScale: $0[2])
    },
  ]
}
