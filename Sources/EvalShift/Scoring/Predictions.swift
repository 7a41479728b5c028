import Datasets
import Foundation
import TensorCore

/// What a model said about each image of a dataset, reduced to what the metrics need: one pass over the logits.
public struct Predictions: Sendable {
  /// One image.
  public struct Row: Sendable, Equatable {
    /// The true class and the most probable one, as indices of the head.
    public let target: Int32
    public let predicted: Int32
    /// How many classes score above the target (equal scores count by their order): 0 is a correct prediction.
    public let targetRank: Int32
    /// Probability of the predicted class.
    public let confidence: Double
    /// Natural logarithm of the target's probability.
    public let targetLogProbability: Double
    /// Squared distance between the probabilities and the one-hot target.
    public let squaredError: Double

    public var isCorrect: Bool { targetRank == 0 }
  }

  public let rows: [Row]
  /// Number of classes that competed for each image.
  public let classCount: Int
  /// Groups of the images; nil where there are none.
  public private(set) var groups: ImageGroups?

  /// The same, of images that belong to groups.
  public func grouped(_ groups: ImageGroups?) -> Predictions {
    precondition(groups.map { $0.ofImage.count == count } ?? true, "groups of other images")
    var predictions = self
    predictions.groups = groups
    return predictions
  }

  public var count: Int { rows.count }
  public var correct: Int { rows.reduce(0) { $0 + ($1.isCorrect ? 1 : 0) } }

  /// Reduces `logits` [N, C], row-major, against `targets` [N], which are indices of the head.
  ///
  /// `subset` lists the classes of the head that compete (all, when nil); every target must be among them.
  public init(logits: [Float], targets: [Int32], subset: [Int]? = nil) throws(EvaluationError) {
    try self.init(logits: logits, targets: targets, groups: subset?.map { [$0] })
  }

  /// Reduces `logits` [N, C] of which several classes may count as one: each of `groups` competes with its
  /// highest logit, and is known by its first class.
  public init(logits: [Float], targets: [Int32], groups: [[Int]]?) throws(EvaluationError) {
    let count = targets.count
    guard count > 0 else { throw .noPredictions }
    let width = logits.count / count
    guard width > 0, width * count == logits.count, width <= Int(Int32.max) else {
      throw .shapeMismatch(logits: logits.count, targets: count)
    }
    let competitors = try Competitors(groups: groups, width: width)
    for (image, target) in targets.enumerated() where competitors.position(of: target) == nil {
      throw .targetOutOfRange(image: image, target: Int(target), classes: competitors.count)
    }
    let rows = [Row](unsafeUninitializedCapacity: count) { output, initialized in
      nonisolated(unsafe) let output = output
      logits.withUnsafeBufferPointer { logits in
        nonisolated(unsafe) let logits = logits
        targets.withUnsafeBufferPointer { targets in
          nonisolated(unsafe) let targets = targets
          parallelFor(count: count, grain: 64) { range in
            competitors.withScores { scores in
              for image in range {
                competitors.gather(logits, from: image * width, into: scores)
                output.initializeElement(
                  at: image, to: competitors.reduce(scores, target: targets[image]))
              }
            }
          }
        }
      }
      initialized = count
    }
    if let image = rows.firstIndex(where: { !$0.confidence.isFinite }) { throw .notFinite(image: image) }
    self.rows = rows
    classCount = competitors.count
  }

  /// Reduces the logits of a tensor [N, C] of float32.
  public init(logits: Tensor, targets: [Int32], subset: [Int]? = nil) throws(EvaluationError) {
    try self.init(logits: logits, targets: targets, groups: subset?.map { [$0] })
  }

  /// Reduces the logits of a tensor [N, C] of float32 of which several classes may count as one.
  public init(logits: Tensor, targets: [Int32], groups: [[Int]]?) throws(EvaluationError) {
    guard logits.rank == 2, logits.dtype == .f32, logits.shape[0] == targets.count else {
      throw .shapeMismatch(logits: logits.count, targets: targets.count)
    }
    try self.init(logits: logits.array, targets: targets, groups: groups)
  }

