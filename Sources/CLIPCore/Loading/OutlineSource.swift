import NN
import TensorCore

/// Compares names and shapes of weights that are not read with what an architecture has, strictly.
final class OutlineSource: ParameterSource {
  private let names: [String]
  private let stored: (String) -> [Int]?
  private let file: String
  private var used: Set<String> = []
  private var missing: [String] = []
  private var misshaped: [String] = []

  /// `file` names the origin in errors.
  init(names: [String], shape: @escaping (String) -> [Int]?, file: String) {
    (self.names, stored, self.file) = (names, shape, file)
  }

  /// An empty tensor of the right rank: nothing is computed with it.
  func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
    used.insert(path)
    if let found = stored(path) {
      if found != shape { misshaped.append("\(path) is \(found), not \(shape)") }
    } else {
      missing.append(path)
    }
    return Tensor(uninitialized: shape.map { _ in 0 })
  }

  /// Throws if anything did not fit; call when the model is built.
  func finish() throws(ModelError) {
    let unexpected = names.filter { !used.contains($0) }
    guard missing.isEmpty, unexpected.isEmpty, misshaped.isEmpty else {
      throw .mismatchedWeights(file: file, missing: missing, unexpected: unexpected, misshaped: misshaped)
    }
  }
}
