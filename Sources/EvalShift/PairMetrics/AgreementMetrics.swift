/// Accuracy of the second model less that of the first.
public struct AccuracyDifference: PairMetric {
  public let key = "difference"
  public let title = "difference"
  public let unit = MetricUnit.fraction
  public let isSigned = true
  public let summary = "accuracy of the second less that of the first"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let (first, second) = pair.correct
    return .mean(zip(first, second).map { ($1 ? 1 : 0) - ($0 ? 1 : 0) })
  }
}

/// Share of images with the same predicted class.
public struct Agreement: PairMetric {
  public let key = "agreement"
  public let title = "agreement"
  public let unit = MetricUnit.fraction
  public let summary = "share of images with the same predicted class"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    .mean(zip(pair.first.rows, pair.second.rows).map { $0.predicted == $1.predicted ? 1 : 0 })
  }
}

/// Cohen's kappa of the predicted classes: agreement beyond what their frequencies give by chance.
public struct PredictionKappa: PairMetric {
  public let key = "kappa"
  public let title = "kappa"
  public let unit = MetricUnit.number
  public let summary = "Cohen's kappa of the predicted classes"
  public let lacksIntervalOverClasses: String? =
    "chance agrees more often where there are fewer classes, as in every draw"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let (first, second) = (pair.first.rows.map(\.predicted), pair.second.rows.map(\.predicted))
    return SampleStatistic { PredictionAgreement.counted(first, second, $0)?.kappa }
  }
}

/// Cohen's kappa of being right: error consistency (Geirhos, Meding & Wichmann 2020).
public struct ErrorConsistencyKappa: PairMetric {
  public let key = "error_consistency"
  public let title = "error consistency"
  public let unit = MetricUnit.number
  public let summary = "Cohen's kappa of being right: 1 for the same errors, 0 for independent ones"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let (first, second) = pair.correct
    return SampleStatistic { ErrorConsistency.counted(first, second, $0)?.kappa }
  }
}

/// Share of images that exactly one of the models gets right: the prediction diversity of the WiSE-FT paper.
public struct ExactlyOneRight: PairMetric {
  public let key = "exactly_one_right"
  public let title = "one right"
  public let unit = MetricUnit.fraction
  public let summary = "share of images that exactly one of the models gets right"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let (first, second) = pair.correct
    return .mean(zip(first, second).map { $0 != $1 ? 1 : 0 })
  }
}

/// Accuracy of an oracle that picks the better model for each image.
public struct OracleAccuracy: PairMetric {
  public let key = "oracle_top1"
  public let title = "oracle"
  public let unit = MetricUnit.fraction
  public let summary = "share of images that at least one gets right: a bound of any combination"

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    let (first, second) = pair.correct
    return .mean(zip(first, second).map { $0 || $1 ? 1 : 0 })
  }
}
