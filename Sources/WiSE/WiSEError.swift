import TensorCore

/// Why models cannot be interpolated, averaged or chosen among.
public enum WiSEError: ClassifiedError, Equatable {
  /// Two models do not have the same tensors; every difference is listed.
  case mismatch([TensorDifference])
  /// The same of two models of several that are merged, by name.
  case differentModels(first: String, second: String, [TensorDifference])
  case alphaOutOfRange(Double)
  /// Class weights were made for other alphas.
  case noHead(alpha: Double)
  /// A method that merges task vectors was given no model that they start from.
  case noBase
  /// Weights of a model that are no finite numbers.
  case notFinite(file: String, tensor: String)
  /// Fisher information is a mean of squares.
  case negativeFisher(file: String, tensor: String)
  /// `part` of what describes a list of alphas cannot be understood.
  case badGrid(part: String, problem: String)
  /// Factors of depth that cannot be understood.
  case badDepth(String)
  /// What was asked to move with alpha, or how, cannot; why, and what to do.
  case unmoved(String)

  public var kind: FailureKind {
    switch self {
    case .mismatch, .differentModels, .notFinite, .negativeFisher: .badData
    case .alphaOutOfRange, .noHead, .noBase, .badGrid, .badDepth, .unmoved: .usage
    }
  }

  public var description: String {
    switch self {
    case .mismatch(let differences):
      "the models do not have the same tensors, so their weights cannot be combined: \(Self.list(differences))"
    case .differentModels(let first, let second, let differences):
      "\(first) and \(second) do not have the same tensors, so their weights cannot be combined: "
        + Self.list(differences)
    case .alphaOutOfRange(let alpha):
      "alpha \(alpha) is not between 0 (the pre-trained model) and 1 (the fine-tuned one), beyond which --extrapolate leads"
    case .noHead(let alpha):
      "no class weights were made for alpha \(alpha); name it among the alphas when the model is made ready"
    case .noBase:
      "task vectors need the model that all began from; name it with --base"
    case .notFinite(let file, let tensor):
      "\(file): '\(tensor)' has values that are no finite numbers, which would spoil the merged model; fetch or export it anew"
    case .negativeFisher(let file, let tensor):
      "\(file): '\(tensor)' has negative values, so it is no Fisher information; estimate it anew"
    case .badGrid(let part, let problem):
      "alphas: '\(part)' \(problem); write a list such as 0,0.25,1 or a range such as 0:1:0.1"
    case .badDepth(let text):
      "--depth is '\(text)'; write two decimals, the factor of the first block and of the last, as in 0.5:1"
    case .unmoved(let problem): problem
    }
  }

  private static func list(_ differences: [TensorDifference]) -> String {
    differences.map(\.description).joined(separator: "; ")
      + "; use models of one architecture, fine-tuned from one another"
  }
}

/// What keeps the tensors of one name in two models from being combined.
public struct TensorDifference: Sendable, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    case onlyInFirst
    case onlyInSecond
    case shapes([Int], [Int])
    /// One holds integers, the other numbers with a fraction: the first, if so.
    case kinds(firstIsFloatingPoint: Bool)
  }

  public let name: String
  public let reason: Reason

  public var description: String {
    switch reason {
    case .onlyInFirst: "'\(name)' is only in the first"
    case .onlyInSecond: "'\(name)' is only in the second"
    case .shapes(let first, let second): "'\(name)' has shapes \(first) and \(second)"
    case .kinds(let firstIsFloatingPoint):
      firstIsFloatingPoint
        ? "'\(name)' has weights in the first and integers in the second"
        : "'\(name)' has integers in the first and weights in the second"
    }
  }
}
