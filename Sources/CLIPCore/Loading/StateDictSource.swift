import Checkpoint
import NN
import TensorCore

/// Supplies parameters from a state dictionary, strictly: what is missing, left over or mis-shaped is an error that
/// lists every key. Halves are widened to `f32`.
public final class StateDictSource: ParameterSource {
  private let state: StateDict
  private let file: String
  private var used: Set<String> = []
  private var missing: [String] = []
  private var misshaped: [String] = []
  private var damaged: [String] = []

  /// `file` names the origin in errors.
  public init(_ state: StateDict, file: String) {
    self.state = state
    self.file = file
  }

  public func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
    used.insert(path)
    guard let tensor = state[path] else {
      missing.append(path)
      return Self.placeholder(for: shape)
    }
    // A scalar may be stored as [1] or as [].
    guard tensor.shape == shape || (tensor.count == 1 && shape.isEmpty) else {
      misshaped.append("\(path) is \(tensor.shape), not \(shape)")
      return Self.placeholder(for: shape)
    }
    guard let numbers = tensor.convertedToFloat() else {
      misshaped.append("\(path) holds integers")
      return Self.placeholder(for: shape)
    }
    if !numbers.isFinite { damaged.append(path) }
    return numbers.reshaped(shape)
  }

  /// An empty tensor of the same rank: a configuration that lies about its size must not cost the memory it claims.
  /// `finish` throws, so nothing computes with it.
  private static func placeholder(for shape: [Int]) -> Tensor { Tensor(uninitialized: shape.map { _ in 0 }) }

  /// Throws if anything did not fit; call when the model is built.
  public func finish() throws(ModelError) {
    let unexpected = state.names.filter { !used.contains($0) }
    guard missing.isEmpty, unexpected.isEmpty, misshaped.isEmpty else {
      throw .mismatchedWeights(file: file, missing: missing, unexpected: unexpected, misshaped: misshaped)
    }
    if let first = damaged.first {
      throw .badConfiguration(
        file: file,
        problem:
          "\(first) has values that are no finite numbers\(damaged.count > 1 ? ", and \(damaged.count - 1) more have" : ""), so "
          + "nothing can be computed with it; fetch the weights again, or export them anew")
    }
  }
}

extension ParameterStore {
  /// Every parameter whose path satisfies `isIncluded`, by name; tensors are shared, not copied.
  public func state(where isIncluded: (Parameter) -> Bool = { _ in true }) -> StateDict {
    var state = StateDict()
    for parameter in parameters where isIncluded(parameter) { state[parameter.path] = parameter.value }
    return state
  }
}
