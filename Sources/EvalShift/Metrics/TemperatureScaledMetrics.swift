/// The temperature by which logits are divided so that the likelihood of the validation images is greatest (Guo et al. 2017): above
/// 1 the model was too sure, below 1 not sure enough.
public struct FittedTemperature: Metric {
  public let key = "temperature"
  public let title = "temperature"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.neither
  public let needs: Set<MetricNeed> = [.temperature, .probabilities]
  public let interval = IntervalKind.none

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.calibrated.map { calibrated in
      SampleStatistic { _ in calibrated.scaling.temperature }
    }
  }
}

/// Expected calibration error of the logits divided by the fitted temperature.
public struct TemperatureScaledCalibrationError: Metric {
  public let key = "ece_temperature_scaled"
  public let title = "ECE (scaled)"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.temperature, .probabilities]
  public let bins: Int

  public init(bins: Int = ConfidenceCalibration.standardBins) { self.bins = max(1, bins) }

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.scaledCalibration.map { calibration in
      SampleStatistic { [bins] in calibration.equalWidthBins(bins, counting: $0).errorUnlessEmpty }
    }
  }
}

/// Cross entropy of the logits divided by the fitted temperature.
public struct TemperatureScaledLogLikelihood: Metric {
  public let key = "nll_temperature_scaled"
  public let title = "NLL (scaled)"
  public let unit = MetricUnit.nats
  public let direction = MetricDirection.lower
  public let needs: Set<MetricNeed> = [.temperature, .probabilities]

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    predictions.calibrated.map { .mean($0.targetLogProbabilities.map { -$0 }) }
  }
}
