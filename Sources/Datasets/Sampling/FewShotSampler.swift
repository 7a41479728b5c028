/// Few images of each class, the same that CoOp (Zhou et al. 2022) and what was built on it train on.
///
/// As in its public code (`generate_fewshot_dataset` of Dassl.pytorch, called by CoOp's datasets): Python's generator is
/// seeded once; classes come in the order in which they first appear; of a class with at least as many images as wanted,
/// `random.sample` chooses, so that even all of them come in an order of chance; of a class with fewer, all are taken as
/// they are listed, and nothing is drawn. The training images are drawn first, then those for validation.
///
/// The images are those of CoOp only where the labels are in its order: that of `split_zhou_*.json`. CoOp draws from all
/// classes and divides them into base and new ones afterwards. It reads `--seed 0` as no seed: its seeds begin at 1.
public struct FewShotSampler: Sendable {
  /// Training images of each class.
  public let shots: Int
  public let seed: Int

  /// Throws where no image is asked for.
  public init(shots: Int, seed: Int) throws(DatasetError) {
    guard shots > 0 else { throw .badRequest("at least one image a class is needed, not \(shots)") }
    self.shots = shots
    self.seed = seed
  }

  /// Images of each class for validation: as many as for training, but four at most.
  public var validationShots: Int { min(shots, 4) }

  /// Which images are chosen, as indices into the labels given, class by class in the order drawn.
  ///
  /// CoOp validates on ImageNet's test images and draws none for it: leave `validation` empty there.
  public func sample(
    train: some Sequence<Int>, validation: some Sequence<Int> = EmptyCollection<Int>()
  ) -> (train: [Int], validation: [Int]) {
    var random = MersenneTwister(seed: seed)
    let chosen = Self.draw(shots, of: train, &random)
    return (chosen, Self.draw(validationShots, of: validation, &random))
  }

  private static func draw(
    _ shots: Int, of labels: some Sequence<Int>, _ random: inout MersenneTwister
  ) -> [Int] {
    imagesByClass(labels).flatMap { images in
      images.count < shots ? images : random.sample(shots, of: images.count).map { images[$0] }
    }
  }

  /// The indices of each class's images, classes in the order in which they first appear.
  private static func imagesByClass(_ labels: some Sequence<Int>) -> [[Int]] {
    var places: [Int: Int] = [:]
    var images: [[Int]] = []
    for (index, label) in labels.enumerated() {
      let place = places[label, default: images.count]
      if place == images.count {
        places[label] = place
        images.append([])
      }
      images[place].append(index)
    }
    return images
  }
}
