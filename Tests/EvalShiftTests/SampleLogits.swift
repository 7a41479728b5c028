import EvalShift

/// Logits of two models on twelve images of seven classes; the expected numbers of the tests were computed from them
/// with numpy, scipy and scikit-learn.
enum SampleLogits {
  /// Fitted to the images themselves.
  static var scaling: TemperatureScaling {
    get throws { try TemperatureScaling(logits: first, targets: targets, classCount: 7) }
  }

  static let first: [Float] = [
    3.53, 0.8, 1.96, 4.48, 3.74, -1.95, 1.9,
    -0.3, -0.21, 0.82, 0.29, 2.91, 1.52, 0.24,
    0.89, 0.67, 2.99, -0.41, 0.63, -1.71, -5.11,
    1.31, 1.73, -1.48, 4.54, -2.91, 0.09, -0.37,
    3.07, 2.94, 0.31, 0.76, -1.78, -3.96, -0.7,
    0.31, 2.46, 2.4, -0.77, -0.6, -2.1, -2.84,
    -3.41, 3.9, -1.02, -0.88, -2.51, 1.55, -3.23,
    -0.43, -1.79, 0.77, -1.02, -2.36, -0.06, 0.86,
    0.13, 0.6, -1.27, -0.73, -1.34, -0.72, -1.63,
    -3.45, 0.35, -0.8, -3.26, 0.93, -1.81, 0.1,
    1.46, 0.26, 2.28, -2.47, 0.8, -1.37, -1.74,
    -1.16, -0.62, 0.11, -2.33, 1.8, 0.93, -3.07,
  ]

  static let second: [Float] = [
    1.39, 2.91, 1.15, 6.92, 4.16, 0, 2.61,
    1.11, -0.19, 4.39, 0.54, 3.71, 5.29, -2.46,
    -1.65, 2.61, 0.64, 3.48, -0.2, -3.2, -1.26,
    4.27, 5.47, 0.33, 2.82, 0.91, -0.45, 1.23,
    4.96, 2.63, 1.54, 2.6, -1.03, -6.16, -0.1,
    2.96, 1.07, 2.1, -1.64, 3.1, -0.76, -2.03,
    -4.95, 4.98, -2.37, -0.82, -3.78, 2.9, -2.08,
    -0.85, -1, -1.42, -4, -1.48, 0.27, 2.13,
    4.9, 2.49, -3.1, 1.5, -3.97, -1.64, -1.77,
    -0.02, -1.14, -2.45, -3.46, -0.4, 0.44, -2.06,
    -0.83, -0.62, 1.28, 1.39, 2.7, -1.19, -4.19,
    0.53, -2.62, -2.98, 0.05, 2.43, 2.77, -2.43,
  ]

  static let targets: [Int32] = [3, 4, 2, 3, 0, 3, 4, 5, 6, 0, 4, 3]
  static let classCount = 7

  /// The rows of `first` at `images`.
  static func rows(_ images: [Int]) -> [Float] {
    images.flatMap { first[$0 * classCount..<($0 + 1) * classCount] }
  }
}

func isClose(_ value: Double?, _ expected: Double, within tolerance: Double = 1e-6) -> Bool {
  guard let value else { return false }
  return abs(value - expected) <= tolerance * max(1, abs(expected))
}
