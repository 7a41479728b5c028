/// Which alpha of a sweep is reported as the model, and by which rule.
public enum AlphaSelection {
  public enum Rule: String, Sendable, Codable {
    /// Best top-1 accuracy on the target's validation split: what may be claimed.
    case targetValidation = "target_validation"
    /// Best average over the shifts, which looks at test data: an upper bound, never a result.
    case oracle

    /// The rule in words.
    public var words: String {
      switch self {
      case .targetValidation: "best accuracy on the target's validation images"
      case .oracle: "best average over the shifts' test images, an upper bound"
      }
    }
  }

  /// A chosen alpha.
  public struct Choice: Sendable, Equatable, Codable {
    public let alpha: Double
    public let rule: Rule
    /// The accuracy that decided, in 0…1.
    public let score: Double
  }

  /// The alpha of the best validation top-1; nil without points.
  public static func select(_ points: [(alpha: Double, validationTop1: Double)]) -> Choice? {
    best(points.map { ($0.alpha, $0.validationTop1) }, rule: .targetValidation)
  }

  /// The alpha of the best average over the shifts; nil without points.
  public static func oracle(_ points: [(alpha: Double, shiftAverage: Double)]) -> Choice? {
    best(points.map { ($0.alpha, $0.shiftAverage) }, rule: .oracle)
  }

  /// Of equally good alphas the smallest, which is nearest to the pre-trained model.
  private static func best(_ points: [(alpha: Double, score: Double)], rule: Rule) -> Choice? {
    points.filter { !$0.score.isNaN }
      .min { ($1.score, $0.alpha) < ($0.score, $1.alpha) }
      .map { Choice(alpha: $0.alpha, rule: rule, score: $0.score) }
  }
}
