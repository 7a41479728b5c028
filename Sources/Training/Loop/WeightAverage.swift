import Checkpoint
import Foundation
import TensorCore

/// An average of a model's trained weights along training, kept beside them.
final class WeightAverage {
  private let parameters: [Parameter]
  private let settings: AveragingSettings
  private let totalSteps: Int
  /// By parameter.
  private var values: [Tensor]
  /// Sum of the weights of the beta average so far.
  private var total: Double

  /// Begins with the weights as they are.
  init(_ parameters: [Parameter], settings: AveragingSettings, totalSteps: Int) {
    self.parameters = parameters
    self.settings = settings
    self.totalSteps = totalSteps
    values = parameters.map { $0.value.copy() }
    total = settings.beta.map { Self.density(0, of: totalSteps, $0) } ?? 0
  }

  /// Takes in the weights after step `step`, counted from 1.
  func update(step: Int) {
    guard settings.beta != nil || (step - 1) % settings.every == 0 else { return }
    let share: Float
    if let beta = settings.beta {
      let weight = Self.density(step, of: totalSteps, beta)
      total += weight
      share = Float(weight / total)
    } else {
      share = Float(1 - kept(step - 1))
    }
    for (value, parameter) in zip(values, parameters) {
      Compute.backend.lerp(value, value, parameter.value, alpha: share)
    }
  }

  /// How much of an exponential average stays after `done` steps and one more.
  private func kept(_ done: Int) -> Double {
    let ema = settings.ema ?? 1
    let warmup = settings.emaWarmupShare * Double(totalSteps)
    guard let start = settings.emaStart, Double(done) < warmup else { return ema }
    return start + (ema - start) / warmup * Double(done)
  }

  /// Runs `body` with the average in the place of the weights.
  func inPlace<Result>(_ body: () throws -> Result) rethrows -> Result {
    try parameters.holding(values, body)
  }

  /// Leaves the average in the weights' place.
  func replace() {
    for (parameter, value) in zip(parameters, values) { parameter.assign(value) }
  }

  /// The density of Beta(b, b), but for a factor, at (t + ½) / (T + 1).
  private static func density(_ step: Int, of total: Int, _ beta: Double) -> Double {
    let x = (Double(step) + 0.5) / (Double(total) + 1)
    return pow(x * (1 - x), beta - 1)
  }

  private static let totalKey = "average_total"

  func save(to state: inout StateDict) {
    for (parameter, value) in zip(parameters, values) { state["average.\(parameter.path)"] = value }
    // Its bits: decimals could be others.
    state.metadata[Self.totalKey] = String(total.bitPattern)
  }

  func restore(_ state: StateDict, file: String) throws(TrainingError) {
    guard let bits = state.metadata[Self.totalKey].flatMap(UInt64.init) else {
      throw .badCheckpoint(file: file, problem: "it has no average of the weights")
    }
    total = Double(bitPattern: bits)
    values = try parameters.values(named: "average.", in: state, file: file)
  }
}

extension [Parameter] {
  /// Runs `body` with other values in the parameters' place.
  func holding<Result>(_ values: [Tensor], _ body: () throws -> Result) rethrows -> Result {
    let own = map(\.value)
    for (parameter, value) in zip(self, values) { parameter.assign(value) }
    defer { for (parameter, value) in zip(self, own) { parameter.assign(value) } }
    return try body()
  }

  /// A tensor of each parameter's shape from a checkpoint.
  func values(
    named prefix: String, in state: StateDict, file: String
  ) throws(TrainingError) -> [Tensor] {
    var values: [Tensor] = []
    for parameter in self {
      guard let value = state[prefix + parameter.path], value.shape == parameter.shape else {
        throw .badCheckpoint(file: file, problem: "\(prefix)\(parameter.path) is missing or of another shape")
      }
      values.append(value.copy())
    }
    return values
  }
}
