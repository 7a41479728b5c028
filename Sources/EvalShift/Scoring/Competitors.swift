import Foundation

/// The classes of a head that compete for an image: all, a subset, or groups of which the highest logit counts.
struct Competitors: Sendable {
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

  /// The logits of the competitors, [N, count], out of `logits` [N, C].
  func gathered(_ logits: [Float], width: Int) -> [Float] {
    guard names != nil else { return logits }
    let images = logits.count / width
    return [Float](unsafeUninitializedCapacity: images * count) { output, initialized in
      logits.withUnsafeBufferPointer { logits in
        for image in 0..<images {
          for competitor in 0..<count {
            output[image * count + competitor] = score(competitor, logits, from: image * width)
          }
        }
      }
      initialized = images * count
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

  /// The logit by which a competitor competes, out of the row of `logits` that begins at `offset`.
  func score(_ competitor: Int, _ logits: UnsafeBufferPointer<Float>, from offset: Int) -> Float {
    guard names != nil else { return logits[offset + competitor] }
    var best = -Float.infinity
    for position in Int(starts[competitor])..<Int(starts[competitor + 1]) {
      best = max(best, logits[offset + Int(members[position])])
    }
    return best
  }

  func reduce(
    _ scores: UnsafeMutablePointer<Float>, target: Int32, temperature: Double?
  ) -> Predictions.Reduced {
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
    let row = Predictions.Row(
      target: nameOf(targetPosition), predicted: nameOf(best), targetRank: Int32(rank),
      confidence: finite ? 1 / total : .nan, targetLogProbability: logTarget,
      squaredError: squares / (total * total) - 2 * exp(logTarget) + 1, energy: highest + log(total))
    guard let temperature else { return Predictions.Reduced(row: row) }
    var scaled = 0.0
    for index in 0..<count { scaled += exp((Double(scores[index]) - highest) / temperature) }
    return Predictions.Reduced(
      row: row, scaledConfidence: 1 / scaled,
      scaledLogProbability: (Double(targetScore) - highest) / temperature - log(scaled))
  }
}
