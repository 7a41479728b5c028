/// How many of the predictions that one model is most, or least, confident of are among those of the other.
public struct ConfidentOverlapShare: PairMetric {
  public enum End: String, Sendable {
    case most, least
  }

  public let end: End
  public let unit = MetricUnit.fraction
  /// Which images are the most confident is a question of all of them, so that a resample would ask another.
  public let interval = IntervalKind.none

  public init(_ end: End) { self.end = end }

  public var key: String { "\(end.rawValue)_confident_overlap" }
  public var title: String { "\(end.rawValue) confident" }
  public var summary: String {
    "of the tenth of the images of which a model is \(end.rawValue) confident, the share that is the other's too"
  }

  /// A tenth of the images, and at most the 5,000 of the study (Figure 1b).
  public static func size(of images: Int) -> Int { min(5_000, max(1, images / 10)) }

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let size = Self.size(of: pair.count)
    do {
      let overlap = try ConfidentOverlap(
        [pair.first, pair.second], size: size, leastConfident: end == .least)
      let share = Double(overlap.shared(by: [0, 1])) / Double(size)
      return SampleStatistic { _ in share }
    } catch {
      // There are no images.
      return nil
    }
  }
}
