import CKernels
import Foundation

/// The processor: matrices by a library engine, everything else by the kernels of `CKernels`.
public struct CPUBackend: Backend {
  public let engine: Engine

  public init(engine: Engine) { self.engine = engine }

  /// The fastest engine of this machine, or the one that `CLIPFT_ENGINE` names.
  public static let preferred = CPUBackend(engine: .preferred)

  public var description: String { engine.description }

  public func multiply(_ c: Tensor, _ a: MatrixOperand, _ b: MatrixOperand, _ options: MultiplyOptions) {
    let (m, n, k) = (options.m, options.n, options.k)
    precondition(a.layout == nil, "only the second operand of a product is packed")
    precondition(a.tensor.count >= m * k && b.tensor.count >= k * n && c.count >= m * n)
    precondition(a.tensor.dtype == b.tensor.dtype, "a product of \(a.tensor.dtype) and \(b.tensor.dtype)")
    var call = ck_gemm_call(
      m: Int64(m), n: Int64(n), k: Int64(k), operands: a.tensor.type, result: c.type,
      a: a.tensor.elements, lda: Int64(a.transposed ? m : k), transpose_a: a.transposed,
      b: b.tensor.elements, ldb: Int64(b.transposed ? k : n), transpose_b: b.transposed,
      layout_b: b.layout?.pointer, c: c.elements, ldc: Int64(n),
      bias: options.bias.map { UnsafePointer($0.f32) }, activation: options.activation.code,
      accumulate: options.accumulate)
    let status = ck_gemm(engine.code, &call)
    precondition(status == 0, "\(engine.rawValue) failed with status \(status) on a \(m)×\(n)×\(k) product")
  }

  public func packed(_ b: MatrixOperand, k: Int, n: Int) -> MatrixOperand? {
    guard let layout = ck_layout_of(engine.code, Int64(k), Int64(n)) else { return nil }
    precondition(b.layout == nil && b.tensor.count >= k * n)
    let packed = Tensor(
      uninitialized: [ck_layout_bytes(layout) / DType.bf16.byteWidth], dtype: .bf16)
    let status = ck_pack(
      layout, packed.elements, b.tensor.elements, b.tensor.type, Int64(b.transposed ? k : n), b.transposed)
    precondition(status == 0, "\(engine.rawValue) failed with status \(status) to pack a \(k)×\(n) matrix")
    return MatrixOperand(packed, transposed: b.transposed, layout: MatrixLayout(pointer: layout))
  }

  // MARK: Elementwise

  public func add(_ out: Tensor, _ a: Tensor, _ b: Tensor) {
    precondition(a.count == out.count && b.count == out.count)
    ck_add(out.elements, a.elements, b.elements, Int64(out.count), out.sharedType(a, b))
  }

  public func accumulate(adding x: Tensor, scaledBy scale: Float, to sum: Tensor) {
    precondition(x.count == sum.count)
    if scale == 1 {
      ck_accumulate(sum.elements, x.elements, Int64(x.count), sum.sharedType(x))
    } else {
      ck_axpy(sum.f32, scale, x.f32, Int64(x.count))
    }
  }

  public func scale(_ out: Tensor, _ x: Tensor, by scale: Float) {
    precondition(x.count == out.count)
    ck_scale(out.elements, x.elements, scale, Int64(x.count), out.sharedType(x))
  }

  public func lerp(_ out: Tensor, _ a: Tensor, _ b: Tensor, alpha: Float) {
    precondition(a.count == out.count && b.count == out.count)
    ck_lerp(out.f32, a.f32, b.f32, alpha, Int64(out.count))
  }

  public func activate(_ out: Tensor, _ x: Tensor, _ kind: Activation) {
    precondition(x.count == out.count)
    ck_activate(out.elements, x.elements, kind.code, Int64(x.count), out.sharedType(x))
  }

  public func activateBackward(_ dx: Tensor, _ dy: Tensor, _ x: Tensor, _ kind: Activation) {
    precondition(x.count == dx.count && dy.count == dx.count)
    ck_activate_backward(
      dx.elements, dy.elements, x.elements, kind.code, Int64(x.count), dx.sharedType(dy, x))
  }

  public func dropout(_ out: Tensor, _ x: Tensor, probability: Float, seeds: [UInt64]) {
    precondition(!seeds.isEmpty && x.count % seeds.count == 0, "a sample each")
    precondition(x.count == out.count)
    ck_dropout(
      out.elements, x.elements, probability, seeds, Int64(seeds.count), Int64(x.count / seeds.count),
      out.sharedType(x))
  }

