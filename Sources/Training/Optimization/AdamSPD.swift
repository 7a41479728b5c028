import TensorCore

/// Adam with selective projection decay (Tian et al., Rethinking Weight Decay for Robust Fine-Tuning of Foundation Models,
/// 2024): where a step leads away from what fine-tuning began with while the gradient asks for the way back, a part of the
/// way is taken back.
///
/// The weight decay is the strength λ of that: θ −= λ · (‖θ' − θ₀‖ − ‖θ − θ₀‖) / ‖θ' − θ₀‖ · (θ' − θ₀), the factor held to 0
/// to 1, where Σ g (θ − θ₀) > 0.
public struct AdamSPD: UpdateRule {
  private let adam: AdamW

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
    adam = AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public var slots: [String] { adam.slots }
  public var holdsToOrigin: Bool { true }

  public func update(_ weights: Tensor, slots: [Tensor], gradient: Tensor, _ step: UpdateStep) {
    let strength = step.weightDecay
    var own = step
    own.weightDecay = 0
    guard strength > 0 else { return adam.update(weights, slots: slots, gradient: gradient, own) }
    let before = distance(weights, from: step.origin)
    let leadsBack = Compute.backend.dot(gradient, before) > 0
    adam.update(weights, slots: slots, gradient: gradient, own)
    guard leadsBack else { return }
    let after = distance(weights, from: step.origin)
    let norms = [before, after].map { Compute.backend.sumOfSquares($0).squareRoot() }
    guard norms[1] > norms[0] else { return }
    let share = strength * min(1, (norms[1] - norms[0]) / norms[1])
    Compute.backend.accumulate(adding: after, scaledBy: -share, to: weights)
  }

  private func distance(_ weights: Tensor, from origin: Tensor?) -> Tensor {
    let distance = weights.copy()
    if let origin { Compute.backend.accumulate(adding: origin, scaledBy: -1, to: distance) }
    return distance
  }
}
