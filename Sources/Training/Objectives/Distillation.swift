import TensorCore

/// T² · cross entropy of logits / T to the teacher's probabilities at T, over every table of logits (Hinton et al. 2015).
struct LogitDistillation: ObjectiveTerm {
  let strength: Float
  let temperature: Float

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    let costs = zip(forwarded.logits, opinions.ofTeacher.logits).map { own, teacher in
      (1 / temperature * own).crossEntropy(distribution: (1 / temperature * teacher).value.softmax())
    }
    let sum = costs.dropFirst().reduce(costs[0]) { $0 + $1 }
    return strength * temperature * temperature * sum
  }
}

/// Mean squared distance to the teacher's embeddings.
struct FeatureDistillation: ObjectiveTerm {
  let strength: Float

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    strength * forwarded.embeddings.meanSquaredDistance(to: opinions.ofTeacher.embeddings.value)
  }
}
