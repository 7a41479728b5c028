/// Everything that touches hardware: kernels on tensors, with no knowledge of layers, gradients or models.
///
/// Output tensors come first and are written whole, unless a parameter is called `adding…`, which is added to. All
/// tensors are contiguous; shapes are the callers' business, and outputs may not overlap inputs unless said. Elements are
/// `f32` (indices `i32`), or `bf16` where an operation says so; sums are always carried in `f32`. A further backend (a GPU, say) implements this protocol and nothing else.
public protocol Backend: Sendable {
  /// One line for people and run records: engine, version, instruction set.
  var description: String { get }

  // MARK: Matrix multiplication

  /// c[m, n] = activation(op(a)[m, k] · op(b)[k, n] + bias[n]), or c += op(a) · op(b) where `accumulate`.
  ///
  /// a and b are both `f32` or both `bf16`; c may be `bf16` only if they are.
  func multiply(_ c: Tensor, _ a: MatrixOperand, _ b: MatrixOperand, _ options: MultiplyOptions)
  /// b[k, n] rounded to `bf16`, as this backend multiplies fastest by it; nil where it likes no arrangement better than
  /// the plain one.
  func packed(_ b: MatrixOperand, k: Int, n: Int) -> MatrixOperand?

  // MARK: Elementwise; tensors are all `f32` or all `bf16`, but for interpolation and reductions, which are `f32`

  func add(_ out: Tensor, _ a: Tensor, _ b: Tensor)
  func accumulate(adding x: Tensor, scaledBy scale: Float, to sum: Tensor)
  /// out = scale · x; `out` may be `x`.
  func scale(_ out: Tensor, _ x: Tensor, by scale: Float)
  func lerp(_ out: Tensor, _ a: Tensor, _ b: Tensor, alpha: Float)
  func activate(_ out: Tensor, _ x: Tensor, _ kind: Activation)
  func activateBackward(_ dx: Tensor, _ dy: Tensor, _ x: Tensor, _ kind: Activation)
  /// Inverted dropout of samples with a seed each; a sample's mask depends on (its seed, the element's index within it)
  /// only, so that this is its own backward.
  func dropout(_ out: Tensor, _ x: Tensor, probability: Float, seeds: [UInt64])
  func sumOfSquares(_ x: Tensor) -> Float
  func dot(_ a: Tensor, _ b: Tensor) -> Float
  func allFinite(_ x: Tensor) -> Bool

  // MARK: Rows and columns: [rows, cols], cols being the last dimension

  /// x, out, dy and dx are all `f32` or all `bf16`; gamma, beta and their gradients are `f32`.
  func scaleShift(_ out: Tensor, _ x: Tensor, gamma: Tensor?, beta: Tensor?)
  func scaleShiftBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, gamma: Tensor?)
  /// x: `f32` or `bf16`.
  func columnSum(adding sum: Tensor, _ x: Tensor)
  /// out[r, :] = scales[r / (rows / scales.count)] · x[r, :]
  func scaleRows(_ out: Tensor, _ x: Tensor, scales: Tensor)
  /// y may be `bf16`, and with it dy in backward.
  func layerNorm(
    _ y: Tensor, mean: Tensor?, rstd: Tensor?, _ x: Tensor, gamma: Tensor, beta: Tensor, epsilon: Float)
  func layerNormBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, mean: Tensor,
    rstd: Tensor, gamma: Tensor)
  func l2Normalize(_ y: Tensor, norm: Tensor, _ x: Tensor)
  func l2NormalizeBackward(_ dx: Tensor, _ dy: Tensor, y: Tensor, norm: Tensor)
  /// losses [rows]; dlogits (softmax − one-hot) is not averaged.
  func crossEntropy(_ losses: Tensor, dlogits: Tensor?, _ logits: Tensor, targets: Tensor)
  func softmax(_ out: Tensor, _ x: Tensor)

  // MARK: Rows by index, runs, broadcasts

  func gatherRows(_ out: Tensor, _ x: Tensor, index: Tensor)
  func scatterAddRows(adding sum: Tensor, _ x: Tensor, index: Tensor)
  /// Copies `count` runs of elements of any one type, each at its tensor's offset plus a multiple of its stride.
  func copyRuns(_ out: StridedRuns, _ x: StridedRuns, length: Int, count: Int)
  /// out[b, i] = x[b, i] + table[i]
  func addBroadcast(_ out: Tensor, _ x: Tensor, table: Tensor)
  /// sum[i] += Σ_b x[b, i]
  func sumBroadcast(adding sum: Tensor, _ x: Tensor)

  // MARK: Attention and images

  /// qkv and out, and their gradients, are all `f32` or all `bf16`.
  func attention(_ out: Tensor, lse: Tensor?, qkv: Tensor, _ shape: AttentionShape)
  func attentionBackward(
    dqkv: Tensor, _ dout: Tensor, out: Tensor, lse: Tensor, qkv: Tensor, _ shape: AttentionShape)
  /// images [batch, channels, height, width] → patches [batch, (h/p)·(w/p), channels·p·p]
  func unfold(_ out: Tensor, images: Tensor, patch: Int)

  /// Between `f32` and `bf16`, rounding to nearest even.
  func convert(_ out: Tensor, _ x: Tensor)

  // MARK: Optimisers

  func adamW(weights: Tensor, first: Tensor, second: Tensor, gradient: Tensor, _ step: AdamWStep)
  func sgd(weights: Tensor, momentum: Tensor, gradient: Tensor, _ step: SGDStep)
}

