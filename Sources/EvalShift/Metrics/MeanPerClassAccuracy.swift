/// Accuracy within each class that has images, averaged over those classes: every class weighs the same.
public struct MeanPerClassAccuracy: Metric {
  public let key = "mean_per_class"
  public let title = "per class"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    let classes = predictions.classCells
    return SampleStatistic { counts in
      let present = classes.accuracies(counting: counts)
      return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
    }.drawingClasses { counts in
      let tallies = classes.tallies(counting: counts)
      let drawn = zip(tallies, classes.sizes).map { Double($0.n) / Double($1) }
      let total = drawn.reduce(0, +)
      guard total > 0 else { return nil }
      return zip(tallies, drawn).reduce(0) { sum, cell in
        cell.0.n == 0 ? sum : sum + cell.1 * Double(cell.0.correct) / Double(cell.0.n)
      } / total
    }
  }
}

/// Accuracy of the class that has the lowest, of those that have images.
///
/// Of few images a class it is the lowest of many noisy numbers, and lower than the worst class's true accuracy.
public struct WorstClassAccuracy: Metric {
  public let key = "worst_class"
  public let title = "worst class"
  public let unit = MetricUnit.fraction
  public let direction = MetricDirection.higher
  /// The lowest of several noisy numbers is biased downwards, and that of a resample once more: percentiles of it cover nothing.
  public let interval = IntervalKind.none

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    let classes = predictions.classCells
    return SampleStatistic { classes.accuracies(counting: $0).min() }
  }
}

/// How a model did on the images of one class.
public struct ClassScore: Sendable, Equatable {
  /// Index of the class in the head.
  public let target: Int32
  public let n: Int
  public let correct: Int

  public var accuracy: Double { Double(correct) / Double(n) }
}

extension Predictions {
  /// Scores of the classes that have images, by class index.
  public var perClass: [ClassScore] {
    var counts: [Int32: (n: Int, correct: Int)] = [:]
    for row in rows {
      counts[row.target, default: (0, 0)].n += 1
      if row.isCorrect { counts[row.target, default: (0, 0)].correct += 1 }
    }
    return counts.sorted { $0.key < $1.key }
      .map { ClassScore(target: $0.key, n: $0.value.n, correct: $0.value.correct) }
  }

  /// The images by their true class.
  var classCells: ImageCells { ImageCells(rows.map(\.target), isCorrect: rows.map(\.isCorrect)) }
}

/// Images in cells, such as classes or groups, with whether each was right.
struct ImageCells: Sendable {
  /// The names of the cells that have images, ascending.
  let names: [Int32]
  /// Of each image its cell's place among the names.
  let ofImage: [Int32]
  /// Of each cell the number of its images.
  let sizes: [Int]
  private let isCorrect: [Bool]

  init(_ cells: [Int32], isCorrect: [Bool]) {
    names = Set(cells).sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    ofImage = cells.map { places[$0] ?? 0 }
    sizes = ofImage.reduce(into: [Int](repeating: 0, count: names.count)) { $0[Int($1)] += 1 }
    self.isCorrect = isCorrect
  }

  /// Of each cell how many images, and how many of them right, as often as they count.
  func tallies(counting counts: [Int32]) -> [(n: Int, correct: Int)] {
    var tallies = [(n: Int, correct: Int)](repeating: (0, 0), count: names.count)
    for image in ofImage.indices {
      let cell = Int(ofImage[image])
      tallies[cell].n += Int(counts[image])
      if isCorrect[image] { tallies[cell].correct += Int(counts[image]) }
    }
    return tallies
  }

  /// Of the cells that have images.
  func accuracies(counting counts: [Int32]) -> [Double] {
    tallies(counting: counts).filter { $0.n > 0 }.map { Double($0.correct) / Double($0.n) }
  }
}
