import TensorCore

/// `ReferenceKernels` as a backend: slow, rounded to single precision only where a tensor is written.
struct ReferenceBackend: Backend {
  typealias K = ReferenceKernels

  var description: String { "reference (double precision, plain loops)" }

  func multiply(_ c: Tensor, _ a: MatrixOperand, _ b: MatrixOperand, _ options: MultiplyOptions) {
    let product = K.multiply(
      a.tensor.doubles, transposedA: a.transposed, b.tensor.doubles, transposedB: b.transposed, m: options.m,
      n: options.n, k: options.k, bias: options.bias?.doubles, activation: options.activation)
    if options.accumulate { c.add(product) } else { c.store(product) }
  }

  // MARK: Elementwise

  func add(_ out: Tensor, _ a: Tensor, _ b: Tensor) { out.store(K.add(a.doubles, b.doubles)) }

  func accumulate(adding x: Tensor, scaledBy scale: Float, to sum: Tensor) {
    sum.add(K.scale(x.doubles, by: Double(scale)))
  }

  func scale(_ out: Tensor, _ x: Tensor, by scale: Float) { out.store(K.scale(x.doubles, by: Double(scale))) }

  func lerp(_ out: Tensor, _ a: Tensor, _ b: Tensor, alpha: Float) {
    out.store(K.lerp(a.doubles, b.doubles, alpha: Double(alpha)))
  }

  func activate(_ out: Tensor, _ x: Tensor, _ kind: Activation) { out.store(K.activate(x.doubles, kind)) }

  func activateBackward(_ dx: Tensor, _ dy: Tensor, _ x: Tensor, _ kind: Activation) {
    dx.store(K.activateBackward(dy.doubles, x.doubles, kind))
  }

  /// The mask is one of many that keep the promise (it depends on a sample's seed and the index in it only); compare
  /// properties, not masks.
  func dropout(_ out: Tensor, _ x: Tensor, probability: Float, seeds: [UInt64]) {
    let kept = 1 - Double(probability)
    let length = x.count / seeds.count
    out.store(
      x.doubles.enumerated().map { index, value in
        var random = SeededRandom(seeds[index / length], UInt64(index % length))
        return Double(random.uniform()) < kept ? value / kept : 0
      })
  }

  func sumOfSquares(_ x: Tensor) -> Float { Float(K.dot(x.doubles, x.doubles)) }

  func dot(_ a: Tensor, _ b: Tensor) -> Float { Float(K.dot(a.doubles, b.doubles)) }

  func allFinite(_ x: Tensor) -> Bool { x.array.allSatisfy(\.isFinite) }

  // MARK: Rows and columns

  func scaleShift(_ out: Tensor, _ x: Tensor, gamma: Tensor?, beta: Tensor?) {
    out.store(K.scaleShift(x.doubles, gamma: gamma?.doubles, beta: beta?.doubles, columns: x.columns))
  }

