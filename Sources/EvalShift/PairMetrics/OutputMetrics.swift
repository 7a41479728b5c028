/// Mean Kullback–Leibler divergence of the second model's probabilities from the first's (the WiSE-FT paper's third measure of
/// diversity).
public struct OutputDivergence: PairMetric {
  public let key = "kl_divergence"
  public let title = "KL"
  public let unit = MetricUnit.nats
  public let isDirected = true
  public let summary = "mean KL divergence of the second's probabilities from the first's, KL(first‖second)"
  public let needs: Set<MetricNeed> = [.secondModel, .logits]

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    pair.divergences.map { .mean($0) }
  }
}

/// Linear centred kernel alignment of the image towers' features (Kornblith et al. 2019).
public struct FeatureSimilarity: PairMetric {
  public let key = "cka"
  public let title = "CKA"
  public let unit = MetricUnit.number
  public let summary = "linear CKA of the image towers' features"
  public let needs: Set<MetricNeed> = [.secondModel, .features]
  public let interval = IntervalKind.none

  public init() {}

  public func statistic(of pair: PairedPredictions) -> SampleStatistic? {
    pair.featureSimilarity.map { value in SampleStatistic { _ in value } }
  }
}
