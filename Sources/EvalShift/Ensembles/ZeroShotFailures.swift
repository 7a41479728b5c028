import TensorCore

/// Training images that a fine-tuned model gets right and the zero-shot model wrong, by the fine-tuned model's features,
/// and how far other images are from them (Zhu, Cui & Zhang, NeurIPS 2024): near them, fine-tuning is to be trusted.
///
/// Features are normalised; the distance is the squared Euclidean one (2 − 2 cos, so 0…4) to the k-th nearest failure,
/// k being 0.1% of them, as in the authors' code. Products are of float32, on the one engine.
public struct ZeroShotFailures: Sendable {
  /// Number of failures, and the k whose distance is taken.
  public let count: Int
  public let neighbours: Int
  /// Width of the features.
  public let width: Int
  /// [count, width], each of length 1.
  private let features: [Float]

  /// From features [N, `width`] of training images by the fine-tuned model, and whether either model gets each right;
  /// k is `share` of the failures, at least one.
  public init(
    features: [Float], width: Int, zeroShotCorrect: [Bool], fineTunedCorrect: [Bool], share: Double = 0.001
  ) throws(EvaluationError) {
    guard width > 0, zeroShotCorrect.count == fineTunedCorrect.count,
      features.count == zeroShotCorrect.count * width
    else {
      throw .notPaired(
        "\(features.count) features of width \(width), \(zeroShotCorrect.count) zero-shot and "
          + "\(fineTunedCorrect.count) fine-tuned predictions")
    }
    guard share > 0, share <= 1 else {
      throw .statistic("the share of failures to look at is above 0 and at most 1, and \(share) is not")
    }
    let failures = zeroShotCorrect.indices.filter { fineTunedCorrect[$0] && !zeroShotCorrect[$0] }
    guard !failures.isEmpty else {
      throw .statistic(
        "there is no training image that only the fine-tuned model gets right: nothing to be near to")
    }
    var rows: [Float] = []
    rows.reserveCapacity(failures.count * width)
    for image in failures { rows += features[image * width..<(image + 1) * width] }
    self.features = try Self.normalized(rows, width: width)
    count = failures.count
    self.width = width
    neighbours = min(count, max(1, Int((share * Double(count)).rounded())))
  }

  /// The distance of each image to the k-th nearest failure, of features [M, `width`] by the fine-tuned model.
  public func distances(to features: [Float]) throws(EvaluationError) -> [Double] {
    guard features.count % width == 0 else {
      throw .notPaired("\(features.count) features do not divide into rows of width \(width)")
    }
    let queries = try Self.normalized(features, width: width)
    let images = queries.count / width
    var distances: [Double] = []
    distances.reserveCapacity(images)
    // Blocks, so that a large training set is never multiplied by a large test set at once.
    for start in stride(from: 0, to: images, by: 1_024) {
      let rows = start..<min(start + 1_024, images)
      var nearest = [Nearest](repeating: Nearest(neighbours), count: rows.count)
      let block = Variable(
        Tensor(Array(queries[rows.lowerBound * width..<rows.upperBound * width]), shape: [rows.count, width]))
      for first in stride(from: 0, to: count, by: 8_192) {
        let members = first..<min(first + 8_192, count)
        let others = Variable(
          Tensor(
            Array(self.features[members.lowerBound * width..<members.upperBound * width]),
            shape: [members.count, width]))
        let cosines = block.multiplied(by: others, otherTransposed: true).value.array
        nearest.withUnsafeMutableBufferPointer { nearest in
          nonisolated(unsafe) let nearest = nearest
          parallelFor(count: rows.count, grain: 16) { range in
            for row in range {
              for column in 0..<members.count { nearest[row].add(cosines[row * members.count + column]) }
            }
          }
        }
      }
      distances += nearest.map { max(0, 2 - 2 * Double($0.furthest)) }
    }
    return distances
  }

  private static func normalized(_ features: [Float], width: Int) throws(EvaluationError) -> [Float] {
    var result = features
    for start in stride(from: 0, to: features.count, by: width) {
      let square = features[start..<start + width].reduce(0) { $0 + Double($1) * Double($1) }
      guard square > 0, square.isFinite else {
        throw .statistic(
          "the features of image \(start / width) have no direction: they are all 0 or not finite")
      }
      let length = square.squareRoot()
      for index in start..<start + width { result[index] = Float(Double(features[index]) / length) }
    }
    return result
  }
}

/// The k highest cosines so far: a heap whose top is the lowest of them.
private struct Nearest: Sendable {
  private var heap: [Float]

  init(_ count: Int) { heap = Array(repeating: -.infinity, count: count) }

  /// The k-th highest.
  var furthest: Float { heap[0] }

  mutating func add(_ cosine: Float) {
    guard cosine > heap[0] else { return }
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < cosine else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = cosine
  }
}
