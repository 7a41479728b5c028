/// The interval of the mean score of runs that differ in their seeds, from the interval of each run's own: what reports and
/// comparisons alike say of a mean.
///
/// It holds two sources of chance, whose half-widths add in squares: which images were drawn (the mean of the runs' own distances,
/// since all were scored on the same images), and which seed was (Student's t over the runs). Of one run it is the run's own.
public enum SeedInterval {
  /// Around the mean of `scores`, each with its own interval in `own`; nil unless each has one. Ends stay in `limits`.
  public static func bounds(
    of scores: [Double], own: [ConfidenceBounds], limits: ClosedRange<Double>? = nil
  ) -> ConfidenceBounds? {
    guard !scores.isEmpty, own.count == scores.count else { return nil }
    let count = Double(scores.count)
    let mean = scores.reduce(0, +) / count
    let ofSeeds = StudentInterval.halfWidth(scores) ?? 0
    func distance(_ bounds: [Double]) -> Double {
      let ofImages = zip(bounds, scores).reduce(0) { $0 + abs($1.0 - $1.1) } / count
      return (ofImages * ofImages + ofSeeds * ofSeeds).squareRoot()
    }
    let (lower, upper) = (mean - distance(own.map(\.lower)), mean + distance(own.map(\.upper)))
    guard let limits else { return ConfidenceBounds(lower: lower, upper: upper) }
    return ConfidenceBounds(lower: max(limits.lowerBound, lower), upper: min(limits.upperBound, upper))
  }
}