  public func sumOfSquares(_ x: Tensor) -> Float { ck_sum_of_squares(x.f32, Int64(x.count)) }

  public func dot(_ a: Tensor, _ b: Tensor) -> Float {
    precondition(a.count == b.count)
    return ck_dot(a.f32, b.f32, Int64(a.count))
  }

  public func allFinite(_ x: Tensor) -> Bool { ck_all_finite(x.f32, Int64(x.count)) }

  // MARK: Rows and columns

  public func scaleShift(_ out: Tensor, _ x: Tensor, gamma: Tensor?, beta: Tensor?) {
    ck_scale_shift(
      out.elements, x.elements, gamma?.f32, beta?.f32, x.rowCount, x.columnCount, out.sharedType(x))
  }

  public func scaleShiftBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, gamma: Tensor?
  ) {
    ck_scale_shift_backward(
      dx?.elements, addingGamma?.f32, addingBeta?.f32, dy.elements, x.elements, gamma?.f32, dy.rowCount,
      dy.columnCount, dy.sharedType(x, dx ?? dy))
  }

  public func columnSum(adding sum: Tensor, _ x: Tensor) {
    precondition(sum.count == Int(x.columnCount))
    ck_column_sum(sum.f32, x.elements, x.rowCount, x.columnCount, x.type)
  }

  public func scaleRows(_ out: Tensor, _ x: Tensor, scales: Tensor) {
    ck_scale_rows(out.f32, x.f32, scales.f32, x.rowCount, x.columnCount, x.rowCount / Int64(scales.count))
  }

  public func layerNorm(
    _ y: Tensor, mean: Tensor?, rstd: Tensor?, _ x: Tensor, gamma: Tensor, beta: Tensor, epsilon: Float
  ) {
    ck_layer_norm(
      y.elements, mean?.f32, rstd?.f32, x.f32, gamma.f32, beta.f32, epsilon, x.rowCount, x.columnCount, y.type
    )
  }

  public func layerNormBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, mean: Tensor,
    rstd: Tensor, gamma: Tensor
  ) {
    ck_layer_norm_backward(
      dx?.f32, addingGamma?.f32, addingBeta?.f32, dy.elements, x.f32, mean.f32, rstd.f32, gamma.f32,
      x.rowCount, x.columnCount, dy.type)
  }

  public func l2Normalize(_ y: Tensor, norm: Tensor, _ x: Tensor) {
    ck_l2_normalize(y.f32, norm.f32, x.f32, x.rowCount, x.columnCount)
  }

  public func l2NormalizeBackward(_ dx: Tensor, _ dy: Tensor, y: Tensor, norm: Tensor) {
    ck_l2_normalize_backward(dx.f32, dy.f32, y.f32, norm.f32, y.rowCount, y.columnCount)
  }

  public func crossEntropy(_ losses: Tensor, dlogits: Tensor?, _ logits: Tensor, targets: Tensor) {
    precondition(targets.count == Int(logits.rowCount))
    ck_cross_entropy(losses.f32, dlogits?.f32, logits.f32, targets.i32, logits.rowCount, logits.columnCount)
  }

  public func softmax(_ out: Tensor, _ x: Tensor) { ck_softmax(out.f32, x.f32, x.rowCount, x.columnCount) }

  // MARK: Rows by index, runs, broadcasts

  public func gatherRows(_ out: Tensor, _ x: Tensor, index: Tensor) {
    ck_gather_rows(out.f32, x.f32, index.i32, Int64(index.count), x.columnCount)
  }

  public func scatterAddRows(adding sum: Tensor, _ x: Tensor, index: Tensor) {
    ck_scatter_add_rows(sum.f32, x.f32, index.i32, Int64(index.count), sum.columnCount)
  }

  public func copyRuns(_ out: StridedRuns, _ x: StridedRuns, length: Int, count: Int) {
    precondition(out.tensor.dtype == x.tensor.dtype)
    let width = x.tensor.dtype.byteWidth
    ck_copy_strided(
      out.tensor.elements + out.offset * width, Int64(out.stride * width),
      x.tensor.elements + x.offset * width, Int64(x.stride * width), Int64(length * width), Int64(count))
  }

  public func addBroadcast(_ out: Tensor, _ x: Tensor, table: Tensor) {
    ck_add_broadcast(out.f32, x.f32, table.f32, Int64(x.count / table.count), Int64(table.count))
  }

  public func sumBroadcast(adding sum: Tensor, _ x: Tensor) {
    ck_sum_broadcast(sum.f32, x.f32, Int64(x.count / sum.count), Int64(sum.count))
  }

  // MARK: Attention and images

  public func attention(_ out: Tensor, lse: Tensor?, qkv: Tensor, _ shape: AttentionShape) {
    var call = shape.call
    ck_attention(out.elements, lse?.f32, qkv.elements, &call, out.sharedType(qkv))
  }

  public func attentionBackward(
    dqkv: Tensor, _ dout: Tensor, out: Tensor, lse: Tensor, qkv: Tensor, _ shape: AttentionShape
  ) {
    var call = shape.call
    ck_attention_backward(
      dqkv.elements, dout.elements, out.elements, lse.f32, qkv.elements, &call, dqkv.sharedType(dout, out))
  }

  public func unfold(_ out: Tensor, images: Tensor, patch: Int) {
    let shape = images.shape.map(Int64.init)
    ck_unfold(out.f32, images.f32, shape[0], shape[1], shape[2], shape[3], Int64(patch))
  }

  public func convert(_ out: Tensor, _ x: Tensor) {
    precondition(x.count == out.count)
    let count = Int64(x.count)
    switch (x.dtype, out.dtype) {
    case (.f32, .bf16): ck_f32_to_bf16(out.elements.assumingMemoryBound(to: UInt16.self), x.f32, count)
    case (.bf16, .f32): ck_bf16_to_f32(out.f32, x.elements.assumingMemoryBound(to: UInt16.self), count)
    default: preconditionFailure("no conversion from \(x.dtype) to \(out.dtype)")
    }
  }

  // MARK: Optimisers

  public func adamW(weights: Tensor, first: Tensor, second: Tensor, gradient: Tensor, _ step: AdamWStep) {
    var options = ck_adamw_options(
      learning_rate: step.learningRate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
      weight_decay: step.weightDecay, gradient_scale: step.gradientScale, step: Int64(step.step))
    ck_adamw(weights.f32, first.f32, second.f32, gradient.f32, &options, Int64(weights.count))
  }

  public func sgd(weights: Tensor, momentum: Tensor, gradient: Tensor, _ step: SGDStep) {
    ck_sgd(
      weights.f32, momentum.f32, gradient.f32, step.learningRate, step.momentum, step.weightDecay,
      step.gradientScale, Int64(weights.count))
  }
}