/// The backend in use; tests and other hardware replace it with `Compute.$backend.withValue`.
public enum Compute {
  @TaskLocal public static var backend: any Backend = CPUBackend.preferred
}

/// A matrix as stored, row-major, to be used as it is or transposed.
public struct MatrixOperand: Sendable {
  public let tensor: Tensor
  public let transposed: Bool
  /// Of a matrix that a backend has packed for itself; only its products understand the tensor's elements then.
  let layout: MatrixLayout?

  public init(_ tensor: Tensor, transposed: Bool = false) {
    self.init(tensor, transposed: transposed, layout: nil)
  }

  init(_ tensor: Tensor, transposed: Bool = false, layout: MatrixLayout?) {
    self.tensor = tensor
    self.transposed = transposed
    self.layout = layout
  }
}

extension Backend {
  public func packed(_ b: MatrixOperand, k: Int, n: Int) -> MatrixOperand? { nil }
}

/// The arrangement of a packed matrix, of which there is one a shape, as long as the process runs.
struct MatrixLayout: @unchecked Sendable {
  let pointer: OpaquePointer
}

/// Extents and epilogue of a matrix multiplication.
public struct MultiplyOptions: Sendable {
  public var m: Int
  public var n: Int
  public var k: Int
  public var bias: Tensor?
  public var activation: Activation
  public var accumulate: Bool

  public init(
    m: Int, n: Int, k: Int, bias: Tensor? = nil, activation: Activation = .identity, accumulate: Bool = false
  ) {
    self.m = m
    self.n = n
    self.k = k
    self.bias = bias
    self.activation = activation
    self.accumulate = accumulate
  }
}

/// Pointwise non-linearities.
public enum Activation: String, Sendable, Codable, CaseIterable {
  case identity
  /// x · σ(1.702 x): OpenAI's CLIP.
  case quickGELU = "quick_gelu"
  /// x · Φ(x), by the error function.
  case gelu
  case relu
}

/// Packed multi-head self-attention; see `Variable.attention`.
public struct AttentionShape: Sendable {
  public var batch: Int
  public var tokens: Int
  /// Only the first `queries` tokens are computed.
  public var queries: Int
  public var heads: Int
  /// Columns a head.
  public var dim: Int
  public var causal: Bool
  /// [tokens], added to the scores of each key.
  public var keyBias: Tensor?
}

/// Runs of elements at regular distances in a tensor, in elements.
public struct StridedRuns: Sendable {
  public let tensor: Tensor
  public let offset: Int
  public let stride: Int

  public init(_ tensor: Tensor, offset: Int = 0, stride: Int) {
    self.tensor = tensor
    self.offset = offset
    self.stride = stride
  }
}

/// Constants of one AdamW update; `step` counts from 1.
public struct AdamWStep: Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  public var gradientScale: Float
  public var step: Int

  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, gradientScale: Float,
    step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }
}

/// Constants of one update of SGD with momentum.
public struct SGDStep: Sendable {
  public var learningRate: Float
  public var momentum: Float
  public var weightDecay: Float
  public var gradientScale: Float

  public init(learningRate: Float, momentum: Float, weightDecay: Float, gradientScale: Float) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }
}
