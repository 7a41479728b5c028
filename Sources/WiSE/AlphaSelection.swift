/// Which alpha of a sweep is reported as the model, and by which rule.
public enum AlphaSelection {
  public enum Rule: String, Sendable, Codable, CaseIterable {
    /// The smallest alpha whose validation accuracy is within one standard error, √(p(1 − p) / n), of the best p over n
    /// validation images (the one-standard-error rule; Breiman et al., Classification and Regression Trees, 1984).
    case oneStandardError = "one-standard-error"
    /// The smallest alpha of the best validation accuracy.
    case bestValidation = "best-validation"
    /// Alpha 0.5, which WiSE-FT (Wortsman et al. 2022) recommends where nothing is known.
    case fixed
    /// Best average over the shifts, which looks at test data: an upper bound, never a result.
    case oracle

    /// The rules by which a model may be chosen, the default first.
    public static let honest: [Rule] = [.oneStandardError, .bestValidation, .fixed]

    /// The rule in words.
    public var words: String {
      switch self {
      case .oneStandardError:
        "the smallest alpha whose validation accuracy is within one standard error of the best"
      case .bestValidation: "the best validation accuracy"
      case .fixed: "always alpha 0.5, without looking at any image"
      case .oracle: "the best average over the shifts' test images, an upper bound and no result"
      }
    }
  }

  /// A chosen alpha.
  public struct Choice: Sendable, Equatable, Codable {
    public let alpha: Double
    public let rule: Rule
    /// The accuracy there of what the rule looked at, in 0…1; nil where it looked at nothing.
    public let score: Double?

    public init(alpha: Double, rule: Rule, score: Double?) {
      self.alpha = alpha
      self.rule = rule
      self.score = score
    }
  }

  /// The alpha that WiSE-FT fixes.
  public static let fixedAlpha = 0.5

  /// What every honest rule chooses of `points`, each with its validation top-1, over `images` validation images.
  ///
  /// A rule that cannot choose is left out: those that look at validation images without any, the fixed alpha where
  /// the sweep does not have it. Alphas beyond 0…1 are chosen only where `beyond` says so.
  public static func select(
    _ points: [(alpha: Double, validationTop1: Double?)], images: Int, beyond: Bool = false
  ) -> [Choice] {
    let points = points.filter { beyond || isBetween($0.alpha) }
    let measured = points.compactMap { point in point.validationTop1.map { (alpha: point.alpha, score: $0) } }
      .filter { !$0.score.isNaN }
    return Rule.honest.compactMap { rule in
      switch rule {
      case .oneStandardError:
        guard images > 0, let best = measured.map(\.score).max() else { return nil }
        let standardError = (best * (1 - best) / Double(images)).squareRoot()
        return measured.filter { $0.score >= best - standardError }.min { $0.alpha < $1.alpha }
          .map { Choice(alpha: $0.alpha, rule: rule, score: $0.score) }
      case .bestValidation: return images > 0 ? best(measured, rule: rule) : nil
      case .fixed:
        return points.first { $0.alpha == fixedAlpha }
          .map { Choice(alpha: $0.alpha, rule: rule, score: $0.validationTop1) }
      case .oracle: return nil
      }
    }
  }

  /// The alpha of the best average over the shifts; nil without points. Beyond 0…1 only where `beyond` says so.
  public static func oracle(
    _ points: [(alpha: Double, shiftAverage: Double)], beyond: Bool = false
  ) -> Choice? {
    best(
      points.filter { beyond || isBetween($0.alpha) }.map { ($0.alpha, $0.shiftAverage) }, rule: .oracle)
  }

  private static func isBetween(_ alpha: Double) -> Bool { (0...1).contains(alpha) }

  /// Of equally good alphas the smallest, which is nearest to the pre-trained model.
  private static func best(_ points: [(alpha: Double, score: Double)], rule: Rule) -> Choice? {
    points.filter { !$0.score.isNaN }
      .min { ($1.score, $0.alpha) < ($0.score, $1.alpha) }
      .map { Choice(alpha: $0.alpha, rule: rule, score: $0.score) }
  }
}
