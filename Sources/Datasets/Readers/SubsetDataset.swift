import Foundation
import ImageCodec
import TensorCore

/// Some images of another dataset, with all its classes.
public struct SubsetDataset: ImageDataset {
  public let base: any ImageDataset
  /// Which images of the base, in the order of this dataset.
  public let indices: [Int]
  /// How the images were chosen, for a run's record.
  public let derivation: String
  public let name: String

  init(base: any ImageDataset, indices: [Int], derivation: String) {
    self.base = base
    self.indices = indices
    self.derivation = derivation
    name = base.name
  }

  public var role: DatasetRole { base.role }
  public var classes: [DatasetClass] { base.classes }
  public var count: Int { indices.count }
  public var leftOut: [String: Int] { base.leftOut }
  public var groups: ImageGroups? { base.groups?.of(indices) }
  public func label(at index: Int) -> Int { base.label(at: indices[index]) }
  public func path(at index: Int) -> String { base.path(at: indices[index]) }
  public func location(at index: Int) -> String { base.location(at: indices[index]) }
  public func bytes(at index: Int) throws(DatasetError) -> Data { try base.bytes(at: indices[index]) }
  public func file(at index: Int) throws(DatasetError) -> Data { try base.file(at: indices[index]) }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try base.image(from: bytes, at: indices[index])
  }
  public func source(at index: Int) -> ImageSource? { base.source(at: indices[index]) }
}

extension ImageDataset {
  /// The images at `indices`, in that order.
  public func subset(_ indices: [Int]) throws(DatasetError) -> SubsetDataset {
    if let bad = indices.first(where: { $0 < 0 || $0 >= count }) {
      throw .badRequest("there is no image \(bad) in dataset \(name), which has \(count)")
    }
    return SubsetDataset(base: self, indices: indices, derivation: "\(indices.count) chosen images")
  }

  /// Divides the images into two parts with the same mix of classes; the same seed gives the same parts.
  ///
  /// Each class gives `validationFraction` of its images, rounded, to validation, but keeps at least one for training
  /// and, if it has two or more, gives at least one. With one image a class, the validation part is empty.
  public func split(
    validationFraction: Double, seed: UInt64
  ) throws(DatasetError) -> (train: SubsetDataset, val: SubsetDataset) {
    guard validationFraction > 0, validationFraction < 1 else {
      throw .badRequest("a validation fraction lies between 0 and 1, not at \(validationFraction)")
    }
    var train: [Int] = []
    var val: [Int] = []
    let images = imagesByPath()
    for members in shuffledByClass(images.map(\.[0]), seed: SeededRandom.seed(seed, named: "split")) {
      let share = (Double(members.count) * validationFraction).rounded()
      let taken = min(max(Int(share), members.count > 1 ? 1 : 0), members.count - 1)
      val += members[..<taken]
      train += members[taken...]
    }
    // An image that a list names again goes where it goes.
    let again = Dictionary(images.map { ($0[0], $0) }, uniquingKeysWith: { first, _ in first })
    (train, val) = (train.flatMap { again[$0] ?? [$0] }, val.flatMap { again[$0] ?? [$0] })
    return (
      SubsetDataset(
        base: self, indices: train.sorted(),
        derivation: "train part, validation fraction \(validationFraction), seed \(seed)"),
      SubsetDataset(
        base: self, indices: val.sorted(),
        derivation: "val part, validation fraction \(validationFraction), seed \(seed)")
    )
  }

  /// `perClass` images of every class (all, where it has fewer); the same seed gives the same images.
  public func shots(perClass: Int, seed: UInt64) throws(DatasetError) -> SubsetDataset {
    guard perClass > 0 else { throw .badRequest("at least one image a class is needed, not \(perClass)") }
    let images = imagesByPath().map(\.[0])
    let chosen = shuffledByClass(images, seed: SeededRandom.seed(seed, named: "shots")).flatMap {
      $0.prefix(perClass)
    }
    return SubsetDataset(
      base: self, indices: chosen.sorted(), derivation: "\(perClass) images a class, seed \(seed)")
  }

  /// The classes that have images, but fewer than `shots(perClass:seed:)` would take.
  public func classes(withFewerThan shots: Int) -> [DatasetClass] {
    var counts = [Int](repeating: 0, count: classes.count)
    for images in imagesByPath() { counts[label(at: images[0])] += 1 }
    return zip(classes, counts).filter { $0.1 > 0 && $0.1 < shots }.map(\.0)
  }

  /// The images of each class in an order of chance that depends only on the seed and the class.
  private func shuffledByClass(_ indices: [Int], seed: UInt64) -> [[Int]] {
    var members = [[Int]](repeating: [], count: classes.count)
    for index in indices { members[label(at: index)].append(index) }
    return members.enumerated().filter { !$1.isEmpty }.map { label, images in
      var random = SeededRandom(seed, UInt64(label))
      return random.permutation(images.count).map { images[$0] }
    }
  }

  /// The indices of every image in order, several where its path is listed again; never empty.
  private func imagesByPath() -> [[Int]] {
    var places: [String: Int] = [:]
    var images: [[Int]] = []
    for index in 0..<count {
      let place = places[path(at: index), default: images.count]
      if place == images.count {
        places[path(at: index)] = place
        images.append([index])
      } else {
        images[place].append(index)
      }
    }
    return images
  }
}
