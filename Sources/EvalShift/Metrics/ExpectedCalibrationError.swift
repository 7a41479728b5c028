/// Expected calibration error (Guo et al. 2017): how far confidence is from accuracy, averaged over bins of equal
/// width weighted by their images.
public struct ExpectedCalibrationError: Metric {
  public let key = "ece"
  public let title = "ECE"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.probabilities]
  public let isHeadline = true
  /// Number of bins; the k-th holds confidences in (k/bins, (k+1)/bins].
  public let bins: Int

  public init(bins: Int = ConfidenceCalibration.standardBins) { self.bins = max(1, bins) }

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.confidenceCalibration.map { calibration in
      SampleStatistic { [bins] in calibration.equalWidthBins(bins, counting: $0).errorUnlessEmpty }
    }
  }
}

extension Predictions {
  /// How confidence fits accuracy; nil without images.
  public var confidenceCalibration: ConfidenceCalibration? {
    ConfidenceCalibration(of: self, confidences: rows.map(\.confidence))
  }

  /// The same of logits divided by the fitted temperature; nil without one.
  public var scaledCalibration: ConfidenceCalibration? {
    calibrated.flatMap { ConfidenceCalibration(of: self, confidences: $0.confidences) }
  }
}

extension ConfidenceCalibration {
  /// Softmaxes are probabilities, so that only a lack of images is refused.
  fileprivate init?(of predictions: Predictions, confidences: [Double]) {
    do {
      try self.init(
        confidence: confidences.map { min(1, $0) }, correct: predictions.rows.map(\.isCorrect))
    } catch {
      return nil
    }
  }
}

extension [CalibrationBin] {
  /// Nil where no image counts.
  var errorUnlessEmpty: Double? { isEmpty ? nil : expectedCalibrationError }
}
