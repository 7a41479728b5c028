import Synchronization

/// Where the time of a piece of work went, by operation; filled while its backend is in use.
public final class Profile: Sendable {
  /// One kind of operation.
  public struct Entry: Encodable, Sendable {
    public let operation: String
    public var calls = 0
    public var seconds = 0.0
  }

  private let entries = Mutex<[String: Entry]>([:])

  public init() {}

  /// The dearest first.
  public var sorted: [Entry] {
    entries.withLock { $0.values.sorted { ($0.seconds, $1.operation) > ($1.seconds, $0.operation) } }
  }

  public func reset() { entries.withLock { $0 = [:] } }

  fileprivate func time<Result>(_ operation: String, _ body: () -> Result) -> Result {
    let start = ContinuousClock.now
    let result = body()
    let elapsed = (ContinuousClock.now - start).components
    entries.withLock {
      $0[operation, default: Entry(operation: operation)].calls += 1
      $0[operation]?.seconds += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
    return result
  }
}

/// Another backend, timed: install it with `Compute.$backend.withValue` and read `profile`.
public struct ProfilingBackend: Backend {
  public let profile = Profile()
  private let base: any Backend

  public init(_ base: any Backend) { self.base = base }

  public var description: String { base.description }

  public func multiply(_ c: Tensor, _ a: MatrixOperand, _ b: MatrixOperand, _ options: MultiplyOptions) {
    // As the tape calls it: forward; for the input's gradient, and projections; for the weight's gradient.
    let form = a.transposed ? "yᵀ · x" : b.transposed ? "x · Wᵀ" : "y · W"
    profile.time("product \(form)") { base.multiply(c, a, b, options) }
  }

  public func packed(_ b: MatrixOperand, k: Int, n: Int) -> MatrixOperand? {
    profile.time("weights, packing") { base.packed(b, k: k, n: n) }
  }

  public func add(_ out: Tensor, _ a: Tensor, _ b: Tensor) { profile.time("add") { base.add(out, a, b) } }

  public func accumulate(adding x: Tensor, scaledBy scale: Float, to sum: Tensor) {
    profile.time("add") { base.accumulate(adding: x, scaledBy: scale, to: sum) }
  }

  public func scale(_ out: Tensor, _ x: Tensor, by scale: Float) {
    profile.time("scale") { base.scale(out, x, by: scale) }
  }

  public func lerp(_ out: Tensor, _ a: Tensor, _ b: Tensor, alpha: Float) {
    profile.time("interpolation") { base.lerp(out, a, b, alpha: alpha) }
  }

  public func activate(_ out: Tensor, _ x: Tensor, _ kind: Activation) {
    profile.time("activation, forward") { base.activate(out, x, kind) }
  }

  public func activateBackward(_ dx: Tensor, _ dy: Tensor, _ x: Tensor, _ kind: Activation) {
    profile.time("activation, backward") { base.activateBackward(dx, dy, x, kind) }
  }

  public func dropout(_ out: Tensor, _ x: Tensor, probability: Float, seeds: [UInt64]) {
    profile.time("dropout") { base.dropout(out, x, probability: probability, seeds: seeds) }
  }

  public func sumOfSquares(_ x: Tensor) -> Float { profile.time("reduction") { base.sumOfSquares(x) } }

  public func dot(_ a: Tensor, _ b: Tensor) -> Float { profile.time("reduction") { base.dot(a, b) } }

  public func allFinite(_ x: Tensor) -> Bool { profile.time("reduction") { base.allFinite(x) } }

  public func scaleShift(_ out: Tensor, _ x: Tensor, gamma: Tensor?, beta: Tensor?) {
    profile.time("scale-shift, forward") { base.scaleShift(out, x, gamma: gamma, beta: beta) }
  }

  public func scaleShiftBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, gamma: Tensor?
  ) {
    profile.time("scale-shift, backward") {
      base.scaleShiftBackward(dx: dx, addingGamma: addingGamma, addingBeta: addingBeta, dy, x, gamma: gamma)
    }
  }

  public func columnSum(adding sum: Tensor, _ x: Tensor) {
    profile.time("bias gradient") { base.columnSum(adding: sum, x) }
  }

