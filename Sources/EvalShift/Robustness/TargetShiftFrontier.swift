/// The models, or alphas, that no other beats on both target and shift: the Pareto frontier of accuracies.
public struct TargetShiftFrontier: Sendable, Equatable {
  /// One model.
  public struct Point: Sendable, Equatable {
    public let target: Double
    public let shift: Double
    /// Its place in the list that the frontier was made from.
    public let index: Int
  }

  /// In ascending order of target accuracy, and so descending of shift; of equal models the first.
  public let points: [Point]

  /// From the (target, shift) accuracies of models.
  public init(_ models: [(target: Double, shift: Double)]) throws(EvaluationError) {
    guard !models.isEmpty else { throw .noPredictions }
    guard models.allSatisfy({ $0.target.isFinite && $0.shift.isFinite }) else {
      throw .statistic("an accuracy is no finite number")
    }
    let candidates = models.enumerated().map {
      Point(target: $0.element.target, shift: $0.element.shift, index: $0.offset)
    }.sorted { ($0.target, $0.shift, -$0.index) > ($1.target, $1.shift, -$1.index) }
    var frontier: [Point] = []
    for point in candidates where frontier.last.map({ point.shift > $0.shift }) ?? true {
      frontier.append(point)
    }
    points = frontier.reversed()
  }

  /// The area that the frontier dominates beyond a reference, which is (0, 0) or a baseline such as the zero-shot
  /// model: the hypervolume indicator (Zitzler & Thiele 1999). Points that are not better than the reference on both
  /// count for nothing.
  public func hypervolume(beyond reference: (target: Double, shift: Double) = (0, 0)) -> Double {
    var (volume, left) = (0.0, reference.target)
    for point in points where point.target > reference.target && point.shift > reference.shift {
      volume += (point.target - left) * (point.shift - reference.shift)
      left = point.target
    }
    return volume
  }

  /// The area under straight lines between the points of the frontier, from its lowest target accuracy to its highest;
  /// 0 where it is one point. Frontiers of different extent are better compared by hypervolume.
  public var area: Double {
    zip(points, points.dropFirst()).reduce(0) {
      $0 + ($1.1.target - $1.0.target) * ($1.0.shift + $1.1.shift) / 2
    }
  }
}
