import TensorCore

/// Why models cannot be interpolated, averaged or chosen among.
public enum WiSEError: ClassifiedError, Equatable {
  /// Two models do not have the same tensors; every difference is listed.
  case mismatch([TensorDifference])
  case alphaOutOfRange(Double)
  /// Class weights were made for other alphas.
  case noHead(alpha: Double)
  /// An average of no models.
  case noModels
  /// `part` of what describes a list of alphas cannot be understood.
  case badGrid(part: String, problem: String)

  public var kind: FailureKind {
    switch self {
    case .mismatch, .noModels: .badData
    case .alphaOutOfRange, .noHead, .badGrid: .usage
    }
  }

  public var description: String {
    switch self {
    case .mismatch(let differences):
      "the models do not have the same tensors, so their weights cannot be combined: "
        + differences.map(\.description).joined(separator: "; ")
        + "; use models of one architecture, fine-tuned from one another"
    case .alphaOutOfRange(let alpha):
      "alpha \(alpha) is not between 0 (the pre-trained model) and 1 (the fine-tuned one)"
    case .noHead(let alpha):
      "no class weights were made for alpha \(alpha); name it among the alphas when the model is made ready"
    case .noModels:
      "an average needs at least one model"
    case .badGrid(let part, let problem):
      "alphas: '\(part)' \(problem); write a list such as 0,0.25,1 or a range such as 0:1:0.1"
    }
  }
}

/// What keeps the tensors of one name in two models from being combined.
public struct TensorDifference: Sendable, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    case onlyInFirst
    case onlyInSecond
    case shapes([Int], [Int])
    /// One holds integers, the other numbers with a fraction.
    case types(DType, DType)
  }

  public let name: String
  public let reason: Reason

  public var description: String {
    switch reason {
    case .onlyInFirst: "'\(name)' is only in the first"
    case .onlyInSecond: "'\(name)' is only in the second"
    case .shapes(let first, let second): "'\(name)' has shapes \(first) and \(second)"
    case .types(let first, let second): "'\(name)' has types \(first.rawValue) and \(second.rawValue)"
    }
  }
}
