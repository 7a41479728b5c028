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
