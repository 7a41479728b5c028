import Foundation

/// The two sources of chance in the mean score of runs that differ in their seeds, said apart: another seed would have
/// trained another model, and another draw of test images would have scored it differently (Bouthillier et al. 2021,
/// Accounting for variance in machine learning benchmarks).
///
/// All runs are scored on the same images, so that averaging over runs shrinks the first and not the second.
public struct SeedVariance: Sendable, Equatable {
  /// Number of runs.
  public let seeds: Int
  /// Mean score of the runs.
  public let mean: Double
  /// Variance of one run's score from seed to seed, with n − 1; nil of one run, which says nothing of it.
  public let betweenSeeds: Double?
  /// Variance of the mean score over draws of the images.
  public let betweenImages: Double

  /// From the score of each run on the same images, and the variance of their mean over draws of those images: that
  /// of a bootstrap whose statistic is the mean score (`BootstrapDistribution.variance`).
  public init(scores: [Double], imageVariance: Double) throws(EvaluationError) {
    guard !scores.isEmpty else { throw .noPredictions }
    guard scores.allSatisfy(\.isFinite), imageVariance >= 0, imageVariance.isFinite else {
      throw .statistic("scores and variances are finite numbers, and a variance is not below 0")
    }
    seeds = scores.count
    mean = scores.reduce(0, +) / Double(scores.count)
    betweenSeeds = try StudentInterval(of: scores)?.variance
    betweenImages = imageVariance
  }

  /// From the accuracy of each run on the same `images`, the variance over images being a binomial's at the mean
  /// accuracy: that of runs which all agree, and an upper bound for the mean of runs that do not.
  public init(accuracies: [Double], images: Int) throws(EvaluationError) {
    guard images > 0, !accuracies.isEmpty else { throw .noPredictions }
    guard accuracies.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .statistic("an accuracy lies between 0 and 1")
    }
    let mean = accuracies.reduce(0, +) / Double(accuracies.count)
    try self.init(scores: accuracies, imageVariance: mean * (1 - mean) / Double(images))
  }

  /// Variance of the mean score over both; nil of one run.
  public var combined: Double? { betweenSeeds.map { $0 / Double(seeds) + betweenImages } }

  /// The interval of the mean score for the chance of seeds alone (Student's t over the runs): it speaks of these
  /// images; nil of one run.
  public func seedBounds(level: Double = 0.95) throws(EvaluationError) -> ConfidenceBounds? {
    try ConfidenceBounds.requireLevel(level)
    guard let betweenSeeds else { return nil }
    return bounds(
      StudentInterval.quantile(degreesOfFreedom: seeds - 1, level: level)
        * (betweenSeeds / Double(seeds)).squareRoot())
  }

  /// The interval of the mean score for the chance of images alone: it speaks of these models.
  public func imageBounds(level: Double = 0.95) throws(EvaluationError) -> ConfidenceBounds {
    try ConfidenceBounds.requireLevel(level)
    return bounds(NormalDistribution.quantile((1 + level) / 2) * betweenImages.squareRoot())
  }

  /// The interval of the mean score for both: the half-widths of the two add in squares; nil of one run.
  ///
  /// It errs on the safe side: of normal scores it covers 95% where one source is all there is, and more where both
  /// matter: up to 98.8% with two seeds, 97.5% with three, 96.5% with five, 95.8% with ten.
  public func combinedBounds(level: Double = 0.95) throws(EvaluationError) -> ConfidenceBounds? {
    guard let seed = try seedBounds(level: level) else { return nil }
    let image = try imageBounds(level: level)
    let (first, second) = ((seed.upper - seed.lower) / 2, (image.upper - image.lower) / 2)
    return bounds((first * first + second * second).squareRoot())
  }

  private func bounds(_ half: Double) -> ConfidenceBounds {
    ConfidenceBounds(lower: mean - half, upper: mean + half)
  }
}