  /// Fails unless both describe the same images in the same order.
  static func requirePaired(_ first: Predictions, _ second: Predictions) throws(EvaluationError) {
    guard first.count > 0 else { throw .noPredictions }
    guard first.count == second.count else {
      throw .notPaired("\(first.count) images against \(second.count)")
    }
    for (image, pair) in zip(first.rows, second.rows).enumerated() where pair.0.target != pair.1.target {
      throw .notPaired("image \(image) has target \(pair.0.target) in one and \(pair.1.target) in the other")
    }
  }
}

/// The classes of a head that compete for an image: all, a subset, or groups of which the highest logit counts.
private struct Competitors: Sendable {
  let count: Int
  /// Head index by which each competitor is known; nil when every class of the head competes.
  private let names: [Int32]?
  /// Head indices of all groups one after the other, and where each group starts; empty when all compete.
  private let members: [Int32]
  private let starts: [Int32]
  /// For each class of the head, the competitor it belongs to, or −1.
  private let owner: [Int32]

  init(groups: [[Int]]?, width: Int) throws(EvaluationError) {
    guard let groups else {
      count = width
      names = nil
      members = []
      starts = []
      owner = []
      return
    }
    guard !groups.isEmpty else { throw .invalidClasses("the list is empty") }
    var owner = [Int32](repeating: -1, count: width)
    var starts: [Int32] = [0]
    var members: [Int32] = []
    for (group, classes) in groups.enumerated() {
      guard !classes.isEmpty else { throw .invalidClasses("class \(group) maps to nothing") }
      for index in classes {
        guard owner.indices.contains(index) else {
          throw .invalidClasses("class \(index) is not among the \(width) of the head")
        }
        guard owner[index] < 0 else { throw .invalidClasses("class \(index) is listed twice") }
        owner[index] = Int32(group)
        members.append(Int32(index))
      }
      starts.append(Int32(members.count))
    }
    count = groups.count
    names = groups.map { Int32($0[0]) }
    self.members = members
    self.starts = starts
    self.owner = owner
  }

  func position(of target: Int32) -> Int? {
    guard names != nil else { return target >= 0 && Int(target) < count ? Int(target) : nil }
    guard owner.indices.contains(Int(target)), owner[Int(target)] >= 0 else { return nil }
    return Int(owner[Int(target)])
  }

  func withScores(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
      guard let scores = buffer.baseAddress else { return }
      body(scores)
    }
  }

  /// Copies the competitors' logits out of the row of `logits` that begins at `offset`.
  func gather(
    _ logits: UnsafeBufferPointer<Float>, from offset: Int, into scores: UnsafeMutablePointer<Float>
  ) {
    guard names != nil else {
      for index in 0..<count { scores[index] = logits[offset + index] }
      return
    }
    members.withUnsafeBufferPointer { members in
      starts.withUnsafeBufferPointer { starts in
        for competitor in 0..<count {
          var best = logits[offset + Int(members[Int(starts[competitor])])]
          for position in Int(starts[competitor]) + 1..<Int(starts[competitor + 1]) {
            let value = logits[offset + Int(members[position])]
            // Not a number stays, so that it is noticed.
            if value > best || value.isNaN { best = value }
          }
          scores[competitor] = best
        }
      }
    }
  }

  func reduce(_ scores: UnsafeMutablePointer<Float>, target: Int32) -> Predictions.Row {
    let targetPosition = position(of: target) ?? 0
    let targetScore = scores[targetPosition]
    var best = 0
    var rank = 0
    var finite = true
    for index in 0..<count {
      let score = scores[index]
      if score > scores[best] { best = index }
      if score > targetScore || (score == targetScore && index < targetPosition) { rank += 1 }
      finite = finite && score.isFinite
    }
    let highest = Double(scores[best])
    var total = 0.0
    var squares = 0.0
    for index in 0..<count {
      let mass = exp(Double(scores[index]) - highest)
      total += mass
      squares += mass * mass
    }
    let logTarget = Double(targetScore) - highest - log(total)
    let nameOf = { (position: Int) in names.map { $0[position] } ?? Int32(position) }
    return Predictions.Row(
      target: nameOf(targetPosition), predicted: nameOf(best), targetRank: Int32(rank),
      confidence: finite ? 1 / total : .nan, targetLogProbability: logTarget,
      squaredError: squares / (total * total) - 2 * exp(logTarget) + 1)
  }
}
