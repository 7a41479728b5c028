/// What models, such as the alphas of one curve, reach on a target and its shifts together: the frontier of those that no other beats
/// on both, in one number with its interval.
public struct FrontierSummary: Sendable, Equatable {
  /// Places of the models on the frontier, in ascending order of target accuracy.
  public let members: [Int]
  /// Share of the unit square of target and mean shift accuracy that the frontier dominates.
  public let hypervolume: Double
  public let hypervolumeBounds: ConfidenceBounds?
  /// What of it lies beyond the first model, the zero-shot one of a curve, on both axes.
  public let gain: Double
  public let gainBounds: ConfidenceBounds?
  /// Area under straight lines between the frontier's points.
  public let area: Double

  /// From the predictions of each model for the target, and for each shift (outer) those of each model; nil without shifts.
  ///
  /// Intervals are percentile ones over draws of the images, the same for all models, sets being drawn apart. Which models are on the
  /// frontier is asked anew in each draw, so that the numbers are biased upwards by as much as the best of many is; with many
  /// images for the distances between models that is little.
  public init?(
    target: [Predictions], shifts: [[Predictions]], resampling: Resampling
  ) throws(EvaluationError) {
    guard !target.isEmpty, !shifts.isEmpty else { return nil }
    let sets = [target] + shifts
    func summary(_ accuracies: [[Double]]) throws(EvaluationError) -> (TargetShiftFrontier, Double, Double) {
      let points = target.indices.map { model in
        (
          target: accuracies[0][model],
          shift: accuracies.dropFirst().reduce(0) { $0 + $1[model] } / Double(shifts.count)
        )
      }
      let frontier = try TargetShiftFrontier(points)
      return (frontier, frontier.hypervolume(), frontier.hypervolume(beyond: points[0]))
    }
    let statistics = sets.map { set in set.compactMap { Top1Accuracy().statistic(of: $0) } }
    let (frontier, hypervolume, gain) = try summary(
      zip(sets, statistics).map { set, models in
        models.map { $0.value(ofAll: set[0].count) ?? 0 }
      })
    members = frontier.points.map(\.index)
    (self.hypervolume, self.gain, area) = (hypervolume, gain, frontier.area)
    var draws: [BootstrapCounts] = []
    for (place, set) in sets.enumerated() {
      draws.append(try resampling.counts(of: set[0], stream: UInt64(place)))
    }
    // [set][round][model]
    let drawn = zip(statistics, draws).map { models, counts in
      counts.rounds { counts in models.map { $0.value(counting: counts) ?? 0 } }
    }
    var (volumes, gains) = ([Double](), [Double]())
    for round in 0..<resampling.rounds {
      let (_, volume, gain) = try summary(drawn.map { $0[round] })
      volumes.append(volume)
      gains.append(gain)
    }
    hypervolumeBounds = BootstrapDistribution(volumes).percentileBounds
    gainBounds = BootstrapDistribution(gains).percentileBounds
  }
}

extension FrontierSummary: Codable {
  private enum CodingKeys: String, CodingKey {
    case members, hypervolume, area
    case gain = "hypervolume_beyond_first"
    case hypervolumeBounds = "hypervolume_ci95"
    case gainBounds = "hypervolume_beyond_first_ci95"
  }
}
