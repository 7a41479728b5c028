import Checkpoint
import Datasets
import EvalShift
import Foundation

/// The images that a run trains on, is selected on, and is meant to be tested on.
public struct RunImages: Sendable, Equatable {
  public let train: ImageList
  /// Empty where there are too few images to keep any for validation.
  public let validation: ImageList
  /// The test split of the data that were trained on; nil where they have none.
  public let test: ImageList?

  public init(train: ImageList, validation: ImageList, test: ImageList?) {
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// Which images of a set were trained or selected on, known by their content.
  public func overlaps(with list: ImageList) -> SetOverlaps {
    SetOverlaps(
      train: list.images(in: train.hashes).count, selection: list.images(in: validation.hashes).count)
  }

  /// Throws unless validation and test images are none of the training images, and test images none of validation.
  func requireDisjoint() throws(DatasetError) {
    let trained = train.hashes
    try Self.require(validation, "validation", isDisjointFrom: trained, "training", advice: "with --val")
    if let test {
      try Self.require(test, "test", isDisjointFrom: trained, "training", advice: "for testing")
      try Self.require(
        test, "test", isDisjointFrom: validation.hashes, "validation", advice: "with --val")
    }
  }

  private static func require(
    _ list: ImageList, _ name: String, isDisjointFrom others: Set<String>, _ other: String, advice: String
  ) throws(DatasetError) {
    let shared = list.images(in: others)
    guard let first = shared.first else { return }
    throw .overlap(
      "\(shared.count) of the \(list.count) \(name) images are \(other) images as well, the first being \(first.path): "
        + "name other images \(advice), or pass --allow-overlap, which marks every number that they touch")
  }
}

extension RunFolder {
  private enum Part: String { case train, validation, test }

  static let imagesFolder = "images"

  private func imagesFile(_ part: Part) -> URL {
    url.appendingPathComponent("\(Self.imagesFolder)/\(part.rawValue).tsv")
  }

  /// Writes `images/train.tsv`, `images/validation.tsv` and, where there are test images, `images/test.tsv`.
  func write(_ images: RunImages) throws {
    do {
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent(Self.imagesFolder), withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: url.path + "/images", reason: "the folder cannot be made")
    }
    try AtomicFile.write(images.train.tabSeparated, to: imagesFile(.train))
    try AtomicFile.write(images.validation.tabSeparated, to: imagesFile(.validation))
    if let test = images.test { try AtomicFile.write(test.tabSeparated, to: imagesFile(.test)) }
  }

  /// The lists of a run, which are those that its record names by their hashes.
  public func images(_ data: RunRecord.Data) throws -> RunImages {
    func list(_ part: Part, _ recorded: RunRecord.Data.Images) throws -> ImageList {
      let file = imagesFile(part)
      let list = try ImageList(tabSeparated: InputFile.read(file), file: file.path)
      guard list.sha256 == recorded.sha256, list.count == recorded.n else {
        throw TrainingError.badCheckpoint(
          file: file.path, problem: "it is not the list of images that run.json names")
      }
      return list
    }
    return RunImages(
      train: try list(.train, data.train), validation: try list(.validation, data.validation),
      test: try data.test.map { try list(.test, $0) })
  }
}
