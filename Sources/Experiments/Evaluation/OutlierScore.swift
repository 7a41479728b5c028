import EvalShift
import TensorCore

/// How well a model's scores tell the images of a set from outliers: of the most probable class (`msp`), and of the energy, over all
/// classes of the head.
public struct OutlierScore: Codable, Sendable, Equatable {
  public let dataset: String
  public let n: Int
  public let imagesSHA256: String
  /// The set that outliers are told from.
  public let inside: String
  public let insideCount: Int
  public let aurocMSP: Double
  public let aurocMSPInterval: ConfidenceBounds?
  public let fpr95MSP: Double
  public let fpr95MSPInterval: ConfidenceBounds?
  public let aurocEnergy: Double
  public let aurocEnergyInterval: ConfidenceBounds?
  public let fpr95Energy: Double
  public let fpr95EnergyInterval: ConfidenceBounds?

  private enum CodingKeys: String, CodingKey {
    case dataset, n, inside
    case imagesSHA256 = "images_sha256"
    case insideCount = "inside_n"
    case aurocMSP = "auroc_msp"
    case aurocMSPInterval = "auroc_msp_ci95"
    case fpr95MSP = "fpr95_msp"
    case fpr95MSPInterval = "fpr95_msp_ci95"
    case aurocEnergy = "auroc_energy"
    case aurocEnergyInterval = "auroc_energy_ci95"
    case fpr95Energy = "fpr95_energy"
    case fpr95EnergyInterval = "fpr95_energy_ci95"
  }

  /// From the scores of the images of `inside` and of outliers.
  init(
    _ set: OutlierSet, from inside: EvaluationSet, known: DetectionScores, unknown: DetectionScores,
    resampling: Resampling
  ) throws(EvaluationError) {
    func score(
      _ scores: KeyPath<DetectionScores, [Double]>
    ) throws(EvaluationError) -> OutlierDetection.Score {
      try OutlierDetection(inside: known[keyPath: scores], outside: unknown[keyPath: scores])
        .score(resampling: resampling)
    }
    let (probability, energy) = (try score(\.probabilities), try score(\.energies))
    (dataset, n, imagesSHA256) = (set.name, set.images.count, set.images.sha256)
    (self.inside, insideCount) = (inside.name, inside.images.count)
    (aurocMSP, aurocMSPInterval) = (probability.areaUnderROC, probability.areaInterval)
    (fpr95MSP, fpr95MSPInterval) = (probability.falsePositiveRate, probability.rateInterval)
    (aurocEnergy, aurocEnergyInterval) = (energy.areaUnderROC, energy.areaInterval)
    (fpr95Energy, fpr95EnergyInterval) = (energy.falsePositiveRate, energy.rateInterval)
  }
}

/// Scores of images that are higher for what a model knows.
struct DetectionScores {
  private(set) var probabilities: [Double] = []
  private(set) var energies: [Double] = []

  /// Adds the images of `logits` [images, classes].
  mutating func add(_ logits: Tensor) throws(EvaluationError) {
    let (values, classes) = (logits.array, logits.shape[1])
    probabilities += try DetectionScore.maximumProbability(logits: values, classCount: classes)
    energies += try DetectionScore.negativeEnergy(logits: values, classCount: classes)
  }
}
