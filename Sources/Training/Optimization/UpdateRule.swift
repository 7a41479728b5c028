import TensorCore

/// How one parameter changes by its gradient.
public protocol UpdateRule: Sendable {
  /// Names of what is remembered of a parameter from step to step: tensors of its shape that begin as zeros.
  var slots: [String] { get }
  /// Whether it holds weights to where they began (`UpdateStep.origin`).
  var holdsToOrigin: Bool { get }
  /// Changes weights and slots in place.
  func update(_ weights: Tensor, slots: [Tensor], gradient: Tensor, _ step: UpdateStep)
}

extension UpdateRule {
  public var holdsToOrigin: Bool { false }
}

/// What a rule is told of a step.
public struct UpdateStep: Sendable {
  /// Of this parameter.
  public var learningRate: Float
  public var weightDecay: Float
  /// What the gradient is multiplied by first.
  public var gradientScale: Float
  /// Counted from 1.
  public var number: Int
  /// What the weights are held to by a rule that holds them to something; nil is 0.
  public var origin: Tensor?
}

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
public struct AdamW: UpdateRule {
  public var beta1, beta2, epsilon: Float

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  public var slots: [String] { ["first", "second"] }

  public func update(_ weights: Tensor, slots: [Tensor], gradient: Tensor, _ step: UpdateStep) {
    Compute.backend.adamW(
      weights: weights, first: slots[0], second: slots[1], gradient: gradient,
      AdamWStep(
        learningRate: step.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        weightDecay: step.weightDecay, gradientScale: step.gradientScale, step: step.number))
  }
}

/// Gradient descent with heavy-ball momentum, its weight decay part of the gradient, as PyTorch's `SGD`.
public struct SGD: UpdateRule {
  public var momentum: Float

  public init(momentum: Float = 0.9) { self.momentum = momentum }

  public var slots: [String] { ["momentum"] }

  public func update(_ weights: Tensor, slots: [Tensor], gradient: Tensor, _ step: UpdateStep) {
    Compute.backend.sgd(
      weights: weights, momentum: slots[0], gradient: gradient,
      SGDStep(
        learningRate: step.learningRate, momentum: momentum, weightDecay: step.weightDecay,
        gradientScale: step.gradientScale))
  }
}

extension OptimizerSettings {
  /// The rule that these settings name.
  public var rule: any UpdateRule {
    switch name {
    case .adamW: AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .adamSPD: AdamSPD(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .sgd: SGD(momentum: momentum)
    }
  }
}
