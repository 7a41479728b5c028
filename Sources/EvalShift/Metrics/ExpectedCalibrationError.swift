/// Expected calibration error (Guo et al. 2017): how far confidence is from accuracy, averaged over bins of equal
/// width weighted by their images.
public struct ExpectedCalibrationError: Metric {
  public let key = "ece"
  public let title = "ECE"
  public let higherIsBetter = false
  /// Number of bins; the k-th holds confidences in (k/bins, (k+1)/bins].
  public let bins: Int

  public init(bins: Int = 15) { self.bins = max(1, bins) }

  public func value(of predictions: Predictions) -> Double? {
    let total = Double(predictions.count)
    return reliability(of: predictions).reduce(0) { sum, bin in
      sum + Double(bin.n) / total * abs(bin.accuracy - bin.confidence)
    }
  }

  /// One bar of a reliability diagram.
  public struct Bin: Sendable, Equatable {
    /// Bounds of the confidences it holds.
    public let lower: Double
    public let upper: Double
    public let n: Int
    /// Mean confidence and accuracy of its images.
    public let confidence: Double
    public let accuracy: Double
  }

  /// The bins that hold images, in order of confidence: the reliability diagram.
  public func reliability(of predictions: Predictions) -> [Bin] {
    var counts = [Int](repeating: 0, count: bins)
    var correct = counts
    var confidence = [Double](repeating: 0, count: bins)
    for row in predictions.rows {
      let bin = min(max(Int((row.confidence * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
      counts[bin] += 1
      confidence[bin] += row.confidence
      if row.isCorrect { correct[bin] += 1 }
    }
    return counts.indices.filter { counts[$0] > 0 }.map { bin in
      Bin(
        lower: Double(bin) / Double(bins), upper: Double(bin + 1) / Double(bins), n: counts[bin],
        confidence: confidence[bin] / Double(counts[bin]),
        accuracy: Double(correct[bin]) / Double(counts[bin]))
    }
  }
}