  func scaleShiftBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, gamma: Tensor?
  ) {
    let result = K.scaleShiftBackward(dy.doubles, x.doubles, gamma: gamma?.doubles, columns: dy.columns)
    dx?.store(result.dx)
    addingGamma?.add(result.dgamma)
    addingBeta?.add(result.dbeta)
  }

  func columnSum(adding sum: Tensor, _ x: Tensor) { sum.add(K.columnSum(x.doubles, columns: x.columns)) }

  func scaleRows(_ out: Tensor, _ x: Tensor, scales: Tensor) {
    out.store(K.scaleRows(x.doubles, scales: scales.doubles))
  }

  func layerNorm(
    _ y: Tensor, mean: Tensor?, rstd: Tensor?, _ x: Tensor, gamma: Tensor, beta: Tensor, epsilon: Float
  ) {
    let result = K.layerNorm(x.doubles, gamma: gamma.doubles, beta: beta.doubles, epsilon: Double(epsilon))
    y.store(result.y)
    mean?.store(result.mean)
    rstd?.store(result.rstd)
  }

  func layerNormBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, mean: Tensor,
    rstd: Tensor, gamma: Tensor
  ) {
    let result = K.layerNormBackward(
      dy.doubles, x.doubles, mean: mean.doubles, rstd: rstd.doubles, gamma: gamma.doubles)
    dx?.store(result.dx)
    addingGamma?.add(result.dgamma)
    addingBeta?.add(result.dbeta)
  }

  func l2Normalize(_ y: Tensor, norm: Tensor, _ x: Tensor) {
    let result = K.l2Normalize(x.doubles, columns: x.columns)
    y.store(result.y)
    norm.store(result.norm)
  }

  func l2NormalizeBackward(_ dx: Tensor, _ dy: Tensor, y: Tensor, norm: Tensor) {
    dx.store(K.l2NormalizeBackward(dy.doubles, y: y.doubles, norm: norm.doubles, columns: y.columns))
  }

  func crossEntropy(_ losses: Tensor, dlogits: Tensor?, _ logits: Tensor, targets: Tensor) {
    let result = K.crossEntropy(logits.doubles, targets: targets.indices, columns: logits.columns)
    losses.store(result.losses)
    dlogits?.store(result.dlogits)
  }

  func softmax(_ out: Tensor, _ x: Tensor) { out.store(K.softmax(x.doubles, columns: x.columns)) }

  // MARK: Rows by index, runs, broadcasts

  func gatherRows(_ out: Tensor, _ x: Tensor, index: Tensor) {
    out.store(K.gatherRows(x.doubles, index: index.indices, columns: x.columns))
  }

  func scatterAddRows(adding sum: Tensor, _ x: Tensor, index: Tensor) {
    let rows = sum.columns == 0 ? 0 : sum.count / sum.columns
    sum.add(K.scatterAddRows(x.doubles, index: index.indices, rows: rows, columns: sum.columns))
  }

  func copyRuns(_ out: StridedRuns, _ x: StridedRuns, length: Int, count: Int) {
    let result = K.copyRuns(
      into: out.tensor.doubles, offset: out.offset, stride: out.stride, from: x.tensor.doubles,
      offset: x.offset, stride: x.stride, length: length, count: count)
    out.tensor.store(result)
  }

  func addBroadcast(_ out: Tensor, _ x: Tensor, table: Tensor) {
    out.store(K.addBroadcast(x.doubles, table: table.doubles))
  }

  func sumBroadcast(adding sum: Tensor, _ x: Tensor) { sum.add(K.columnSum(x.doubles, columns: sum.count)) }

  // MARK: Attention and images

  func attention(_ out: Tensor, lse: Tensor?, qkv: Tensor, _ shape: AttentionShape) {
    let result = K.attention(qkv.doubles, shape.reference)
    out.store(result.out)
    lse?.store(result.lse)
  }

  func attentionBackward(
    dqkv: Tensor, _ dout: Tensor, out: Tensor, lse: Tensor, qkv: Tensor, _ shape: AttentionShape
  ) {
    dqkv.store(K.attentionBackward(dout.doubles, qkv.doubles, shape.reference))
  }

  func unfold(_ out: Tensor, images: Tensor, patch: Int) {
    let shape = images.shape
    out.store(
      K.unfold(
        images.doubles, batch: shape[0], channels: shape[1], height: shape[2], width: shape[3], patch: patch))
  }

  func convert(_ out: Tensor, _ x: Tensor) { out.store(x.doubles) }

  // MARK: Optimisers

  func adamW(weights: Tensor, first: Tensor, second: Tensor, gradient: Tensor, _ step: AdamWStep) {
    let result = K.adamW(
      weights: weights.doubles, first: first.doubles, second: second.doubles, gradient: gradient.doubles, step
    )
    weights.store(result.weights)
    first.store(result.first)
    second.store(result.second)
  }

  func sgd(weights: Tensor, momentum: Tensor, gradient: Tensor, _ step: SGDStep) {
    let result = K.sgd(
      weights: weights.doubles, momentum: momentum.doubles, gradient: gradient.doubles, step)
    weights.store(result.weights)
    momentum.store(result.momentum)
  }
}

extension Tensor {
  fileprivate var doubles: [Double] {
    guard dtype == .bf16 else { return array.map(Double.init) }
    return withExtendedLifetime(self) {
      bytes.bindMemory(to: UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
    }
  }
  fileprivate var indices: [Int] { intArray.map(Int.init) }
  fileprivate var columns: Int { shape.last ?? 1 }

  fileprivate func store(_ values: [Double]) {
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    withExtendedLifetime(self) {
      if dtype == .bf16 {
        _ = mutableBytes.bindMemory(to: UInt16.self).update(from: values.map { Self.bf16(Float($0)) })
      } else {
        _ = mutableFloats.update(from: values.map { Float($0) })
      }
    }
  }

  /// The nearer of the two neighbours of 16 bits; of two equally near, the even one.
  private static func bf16(_ value: Float) -> UInt16 {
    let below = UInt16(value.bitPattern >> 16)
    let rest = value.bitPattern & 0xffff
    return rest > 0x8000 || (rest == 0x8000 && below % 2 == 1) ? below + 1 : below
  }

  fileprivate func add(_ values: [Double]) { store(ReferenceKernels.add(doubles, values)) }
}

extension AttentionShape {
  fileprivate var reference: ReferenceKernels.Attention {
    .init(
      batch: batch, tokens: tokens, queries: queries, heads: heads, dim: dim, causal: causal,
      keyBias: keyBias?.doubles)
  }
}
