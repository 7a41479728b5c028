import TensorCore

/// Patch dropout (Li et al. 2023, FLIP), as open_clip does it: in training, a random part of each image's patches is left
/// out before the first norm; the class token stays.
package struct PatchDropout {
  /// How many of the patches are left out: 0 up to, but not including, 1.
  package let probability: Double

  package init(probability: Double) { self.probability = probability }

  /// One at least.
  package func keptCount(of patches: Int) -> Int { max(1, Int(Double(patches) * (1 - probability))) }

  /// Which of 0..<patches stay, in order; they depend on the image's seed only.
  package func kept(of patches: Int, seed: UInt64) -> [Int] {
    var random = SeededRandom(seed)
    return random.permutation(patches).prefix(keptCount(of: patches)).sorted()
  }

  /// tokens: [batch, 1 + patches, width], a seed for each image → [batch, 1 + kept, width].
  package func callAsFunction(_ tokens: Variable, seeds: [UInt64]) -> Variable {
    guard probability > 0 else { return tokens }
    let (batch, count, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2])
    precondition(seeds.count == batch, "a seed for each image")
    let index = seeds.enumerated().flatMap { image, seed in
      ([0] + kept(of: count - 1, seed: seed).map { 1 + $0 }).map { Int32(image * count + $0) }
    }
    return tokens.reshaped([batch * count, width])
      .gatherRows(Tensor(index, shape: [batch, index.count / max(1, batch)]))
  }
}
