/// How often a model is right when it is this sure: images in bins of confidence.
public struct ReliabilityDiagram: Sendable {
  /// Guo et al. 2017.
  public static let standardBins = 15

  /// One bar.
  public struct Bin: Sendable, Codable, Equatable {
    /// Bounds of the confidences it holds.
    public let lower: Double
    public let upper: Double
    public let n: Int
    /// Mean confidence and accuracy of its images.
    public let confidence: Double
    public let accuracy: Double
  }

  private let confidences: [Double]
  private let isCorrect: [Bool]
  /// Of each image its bin.
  private let bin: [Int32]
  private let bounds: [(lower: Double, upper: Double)]

  /// Bins of equal width; the k-th of `bins` holds confidences in (k/bins, (k+1)/bins].
  init(confidences: [Double], isCorrect: [Bool], equalWidth bins: Int) {
    self.confidences = confidences
    self.isCorrect = isCorrect
    bin = confidences.map {
      Int32(min(max(Int(($0 * Double(bins)).rounded(.up)) - 1, 0), bins - 1))
    }
    bounds = (0..<bins).map { (Double($0) / Double(bins), Double($0 + 1) / Double(bins)) }
  }

  /// Bins of as nearly equal numbers of images as can be, the first ones one larger (numpy's `array_split` of the images in order of
  /// confidence).
  init(confidences: [Double], isCorrect: [Bool], equalMass bins: Int) {
    self.confidences = confidences
    self.isCorrect = isCorrect
    let order = confidences.indices.sorted {
      confidences[$0] == confidences[$1] ? $0 < $1 : confidences[$0] < confidences[$1]
    }
    var bin = [Int32](repeating: 0, count: confidences.count)
    var bounds: [(lower: Double, upper: Double)] = []
    var start = 0
    for index in 0..<bins {
      let end = start + confidences.count / bins + (index < confidences.count % bins ? 1 : 0)
      for place in start..<end { bin[order[place]] = Int32(index) }
      bounds.append(start < end ? (confidences[order[start]], confidences[order[end - 1]]) : (0, 0))
      start = end
    }
    self.bin = bin
    self.bounds = bounds
  }

  /// The bins that hold images, in order of confidence.
  public var bars: [Bin] {
    let sums = sums(counting: [Int32](repeating: 1, count: confidences.count))
    return zip(bounds, sums).filter { $0.1.n > 0 }.map { bounds, sum in
      Bin(
        lower: bounds.lower, upper: bounds.upper, n: sum.n, confidence: sum.confidence / Double(sum.n),
        accuracy: Double(sum.correct) / Double(sum.n))
    }
  }

  /// The mean gap between confidence and accuracy, each bin weighted by its images.
  var calibrationError: SampleStatistic {
    SampleStatistic { counts in
      var (gaps, total) = (0.0, 0)
      for sum in self.sums(counting: counts) {
        gaps += abs(Double(sum.correct) - sum.confidence)
        total += sum.n
      }
      return total == 0 ? nil : gaps / Double(total)
    }
  }

  private func sums(counting counts: [Int32]) -> [(n: Int, correct: Int, confidence: Double)] {
    var sums = [(n: Int, correct: Int, confidence: Double)](repeating: (0, 0, 0), count: bounds.count)
    for image in bin.indices {
      let (index, count) = (Int(bin[image]), Int(counts[image]))
      sums[index].n += count
      sums[index].confidence += confidences[image] * Double(count)
      if isCorrect[image] { sums[index].correct += count }
    }
    return sums
  }
}
