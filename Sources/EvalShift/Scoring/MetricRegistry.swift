/// All metrics, in the order in which they are shown.
public enum MetricRegistry {
  /// Of one model on one set.
  public static let all: [any Metric] = [
    Top1Accuracy(), Top5Accuracy(), MeanPerClassAccuracy(), WorstClassAccuracy(), MacroF1(),
    WorstGroupAccuracy(),
    ExpectedCalibrationError(), EqualMassCalibrationError(), ClasswiseCalibrationError(),
    MaximumCalibrationError(),
    NegativeLogLikelihood(), BrierScore(), AreaUnderRiskCoverage(), ExcessAreaUnderRiskCoverage(),
    FittedTemperature(), TemperatureScaledCalibrationError(), TemperatureScaledLogLikelihood(),
  ]

  /// What is reported for a dataset that names no metric of its own.
  public static let standard: any Metric = Top1Accuracy()

  public static func named(_ key: String) -> (any Metric)? { all.first { $0.key == key } }
}
