import Checkpoint
import TensorCore

/// Which parameters decay.
public enum WeightDecayScope: String, Sendable, Codable, CaseIterable {
  /// Every trained parameter, biases and norms included, as in WiSE-FT and the study.
  case all
  /// Matrices and kernels only: not biases, norms and scales, nor the embeddings of positions and of the class token.
  case matrices

  func decays(_ parameter: Parameter) -> Bool {
    switch self {
    case .all: true
    case .matrices: parameter.shape.count > 1 && !parameter.path.hasSuffix("positional_embedding")
    }
  }
}

/// Constants of AdamW (Loshchilov & Hutter 2019).
public struct AdamWOptions: Sendable, Codable, Equatable {
  public var beta1: Float = 0.9
  public var beta2: Float = 0.999
  public var epsilon: Float = 1e-8
  public var weightDecay: Float
  public var decayScope: WeightDecayScope

  public init(weightDecay: Float, beta2: Float = 0.999, decayScope: WeightDecayScope = .all) {
    self.weightDecay = weightDecay
    self.decayScope = decayScope
    self.beta2 = beta2
  }
}

/// AdamW over a fixed list of parameters, updated in place, one pass each.
public final class AdamW {
  private let parameters: [Parameter]
  private let options: AdamWOptions
  private var first: [Tensor]
  private var second: [Tensor]
  /// Updates made so far.
  public private(set) var steps = 0

  /// Gives each parameter memory of its own, so that training never writes into tensors shared with others.
  public init(parameters: [Parameter], options: AdamWOptions) {
    self.parameters = parameters
    self.options = options
    for parameter in parameters { parameter.assign(parameter.value.copy()) }
    first = parameters.map { Tensor(zeros: $0.shape) }
    second = parameters.map { Tensor(zeros: $0.shape) }
  }

  /// √Σ g² over all gathered gradients.
  public func gradientNorm() -> Float {
    let sum = parameters.reduce(0.0) { sum, parameter in
      sum + (parameter.gradient.map { Double(Compute.backend.sumOfSquares($0)) } ?? 0)
    }
    return Float(sum.squareRoot())
  }

  /// Takes every gathered gradient, scaled by `gradientScale`, and updates its parameter.
  public func step(learningRate: Float, gradientScale: Float = 1) {
    let constants = nextStep(learningRate: learningRate, gradientScale: gradientScale)
    for index in parameters.indices { update(index, constants) }
  }

  /// Runs `backward` and updates each parameter as soon as its gradient is final, so that the gradients of the whole
  /// model never exist together.
  public func step(learningRate: Float, during backward: () -> Void) {
    let constants = nextStep(learningRate: learningRate, gradientScale: 1)
    for (index, parameter) in parameters.enumerated() {
      parameter.whenGradientIsFinal = { self.update(index, constants) }
    }
    defer { for parameter in parameters { parameter.whenGradientIsFinal = nil } }
    backward()
  }

  private func nextStep(learningRate: Float, gradientScale: Float) -> AdamWStep {
    steps += 1
    return AdamWStep(
      learningRate: learningRate, beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
      weightDecay: options.weightDecay, gradientScale: gradientScale, step: steps)
  }

  private func update(_ index: Int, _ constants: AdamWStep) {
    let parameter = parameters[index]
    guard let gradient = parameter.takeGradient() else { return }
    var constants = constants
    constants.learningRate *= parameter.rateFactor
    if !options.decayScope.decays(parameter) { constants.weightDecay = 0 }
    Compute.backend.adamW(
      weights: parameter.value, first: first[index], second: second[index], gradient: gradient, constants)
    parameter.valueDidChange()
  }

  /// Parameters and moments, for a checkpoint.
  public func state() -> StateDict {
    var state = StateDict()
    for (index, parameter) in parameters.enumerated() {
      state["parameter.\(parameter.path)"] = parameter.value
      state["first.\(parameter.path)"] = first[index]
      state["second.\(parameter.path)"] = second[index]
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
    for (index, parameter) in parameters.enumerated() {
      parameter.assign(try tensor("parameter.\(parameter.path)", parameter.shape))
      first[index] = try tensor("first.\(parameter.path)", parameter.shape)
      second[index] = try tensor("second.\(parameter.path)", parameter.shape)
    }
    self.steps = steps
  }
}
