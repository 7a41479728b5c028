/// The corruptions of ImageNet-C that count (Hendrycks & Dietterich, Benchmarking neural network robustness to common
/// corruptions and perturbations, ICLR 2019), by the names of their folders.
public enum ImageNetCorruption: String, Sendable, CaseIterable {
  case gaussianNoise = "gaussian_noise"
  case shotNoise = "shot_noise"
  case impulseNoise = "impulse_noise"
  case defocusBlur = "defocus_blur"
  case glassBlur = "glass_blur"
  case motionBlur = "motion_blur"
  case zoomBlur = "zoom_blur"
  case snow
  case frost
  case fog
  case brightness
  case contrast
  case elasticTransform = "elastic_transform"
  case pixelate
  case jpegCompression = "jpeg_compression"

  /// Severities, from 1.
  public static let severities = 1...5

  /// AlexNet's error rate over the five severities, by which the field divides: of the table that the authors publish
  /// with https://github.com/hendrycks/robustness, as in ALEXNET_ERR of https://github.com/google-research/augmix.
  public var alexNetError: Double {
    switch self {
    case .gaussianNoise: 0.886428
    case .shotNoise: 0.894468
    case .impulseNoise: 0.922640
    case .defocusBlur: 0.819880
    case .glassBlur: 0.826268
    case .motionBlur: 0.785948
    case .zoomBlur: 0.798360
    case .snow: 0.866816
    case .frost: 0.826572
    case .fog: 0.819324
    case .brightness: 0.564592
    case .contrast: 0.853204
    case .elasticTransform: 0.646056
    case .pixelate: 0.717840
    case .jpegCompression: 0.606500
    }
  }

  /// AlexNet's error rate on clean images: of the weights those were measured with, torchvision's, which has 56.522%
  /// top-1 (43.5% in the paper).
  public static let alexNetCleanError = 0.43478
}

/// Corruption errors of a model on ImageNet-C: its error rates over five severities, divided by AlexNet's.
public struct CorruptionError: Sendable, Equatable {
  /// CE of each corruption of which all severities were scored.
  public let errors: [ImageNetCorruption: Double]
  /// Relative CE of the same: error beyond that on clean images, divided by AlexNet's beyond its own; nil where the
  /// error on clean images is not known.
  public let relativeErrors: [ImageNetCorruption: Double]?

  /// From the model's error rate on each severity of each corruption, and on clean images.
  public init(
    _ rates: [ImageNetCorruption: [Int: Double]], clean: Double? = nil
  ) throws(EvaluationError) {
    let clean = try clean.map { rate throws(EvaluationError) in try Self.checked(rate, of: "clean images") }
    var (errors, relative) = ([ImageNetCorruption: Double](), [ImageNetCorruption: Double]())
    for corruption in ImageNetCorruption.allCases {
      var sum = 0.0
      for (severity, rate) in (rates[corruption] ?? [:]).sorted(by: { $0.key < $1.key }) {
        guard ImageNetCorruption.severities.contains(severity) else {
          throw .statistic("\(corruption.rawValue) has a severity \(severity); they go from 1 to 5")
        }
        sum += try Self.checked(rate, of: "\(corruption.rawValue) \(severity)")
      }
      let count = ImageNetCorruption.severities.count
      guard rates[corruption]?.count == count else { continue }
      let mean = sum / Double(count)
      errors[corruption] = mean / corruption.alexNetError
      relative[corruption] = clean.map {
        (mean - $0) / (corruption.alexNetError - ImageNetCorruption.alexNetCleanError)
      }
    }
    self.errors = errors
    relativeErrors = clean == nil ? nil : relative
  }

  private static func checked(_ rate: Double, of what: String) throws(EvaluationError) -> Double {
    guard (0...1).contains(rate) else {
      throw .statistic("the error rate on \(what) is no fraction between 0 and 1")
    }
    return rate
  }

  /// Corruptions that are missing or not complete, for which there is no mean.
  public var missing: [ImageNetCorruption] { ImageNetCorruption.allCases.filter { errors[$0] == nil } }
  /// Mean corruption error (mCE); nil unless all fifteen corruptions are complete.
  public var mean: Double? { Self.mean(errors) }
  /// Mean relative corruption error; nil unless all are complete and the error on clean images is known.
  public var relativeMean: Double? { relativeErrors.flatMap(Self.mean) }

  private static func mean(_ errors: [ImageNetCorruption: Double]) -> Double? {
    let known = ImageNetCorruption.allCases.compactMap { errors[$0] }
    guard known.count == ImageNetCorruption.allCases.count else { return nil }
    return known.reduce(0, +) / Double(known.count)
  }
}
