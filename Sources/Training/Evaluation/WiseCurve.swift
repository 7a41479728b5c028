import EvalShift
import WiSE

/// Scores along alpha: what `clipft wise` prints and a run folder keeps.
public struct WiseCurve: Codable, Sendable, Equatable {
  /// One alpha.
  public struct Point: Codable, Sendable, Equatable {
    public var alpha: Double
    public var target: DatasetScores
    public var shifts: [DatasetScores]
    /// Mean top-1 of the shifts, each counting the same; nil without shifts.
    public var averageShift: Double?
    /// The target's validation images, on which alpha is selected.
    public var validation: DatasetScores?

    private enum CodingKeys: String, CodingKey {
      case alpha, target, shifts, validation
      case averageShift = "average_shift"
    }
  }

  public var run: String
  public var method: String
  public var points: [Point]
  /// The alpha to report: the best on the target's validation images.
  public var selected: AlphaSelection.Choice?
  /// The alpha that is best on the shifts themselves: an upper bound, not a result.
  public var oracle: AlphaSelection.Choice?

  public init(run: String, method: String, points: [Point]) {
    self.run = run
    self.method = method
    self.points = points
    selected = AlphaSelection.select(
      points.compactMap { point in point.validation.map { (point.alpha, $0.top1) } })
    oracle = AlphaSelection.oracle(
      points.compactMap { point in point.averageShift.map { (point.alpha, $0) } })
  }

  public func point(at alpha: Double) -> Point? { points.first { $0.alpha == alpha } }
}
