import TensorCore

/// Why a set of predictions cannot be scored.
public enum EvaluationError: ClassifiedError, Equatable {
  /// There is nothing to score.
  case noPredictions
  /// The logits do not form one row an image.
  case shapeMismatch(logits: Int, targets: Int)
  /// A target is no class of the head, or none of the classes that compete.
  case targetOutOfRange(image: Int, target: Int, classes: Int)
  /// A logit is infinite or not a number.
  case notFinite(image: Int)
  /// The competing classes are empty, repeated or beyond the head.
  case invalidClasses(String)
  /// Two sets of predictions do not describe the same images.
  case notPaired(String)
  /// Too few or degenerate points for a fitted line.
  case cannotFit(String)
  /// A statistic has no meaning for what it was given.
  case statistic(String)

  public var kind: FailureKind { .badData }

  public var description: String {
    switch self {
    case .noPredictions: "there are no predictions to score: check that the dataset has images"
    case .shapeMismatch(let logits, let targets):
      "\(logits) logits do not divide into \(targets) rows: score logits and targets of the same images"
    case .targetOutOfRange(let image, let target, let classes):
      "image \(image) has target \(target), which is not among the \(classes) classes that compete: "
        + "check the dataset's class list against the head's"
    case .notFinite(let image):
      "the logits of image \(image) are not finite: the model diverged or its weights are damaged"
    case .invalidClasses(let problem): "the classes to choose from are not usable: \(problem)"
    case .notPaired(let problem): "the two models were not scored on the same images: \(problem)"
    case .cannotFit(let problem): "no line can be fitted: \(problem)"
    case .statistic(let problem): "this cannot be computed: \(problem)"
    }
  }
}
