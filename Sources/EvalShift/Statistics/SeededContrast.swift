import Foundation

/// A weighted sum of accuracies on the same images, such as the difference of two methods, with both sources of chance in it:
/// which images were drawn, and which seed trained (as in `SeedVariance`, the half-widths of the two add in squares).
///
/// The chance of the images is that of a mean of one value an image, with two pseudo-images added, one that speaks as strongly as
/// an image can for either side (Bonett & Price 2012, Adjusted Wald confidence interval for a difference of binomial proportions
/// based on paired data), so that few images that all speak alike are not taken for certainty.
public struct SeededContrast: Sendable, Equatable {
  /// What the images of one set say.
  public struct Images: Sendable {
    /// Of each image its share in the contrast, the mean over seeds.
    public let scores: [Double]
    /// The most that an image can say for either side.
    public let bound: Double

    public init(scores: [Double], bound: Double) { (self.scores, self.bound) = (scores, bound) }

    /// The variance of the mean of the scores over draws of as many images.
    var variance: Double {
      let count = Double(scores.count + 2)
      let mean = scores.reduce(0, +) / count
      let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let added = (bound - mean) * (bound - mean) + (bound + mean) * (bound + mean)
      return (squares + added) / (count * count)
    }
  }

  /// The mean over the seeds.
  public let value: Double
  /// How many seeds and images it rests on.
  public let seeds: Int
  public let images: Int
  /// Its variance over draws of the images, these runs being given; and over draws of the seeds, nil of one.
  public let imageVariance: Double
  public let seedVariance: Double?
  private let imageDegrees: Int

  /// From the contrast of each seed, and what the images of each set say. Throws where there is nothing.
  public init(ofSeeds values: [Double], sets: [Images]) throws(EvaluationError) {
    guard let fewest = sets.map(\.scores.count).min(), fewest > 0 else { throw .noPredictions }
    try self.init(
      ofSeeds: values, imageVariance: sets.reduce(0) { $0 + $1.variance },
      images: sets.reduce(0) { $0 + $1.scores.count }, fewest: fewest)
  }

  /// From the contrast of each seed and its variance over draws of `images`, of whose sets the smallest has `fewest`.
  public init(
    ofSeeds values: [Double], imageVariance: Double, images: Int, fewest: Int
  ) throws(EvaluationError) {
    guard !values.isEmpty else { throw .noPredictions }
    let found = try SeedVariance(scores: values, imageVariance: imageVariance)
    value = found.mean
    seeds = values.count
    self.images = images
    self.imageVariance = imageVariance
    seedVariance = found.betweenSeeds.map { $0 / Double(values.count) }
    imageDegrees = max(1, fewest - 1)
  }

  /// The interval of the value.
  public func bounds(level: Double = 0.95) throws(EvaluationError) -> ConfidenceBounds {
    try ConfidenceBounds.requireLevel(level)
    let half = halfWidth(level)
    return ConfidenceBounds(lower: value - half, upper: value + half)
  }

  private func halfWidth(_ level: Double) -> Double {
    let ofImages = StudentInterval.quantile(degreesOfFreedom: imageDegrees, level: level)
    var square = ofImages * ofImages * imageVariance
    if let seedVariance {
      let ofSeeds = StudentInterval.quantile(degreesOfFreedom: seeds - 1, level: level)
      square += ofSeeds * ofSeeds * seedVariance
    }
    return square.squareRoot()
  }

  /// The smallest p-value that is told apart from 0.
  private static let least = 1e-12

  /// The chance of a value as far from 0 where there is no difference: the p at which the interval of level 1 − p just reaches 0.
  public var pValue: Double {
    guard value != 0 else { return 1 }
    guard halfWidth(1 - Self.least) > abs(value) else { return Self.least }
    var (low, high) = (log(Self.least), 0.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      // Where the level is next to nothing, so is the interval.
      if halfWidth(1 - exp(middle)) > abs(value) { low = middle } else { high = middle }
    }
    return exp((low + high) / 2)
  }
}
