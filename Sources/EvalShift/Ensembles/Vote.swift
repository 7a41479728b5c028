import Foundation

/// One vote a model, of its weight, for its best class; ties are settled by the mean probability.
public struct Vote: EnsembleRule {
  public let name = "vote"
  public let summary = "one vote a model, ties by the mean probability"
  public let citation: String? = nil
  public let needs: Set<EnsembleNeed> = []
  public let givesProbabilities = false

  public init() {}

  /// The share of votes of each class, raised by next to nothing where a tie is won; classes without a vote are in
  /// order of their mean probability, far below all that have one.
  public func combine(_ inputs: EnsembleInputs) throws(EvaluationError) -> [Float] {
    let smallest = inputs.shares.filter { $0 > 0 }.min() ?? 1
    return inputs.eachImage { image in
      let probabilities = inputs.mixedProbabilities(of: image)
      let votes = inputs.weightedSum(of: image) { _, logits in
        var votes = [Double](repeating: 0, count: logits.count)
        var best = 0
        for (index, logit) in logits.enumerated() where logit > logits[best] { best = index }
        votes[best] = 1
        return votes
      }
      var scores = probabilities.map { Float($0 * smallest * 1e-3) }
      let elected = votes.indices.filter { votes[$0] > 0 }.sorted {
        (votes[$0], probabilities[$0]) < (votes[$1], probabilities[$1])
      }
      var below: (votes: Double, probability: Double, score: Float)?
      for index in elected {
        var score = Float(votes[index])
        if let below {
          // Apart by the last bit where they are apart at all.
          let isSame = below.votes == votes[index] && below.probability == probabilities[index]
          score = isSame ? below.score : max(score, below.score.nextUp)
        }
        scores[index] = score
        below = (votes[index], probabilities[index], score)
      }
      return scores
    }
  }
}
