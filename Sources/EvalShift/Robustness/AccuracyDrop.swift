/// What a model loses under shift: the accuracy on the target restricted to the classes of the shift (its id twin) less
/// that on the shift, averaged over shifts that weigh the same; above 0 where the shift is harder.
public struct AccuracyDrop: Sendable, Equatable {
  /// In the order of the shifts.
  public let drops: [Double]
  public var average: Double { drops.reduce(0, +) / Double(drops.count) }

  /// From the accuracy on the twin of each shift, and on the shift.
  public init(_ shifts: [(twin: Double, shift: Double)]) throws(EvaluationError) {
    guard !shifts.isEmpty else { throw .noPredictions }
    guard shifts.allSatisfy({ (0...1).contains($0.twin) && (0...1).contains($0.shift) }) else {
      throw .statistic("an accuracy is no fraction between 0 and 1")
    }
    drops = shifts.map { $0.twin - $0.shift }
  }
}

/// Relative robustness (Taori et al. 2020): what an intervention gains under shift over the model it started from.
public func relativeRobustness(shift: Double, baselineShift: Double) -> Double { shift - baselineShift }