extension Engine {
  /// The fastest engine of this machine, or the one that `CLIPFT_ENGINE` names if it is present.
  static var preferred: Engine {
    let present = available
    if let name = getenv("CLIPFT_ENGINE").map({ String(cString: $0) }), let engine = Engine(rawValue: name),
      present.contains(engine)
    {
      return engine
    }
    return present.first ?? .openBLAS
  }
}

extension Tensor {
  /// Start of the elements, whatever their type.
  fileprivate var elements: UnsafeMutableRawPointer { storage.pointer + byteOffset }
  /// - Precondition: the elements are of a type that kernels compute with.
  fileprivate var type: ck_type {
    switch dtype {
    case .f32: CK_F32
    case .bf16: CK_BF16
    default: preconditionFailure("\(dtype) is not a type to compute with")
    }
  }
  /// The type that this tensor has in common with others.
  fileprivate func sharedType(_ others: Tensor...) -> ck_type {
    precondition(others.allSatisfy { $0.dtype == dtype }, "\(others.map(\.dtype)) beside \(dtype)")
    return type
  }
  /// The last dimension, and the product of the others.
  fileprivate var columnCount: Int64 { Int64(shape.last ?? 1) }
  fileprivate var rowCount: Int64 { columnCount == 0 ? 0 : Int64(count) / columnCount }
}

extension Activation {
  fileprivate var code: ck_activation {
    switch self {
    case .identity: CK_IDENTITY
    case .quickGELU: CK_QUICK_GELU
    case .gelu: CK_GELU
    case .relu: CK_RELU
    }
  }
}

extension AttentionShape {
  /// Valid while `self` is alive: it points into the key bias.
  fileprivate var call: ck_attention_shape {
    ck_attention_shape(
      batch: Int64(batch), tokens: Int64(tokens), queries: Int64(queries), heads: Int64(heads),
      dim: Int64(dim), causal: causal, key_bias: keyBias.map { UnsafePointer($0.f32) })
  }
}
