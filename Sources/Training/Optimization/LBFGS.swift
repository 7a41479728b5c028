/// Limited-memory BFGS (Liu & Nocedal 1989) in double precision: the minimum of a smooth function of one long vector.
///
/// The same function gives the same bits, whatever the number of threads.
public struct LBFGS: Sendable, Equatable {
  public var maxIterations: Int
  /// The search ends where no element of the gradient is larger.
  public var gradientTolerance: Double
  /// Steps remembered for the curvature.
  public var history: Int
  /// Relative precision of the function's values: differences below it decide nothing.
  public var valuePrecision: Double

  public init(
    maxIterations: Int = 1000, gradientTolerance: Double = 1e-8, history: Int = 10,
    valuePrecision: Double = 1e-15
  ) {
    self.maxIterations = maxIterations
    self.gradientTolerance = gradientTolerance
    self.history = history
    self.valuePrecision = valuePrecision
  }

  /// Why a search ended.
  public enum Outcome: String, Sendable, Codable {
    case converged
    /// No step down was found, or many led nowhere: the function's precision is used up.
    case stalled
    case iterationLimit = "iteration_limit"
  }

  /// Where a search ended.
  public struct Minimum: Sendable {
    public var point: [Double]
    public var value: Double
    /// The largest element of the gradient, by magnitude.
    public var gradientNorm: Double
    public var iterations: Int
    public var evaluations: Int
    public var outcome: Outcome
  }

  /// Minimises `objective`, which gives its value at a point and writes its gradient; what it throws ends the search.
  public func minimize<Failure: Error>(
    from start: [Double],
    _ objective: (_ point: [Double], _ gradient: inout [Double]) throws(Failure) -> Double
  ) throws(Failure) -> Minimum {
    var gradient = [Double](repeating: 0, count: start.count)
    var here = Minimum(
      point: start, value: try objective(start, &gradient), gradientNorm: 0, iterations: 0, evaluations: 1,
      outcome: .converged)
    var curvature = Curvature(capacity: history)
    var (point, newGradient) = (start, gradient)
    var progress = Progress(precision: valuePrecision)
    while true {
      here.gradientNorm = VectorArithmetic.largestMagnitude(gradient)
      guard here.value.isFinite, here.gradientNorm.isFinite else { return here.ending(.stalled) }
      guard here.gradientNorm > gradientTolerance else { return here.ending(.converged) }
      guard progress.goesOn(here) else { return here.ending(.stalled) }
      guard here.iterations < maxIterations else { return here.ending(.iterationLimit) }

      var direction = curvature.direction(down: gradient)
      var slope = VectorArithmetic.dot(direction, gradient)
      if !(slope < 0) {
        curvature.forget()
        direction = curvature.direction(down: gradient)
        slope = VectorArithmetic.dot(direction, gradient)
      }
      var search = WolfeSearch(value: here.value, slope: slope, slack: valuePrecision * abs(here.value))
      // Nothing is known of the scale at first: a step of length 1 at most.
      var advice = WolfeSearch.Advice.look(at: curvature.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1)
      var value = here.value
      while case .look(let step) = advice {
        point = here.point
        VectorArithmetic.add(direction, scaledBy: step, to: &point)
        value = try objective(point, &newGradient)
        here.evaluations += 1
        advice = search.judge(
          .init(step: step, value: value, slope: VectorArithmetic.dot(direction, newGradient)))
      }
      if advice == .giveUp {
        guard !curvature.isEmpty else { return here.ending(.stalled) }
        curvature.forget()
        continue
      }
      curvature.remember(from: here.point, to: point, gradients: gradient, newGradient)
      swap(&here.point, &point)
      swap(&gradient, &newGradient)
      here.value = value
      here.iterations += 1
    }
  }
}

extension LBFGS.Minimum {
  fileprivate func ending(_ outcome: LBFGS.Outcome) -> Self {
    var result = self
    result.outcome = outcome
    return result
  }
}

/// Whether steps still lead anywhere. Near a minimum the gradient tells that, as values no longer do.
private struct Progress {
  /// Steps that may bring neither a smaller gradient nor a smaller value.
  private static let patience = 50

  private let precision: Double
  private var gradientNorm = Double.infinity
  private var value = Double.infinity
  private var iteration = 0

  init(precision: Double) { self.precision = precision }

  mutating func goesOn(_ here: LBFGS.Minimum) -> Bool {
    if here.gradientNorm < gradientNorm || !(here.value >= value - precision * abs(value)) {
      gradientNorm = min(gradientNorm, here.gradientNorm)
      value = min(value, here.value)
      iteration = here.iterations
    }
    return here.iterations - iteration < Self.patience
  }
}

/// What the last steps tell of the curvature.
private struct Curvature {
  private struct Pair {
    /// How the point and the gradient changed.
    var step: [Double]
    var change: [Double]
    /// 1 / (step · change)
    var weight: Double
  }

  private let capacity: Int
  /// The oldest first.
  private var pairs: [Pair] = []

  init(capacity: Int) { self.capacity = capacity }

  var isEmpty: Bool { pairs.isEmpty }

  mutating func forget() { pairs = [] }

  /// Takes note of a step, unless the function does not curve upwards along it.
  mutating func remember(
    from old: [Double], to new: [Double], gradients oldGradient: [Double], _ newGradient: [Double]
  ) {
    guard capacity > 0 else { return }
    // The memory of the oldest pair is used again.
    var (step, change) = (new, newGradient)
    if pairs.count == capacity {
      let oldest = pairs.removeFirst()
      (step, change) = (oldest.step, oldest.change)
    }
    VectorArithmetic.assign(&step, new, minus: old)
    VectorArithmetic.assign(&change, newGradient, minus: oldGradient)
    let product = VectorArithmetic.dot(step, change)
    guard product > .ulpOfOne * VectorArithmetic.dot(change, change) else { return }
    pairs.append(Pair(step: step, change: change, weight: 1 / product))
  }

  /// −H · gradient, H being the approximate inverse of the Hessian: the two loops of Nocedal & Wright, algorithm 7.4.
  func direction(down gradient: [Double]) -> [Double] {
    var direction = gradient
    var shares = [Double](repeating: 0, count: pairs.count)
    for (index, pair) in pairs.enumerated().reversed() {
      shares[index] = pair.weight * VectorArithmetic.dot(pair.step, direction)
      VectorArithmetic.add(pair.change, scaledBy: -shares[index], to: &direction)
    }
    var scale = -1.0
    if let last = pairs.last { scale = -1 / (last.weight * VectorArithmetic.dot(last.change, last.change)) }
    VectorArithmetic.scale(&direction, by: scale)
    for (index, pair) in pairs.enumerated() {
      // The direction's sign has been turned.
      let share = -shares[index] - pair.weight * VectorArithmetic.dot(pair.change, direction)
      VectorArithmetic.add(pair.step, scaledBy: share, to: &direction)
    }
    return direction
  }
}
