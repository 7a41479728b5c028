import Checkpoint
import TensorCore

/// A parameter with what is its own in training.
public struct TrainedParameter {
  public let parameter: Parameter
  /// What the learning rate is multiplied by.
  public let rateFactor: Float
  public let weightDecay: Float
  /// What it is held to; nil is nothing.
  public let anchor: Anchor?
  /// What a rule that holds weights to something holds it to; nil is 0.
  public let origin: Tensor?

  /// A penalty of half of `strength` times the squared distance to a value.
  public struct Anchor {
    public let value: Tensor
    public let strength: Float
  }

  public init(
    _ parameter: Parameter, rateFactor: Float? = nil, weightDecay: Float = 0, anchor: Anchor? = nil,
    origin: Tensor? = nil
  ) {
    self.origin = origin
    self.anchor = anchor
    self.parameter = parameter
    self.rateFactor = rateFactor ?? parameter.rateFactor
    self.weightDecay = weightDecay
  }
}

/// An update rule over a fixed list of parameters, changed in place, one pass each.
public final class Optimizer {
  private let trained: [TrainedParameter]
  private let rule: any UpdateRule
  /// By parameter, then by slot.
  private var slots: [[Tensor]]
  /// Updates made so far.
  public private(set) var steps = 0

  /// Gives each parameter memory of its own, so that training never writes into tensors shared with others.
  public init(_ trained: [TrainedParameter], rule: any UpdateRule) {
    self.trained = trained
    self.rule = rule
    for one in trained { one.parameter.assign(one.parameter.value.copy()) }
    slots = trained.map { one in rule.slots.map { _ in Tensor(zeros: one.parameter.shape) } }
  }

  public var hasAnchors: Bool { trained.contains { $0.anchor != nil } }

  /// Adds the gradients of holding to anchors to those gathered; the penalty.
  public func gatherAnchors() -> Float {
    var penalty = 0.0
    for one in trained {
      guard let anchor = one.anchor else { continue }
      let distance = one.parameter.value.copy()
      Compute.backend.accumulate(adding: anchor.value, scaledBy: -1, to: distance)
      penalty += Double(anchor.strength) / 2 * Double(Compute.backend.sumOfSquares(distance))
      one.parameter.addGradient(distance, scaledBy: anchor.strength)
    }
    return Float(penalty)
  }

  /// √Σ g² over all gathered gradients.
  public func gradientNorm() -> Float {
    let sum = trained.reduce(0.0) { sum, one in
      sum + (one.parameter.gradient.map { Double(Compute.backend.sumOfSquares($0)) } ?? 0)
    }
    return Float(sum.squareRoot())
  }

  /// Takes every gathered gradient, scaled by `gradientScale`, and updates its parameter.
  public func step(learningRate: Float, gradientScale: Float = 1) {
    steps += 1
    for index in trained.indices {
      update(index, learningRate: learningRate, gradientScale: gradientScale)
    }
  }

  /// Runs `backward` and updates each parameter as soon as its gradient is final, so that the gradients of the whole
  /// model never exist together.
  public func step(learningRate: Float, during backward: () -> Void) {
    steps += 1
    for (index, one) in trained.enumerated() {
      one.parameter.whenGradientIsFinal = { self.update(index, learningRate: learningRate, gradientScale: 1) }
    }
    defer { for one in trained { one.parameter.whenGradientIsFinal = nil } }
    backward()
  }

  private func update(_ index: Int, learningRate: Float, gradientScale: Float) {
    let one = trained[index]
    guard let gradient = one.parameter.takeGradient() else { return }
    rule.update(
      one.parameter.value, slots: slots[index], gradient: gradient,
      UpdateStep(
        learningRate: learningRate * one.rateFactor, weightDecay: one.weightDecay,
        gradientScale: gradientScale, number: steps, origin: one.origin))
    one.parameter.valueDidChange()
  }

  /// Parameters and what is remembered of them, for a checkpoint.
  public func state() -> StateDict {
    var state = StateDict()
    for (one, slots) in zip(trained, slots) {
      state["parameter.\(one.parameter.path)"] = one.parameter.value
      for (name, slot) in zip(rule.slots, slots) { state["\(name).\(one.parameter.path)"] = slot }
    }
    return state
  }

  /// Continues from `state` after `steps` updates. Throws, naming the first tensor that is missing or mis-shaped.
  public func restore(_ state: StateDict, steps: Int, file: String) throws(TrainingError) {
    func tensor(_ name: String, _ shape: [Int]) throws(TrainingError) -> Tensor {
      guard let tensor = state[name], tensor.shape == shape else {
        throw .badCheckpoint(file: file, problem: "\(name) is missing or not of shape \(shape)")
      }
      return tensor.copy()
    }
    for (index, one) in trained.enumerated() {
      let parameter = one.parameter
      parameter.assign(try tensor("parameter.\(parameter.path)", parameter.shape))
      slots[index] = try rule.slots.map { (name) throws(TrainingError) in
        try tensor("\(name).\(parameter.path)", parameter.shape)
      }
    }
    self.steps = steps
  }
}
