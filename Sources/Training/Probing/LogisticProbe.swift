import TensorCore

/// A linear probe: multinomial logistic regression on features of a tower that stays as it is, at the optimum that its
/// strength defines (Radford et al. 2021, appendix A.3), and not where a number of epochs leaves it.
///
/// Fitted on **L2-normalised projected embeddings**, it is a classifier's head as it stands (`head`): the head's weights
/// hold the scale of the logits, and so do the probe's. CLIP's own numbers are of probes on what comes before the
/// projection, not normalised; no head is equal to these.
public struct LogisticProbe: Sendable {
  /// [classes, width]; the columns' means are 0.
  public let weight: Tensor
  /// [classes]; the mean is 0.
  public let bias: Tensor
  /// C, as scikit-learn has it.
  public let strength: Double
  public let iterations: Int
  public let outcome: LBFGS.Outcome

  /// When a fit is good enough.
  public struct Precision: Sendable, Equatable {
    public var maxIterations: Int
    /// The largest element of the gradient, as a share of that of weights of 0: the features' scale changes nothing.
    public var gradientShare: Double

    /// CLIP's limit of 1000 iterations, and ten times what products in fp32 leave of a gradient.
    public init(maxIterations: Int = 1000, gradientShare: Double = 1e-6) {
      self.maxIterations = maxIterations
      self.gradientShare = gradientShare
    }
  }

  /// Minimises C · Σ cross entropy + ½‖W‖² over W and b, as scikit-learn's `LogisticRegression(C=strength)`.
  ///
  /// Of two classes, scikit-learn fits the difference and penalises that, ½‖W₁ − W₀‖²; so does this. The optimum is one: `b`
  /// is free by a number, which is chosen so that its mean is 0.
  /// - Parameters:
  ///   - strength: C; the larger, the weaker the penalty.
  ///   - start: a probe of the same shape to begin from; the optimum does not depend on it.
  ///   - check: called within every evaluation of the loss; what it throws ends the fit.
  /// - Throws: `TrainingError` where a label is no class, a class has no image, or the shapes do not fit.
  public static func fit(
    _ images: LabeledFeatures, classes: Int, strength: Double, from start: LogisticProbe? = nil,
    precision: Precision = Precision(), check: () throws -> Void = {}
  ) throws -> LogisticProbe {
    try requireImages(images, of: classes)
    guard strength > 0, strength.isFinite else {
      throw TrainingError.badSetting("The strength of a linear probe is a number above 0, not \(strength).")
    }
    // W₁ = −W₀ of two classes: ½‖W₁ − W₀‖² is twice ½‖W‖².
    let penalty = (classes == 2 ? 2 : 1) / (strength * Double(images.count))
    let loss = LogisticLoss(images: images, classes: classes, penalty: penalty)
    let zero = [Double](repeating: 0, count: loss.parameterCount)
    var point = zero
    if let start {
      guard start.weight.shape == [classes, images.width] else {
        throw TrainingError.badSetting(
          "A probe of shape \(start.weight.shape) is no start for one of \([classes, images.width]).")
      }
      point = (start.weight.array + start.bias.array).map(Double.init)
    }
    var gradient = zero
    _ = try loss.evaluate(at: zero, &gradient, check: check)
    // Strong penalties leave weights smaller by as much, beside which b must be as precise, as far as fp32 goes.
    let share = precision.gradientShare * min(1, max(0.01, 1 / penalty))
    let search = LBFGS(
      maxIterations: precision.maxIterations,
      gradientTolerance: share * VectorArithmetic.largestMagnitude(gradient),
      // Values are sums of losses of fp32.
      valuePrecision: 1e-7)
    let minimum = try search.minimize(from: point) { point, gradient in
      try loss.evaluate(at: point, &gradient, check: check)
    }
    return LogisticProbe(minimum, classes: classes, width: images.width, strength: strength)
  }

  private init(_ minimum: LBFGS.Minimum, classes: Int, width: Int, strength: Double) {
    let (weights, bias) = (minimum.point.prefix(classes * width), minimum.point.suffix(classes))
    let mean = bias.reduce(0, +) / Double(classes)
    weight = Tensor(weights.map(Float.init), shape: [classes, width])
    self.bias = Tensor(bias.map { Float($0 - mean) }, shape: [classes])
    self.strength = strength
    iterations = minimum.iterations
    outcome = minimum.outcome
  }

  private static func requireImages(_ images: LabeledFeatures, of classes: Int) throws(TrainingError) {
    guard classes > 1 else { throw .badSetting("A linear probe tells two classes or more apart.") }
    var counts = [Int](repeating: 0, count: classes)
    for label in images.labels {
      guard counts.indices.contains(Int(label)) else {
        throw .badSetting("Label \(label) is none of \(classes) classes, which count from 0.")
      }
      counts[Int(label)] += 1
    }
    if let missing = counts.firstIndex(of: 0) {
      throw .badSetting("Class \(missing) has no image: a linear probe would never choose it.")
    }
  }

  /// features: [images, width] → [images, classes]
  public func logits(_ features: Tensor) -> Tensor { Self.logits(of: features, weight: weight, bias: bias) }

  static func logits(of features: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
    let (count, classes) = (features.shape[0], weight.shape[0])
    let logits = Tensor(uninitialized: [count, classes])
    Compute.backend.multiply(
      logits, MatrixOperand(features), MatrixOperand(weight, transposed: true),
      MultiplyOptions(m: count, n: classes, k: weight.shape[1], bias: bias))
    return logits
  }

  /// Part of the images whose class gets the largest logit.
  public func top1(on images: LabeledFeatures) -> Double {
    let classes = weight.shape[0]
    let correct = images.runs(classes: classes).reduce(0) { correct, run in
      let chosen = logits(images.features.rows(run)).argmaxByRow()
      return correct + zip(chosen, images.labels[run]).count { Int32($0) == $1 }
    }
    return Double(correct) / Double(images.count)
  }

  /// The head of an `ImageClassifier` that gives the same logits, the probe being fitted on the classifier's L2-normalised
  /// embeddings times `scale`: weight [classes, embedding width] and bias [classes].
  public func head(scale: Float = 1) -> (weight: Tensor, bias: Tensor) {
    guard scale != 1 else { return (weight, bias) }
    let scaled = Tensor(uninitialized: weight.shape)
    Compute.backend.scale(scaled, weight, by: scale)
    return (scaled, bias)
  }
}