  public func scaleRows(_ out: Tensor, _ x: Tensor, scales: Tensor) {
    profile.time("drop path") { base.scaleRows(out, x, scales: scales) }
  }

  public func layerNorm(
    _ y: Tensor, mean: Tensor?, rstd: Tensor?, _ x: Tensor, gamma: Tensor, beta: Tensor, epsilon: Float
  ) {
    profile.time("layer norm, forward") {
      base.layerNorm(y, mean: mean, rstd: rstd, x, gamma: gamma, beta: beta, epsilon: epsilon)
    }
  }

  public func layerNormBackward(
    dx: Tensor?, addingGamma: Tensor?, addingBeta: Tensor?, _ dy: Tensor, _ x: Tensor, mean: Tensor,
    rstd: Tensor, gamma: Tensor
  ) {
    profile.time("layer norm, backward") {
      base.layerNormBackward(
        dx: dx, addingGamma: addingGamma, addingBeta: addingBeta, dy, x, mean: mean, rstd: rstd, gamma: gamma)
    }
  }

  public func l2Normalize(_ y: Tensor, norm: Tensor, _ x: Tensor) {
    profile.time("l2 normalisation") { base.l2Normalize(y, norm: norm, x) }
  }

  public func l2NormalizeBackward(_ dx: Tensor, _ dy: Tensor, y: Tensor, norm: Tensor) {
    profile.time("l2 normalisation") { base.l2NormalizeBackward(dx, dy, y: y, norm: norm) }
  }

  public func crossEntropy(_ losses: Tensor, dlogits: Tensor?, _ logits: Tensor, targets: Tensor) {
    profile.time("loss") { base.crossEntropy(losses, dlogits: dlogits, logits, targets: targets) }
  }

  public func softmax(_ out: Tensor, _ x: Tensor) { profile.time("softmax") { base.softmax(out, x) } }

  public func gatherRows(_ out: Tensor, _ x: Tensor, index: Tensor) {
    profile.time("gather and scatter") { base.gatherRows(out, x, index: index) }
  }

  public func scatterAddRows(adding sum: Tensor, _ x: Tensor, index: Tensor) {
    profile.time("gather and scatter") { base.scatterAddRows(adding: sum, x, index: index) }
  }

  public func copyRuns(_ out: StridedRuns, _ x: StridedRuns, length: Int, count: Int) {
    profile.time("token copies") { base.copyRuns(out, x, length: length, count: count) }
  }

  public func addBroadcast(_ out: Tensor, _ x: Tensor, table: Tensor) {
    profile.time("add") { base.addBroadcast(out, x, table: table) }
  }

  public func sumBroadcast(adding sum: Tensor, _ x: Tensor) {
    profile.time("reduction") { base.sumBroadcast(adding: sum, x) }
  }

  public func attention(_ out: Tensor, lse: Tensor?, qkv: Tensor, _ shape: AttentionShape) {
    profile.time("attention, forward") { base.attention(out, lse: lse, qkv: qkv, shape) }
  }

  public func attentionBackward(
    dqkv: Tensor, _ dout: Tensor, out: Tensor, lse: Tensor, qkv: Tensor, _ shape: AttentionShape
  ) {
    profile.time("attention, backward") {
      base.attentionBackward(dqkv: dqkv, dout, out: out, lse: lse, qkv: qkv, shape)
    }
  }

  public func unfold(_ out: Tensor, images: Tensor, patch: Int) {
    profile.time("patches") { base.unfold(out, images: images, patch: patch) }
  }

  public func convert(_ out: Tensor, _ x: Tensor) {
    profile.time("conversion") { base.convert(out, x) }
  }

  public func adamW(weights: Tensor, first: Tensor, second: Tensor, gradient: Tensor, _ step: AdamWStep) {
    profile.time("optimiser") {
      base.adamW(weights: weights, first: first, second: second, gradient: gradient, step)
    }
  }

  public func sgd(weights: Tensor, momentum: Tensor, gradient: Tensor, _ step: SGDStep) {
    profile.time("optimiser") { base.sgd(weights: weights, momentum: momentum, gradient: gradient, step) }
  }
}
