import TensorCore

/// Changes of several models of which, in each place, those count that have the prevailing sign: the sign of the weighted sum.
final class SignElection: @unchecked Sendable {
  private let votes: ElementSums
  private let sums: ElementSums
  private let weights: ElementSums

  init(_ count: Int) {
    votes = ElementSums(count)
    sums = ElementSums(count)
    weights = ElementSums(count)
  }

  /// All vote before any is added.
  func vote(_ changes: Tensor, weight: Double) { votes.add(changes, times: weight) }

  /// Adds what agrees with the prevailing sign; 0 agrees with none.
  func add(_ changes: Tensor, weight: Double) {
    votes.each { [votes, sums, weights] range in
      let input = changes.floats
      for i in range {
        let change = weight * Double(input[i])
        guard change != 0, (change > 0) == (votes.values[i] >= 0) else { continue }
        sums.values[i] += change
        weights.values[i] += weight
      }
    }
  }

  /// The sum of what agrees.
  var sum: ElementSums { sums }

  /// Divides the sum by the weights of what was added to it; 0 stays where nothing agreed.
  func divideByWeights() {
    sums.each { [sums, weights] range in
      for i in range where weights.values[i] != 0 { sums.values[i] /= weights.values[i] }
    }
  }
}
