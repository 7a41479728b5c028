/// Whether a model is right as often as it is confident: its images in bins of confidence, as in a reliability diagram.
public struct ConfidenceCalibration: Sendable {
  /// Number of bins (Guo et al. 2017).
  public static let standardBins = 15

  /// In ascending order of confidence, whose order in the dataset each has.
  private let images: [(confidence: Double, isCorrect: Bool, image: Int)]

  /// From the probability of each image's predicted class (0…1), and whether that class is right.
  public init(confidence: [Double], correct: [Bool]) throws(EvaluationError) {
    images = try Self.sorted(confidence, correct, isProbability: true)
  }

  /// Images in ascending order of confidence, equal ones in that of the dataset.
  static func sorted(
    _ confidence: [Double], _ correct: [Bool], isProbability: Bool
  ) throws(EvaluationError) -> [(confidence: Double, isCorrect: Bool, image: Int)] {
    guard !confidence.isEmpty else { throw .noPredictions }
    guard confidence.count == correct.count else {
      throw .notPaired("\(confidence.count) confidences of \(correct.count) images")
    }
    for (image, one) in confidence.enumerated() {
      guard isProbability ? one >= 0 && one <= 1 : !one.isNaN else {
        throw .statistic(
          "the confidence \(one) of image \(image) is no \(isProbability ? "probability" : "number")")
      }
    }
    return confidence.indices.sorted { (confidence[$0], $0) < (confidence[$1], $1) }.map {
      (confidence[$0], correct[$0], $0)
    }
  }

  /// Bins of equal width, those that hold images: the k-th has the confidences in (k/bins, (k+1)/bins], and the first
  /// 0 as well. `counts` says how often each image counts; nil is once.
  public func equalWidthBins(_ bins: Int = standardBins, counting counts: [Int32]? = nil) -> [CalibrationBin]
  {
    let bins = max(1, bins)
    return collect(counts) { confidence, _, _ in
      let bin = Self.bin(of: confidence, among: bins)
      return (bin, Double(bin) / Double(bins), Double(bin + 1) / Double(bins))
    }
  }

  /// Bins of as equal numbers of images as ties allow (adaptive binning, Nixon et al. 2019): in ascending order of
  /// confidence, the i-th of n images (from 0) is in bin ⌊i · bins / n⌋, and images of equal confidence are all in the
  /// bin of the first of them, so that the order of the dataset does not matter. The bounds of a bin are the lowest and
  /// highest confidence in it.
  public func equalMassBins(_ bins: Int = standardBins, counting counts: [Int32]? = nil) -> [CalibrationBin] {
    let bins = max(1, bins)
    let total = counts.map { $0.reduce(0) { $0 + Int($1) } } ?? images.count
    guard total > 0 else { return [] }
    return collect(counts) { _, position, run in
      (position * bins / total, run.lowerBound, run.upperBound)
    }
  }

  /// The bin of a confidence among those of equal width.
  static func bin(of confidence: Double, among bins: Int) -> Int {
    let bin = Int((confidence * Double(bins)).rounded(.up)) - 1
    // The product may be rounded over an edge.
    if bin > 0, confidence <= Double(bin) / Double(bins) { return bin - 1 }
    if confidence > Double(bin + 1) / Double(bins) { return min(bin + 1, bins - 1) }
    return min(max(bin, 0), bins - 1)
  }

  /// Gathers runs of equal confidence, which are never parted; `place` says for a run its bin and what bounds it has,
  /// from its confidence and how many images come before it.
  private func collect(
    _ counts: [Int32]?,
    place: (_ confidence: Double, _ position: Int, _ run: ClosedRange<Double>) -> (Int, Double, Double)
  ) -> [CalibrationBin] {
    precondition(counts.map { $0.count == images.count } ?? true, "counts of other images")
    var bins: [CalibrationBin] = []
    var (last, position, start) = (-1, 0, 0)
    while start < images.count {
      let confidence = images[start].confidence
      var (end, n, correct) = (start, 0, 0)
      while end < images.count, images[end].confidence == confidence {
        let count = counts.map { Int($0[images[end].image]) } ?? 1
        n += count
        if images[end].isCorrect { correct += count }
        end += 1
      }
      if n > 0 {
        let (bin, lower, upper) = place(confidence, position, confidence...confidence)
        if bin != last { bins.append(CalibrationBin(lower: lower)) }
        bins[bins.count - 1].add(n, confidence: confidence, correct: correct, upper: upper)
        last = bin
        position += n
      }
      start = end
    }
    return bins
  }
}

/// One bar of a reliability diagram.
public struct CalibrationBin: Sendable, Equatable {
  /// Bounds of the confidences it holds.
  public let lower: Double
  public private(set) var upper: Double
  /// Number of its images, and how many of them are right.
  public private(set) var n = 0
  public private(set) var correct = 0
  private var sum = 0.0

  init(lower: Double) {
    self.lower = lower
    upper = lower
  }

  mutating func add(_ count: Int, confidence: Double, correct right: Int, upper bound: Double) {
    n += count
    correct += right
    sum += Double(count) * confidence
    upper = bound
  }

  /// Mean confidence and accuracy of its images.
  public var confidence: Double { sum / Double(n) }
  public var accuracy: Double { Double(correct) / Double(n) }
  /// How far they are apart.
  public var gap: Double { abs(accuracy - confidence) }
}

extension [CalibrationBin] {
  /// Expected calibration error: the gaps of the bins averaged over images (Naeini et al. 2015; Guo et al. 2017).
  public var expectedCalibrationError: Double {
    let total = reduce(0) { $0 + $1.n }
    return reduce(0) { $0 + Double($1.n) / Double(total) * $1.gap }
  }

  /// Maximum calibration error: the widest gap.
  public var maximumCalibrationError: Double { map(\.gap).max() ?? 0 }
}
