import Checkpoint
import Datasets
import EvalShift
import Foundation
import Training

/// The images that a run trains on, is selected on, and is meant to be tested on.
public struct RunImages: Sendable, Equatable {
  public let train: ImageList
  /// Empty where there are too few images to keep any for validation.
  public let validation: ImageList
  /// The test split of the data that were trained on; nil where they have none.
  public let test: ImageList?
  /// What the model was trained and selected on before the run began from it; nil where that is not known, or nothing.
  public let earlier: SeenImages?

  public init(train: ImageList, validation: ImageList, test: ImageList?, earlier: SeenImages? = nil) {
    self.train = train
    self.validation = validation
    self.test = test
    self.earlier = earlier
  }

  /// The same for a model that was fine-tuned before.
  func following(_ earlier: SeenImages?) -> RunImages {
    RunImages(train: train, validation: validation, test: test, earlier: earlier)
  }

  /// All that a model that comes of the run has seen.
  public var seen: SeenImages {
    let own = SeenImages(train: train, selection: validation)
    return earlier.map(own.joined) ?? own
  }

  /// Throws unless the validation images, which were named, are none of the training images.
  func requireOwnValidation() throws(DatasetError) {
    let shared = validation.images(in: train.hashes)
    guard let first = shared.first else { return }
    throw .overlap(
      "\(shared.count) of the \(validation.count) validation images are training images as well, the first being "
        + "\(first.path): name other images with --val, or pass --allow-overlap, which marks every number that they touch"
    )
  }

  /// What is to be said of training images that teach two classes at once.
  func contradictionNotes(of name: String) -> [String] {
    train.contradictions.map { ["\(name): \($0.words)"] } ?? []
  }

  /// What is to be said of splits that come with the data and share images: training can go on, but what is scored on
  /// such images is refused or marked.
  var overlapNotes: [String] {
    var pairs = [(validation, "validation", train, "training")]
    if let test { pairs += [(test, "test", train, "training"), (test, "test", validation, "validation")] }
    return pairs.compactMap { list, name, other, otherName in
      let shared = list.images(in: other.hashes)
      return shared.first.map {
        "\(shared.count) of the \(list.count) \(name) images are \(otherName) images as well, the first being \($0.path): "
          + "scores on them say nothing about new images; they are refused without --allow-overlap, and marked with it"
      }
    }
  }
}

extension RunFolder {
  private enum Part: String, CaseIterable {
    case train, validation, test
    case earlierTrain = "earlier-train"
    case earlierSelection = "earlier-validation"
  }

  static let imagesFolder = "images"

  private func imagesFile(_ part: Part) -> URL {
    url.appendingPathComponent("\(Self.imagesFolder)/\(part.rawValue).tsv")
  }

  /// Whether the folder of lists holds nothing else.
  var holdsOnlyLists: Bool {
    let folder = url.appendingPathComponent(Self.imagesFolder)
    let lists = Set(Part.allCases.map { imagesFile($0).lastPathComponent })
    guard FileManager.default.fileExists(atPath: folder.path) else { return true }
    // What cannot be listed is not known to be the run's.
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return false }
    return names.allSatisfy { lists.contains($0) || TemporaryFiles.isTemporary($0) }
  }

  /// Writes `images/train.tsv`, `images/validation.tsv` and, where there are test images, `images/test.tsv`; of a model that
  /// was fine-tuned before, `images/earlier-train.tsv` and `images/earlier-validation.tsv`.
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
    if let earlier = images.earlier {
      try AtomicFile.write(earlier.train.tabSeparated, to: imagesFile(.earlierTrain))
      try AtomicFile.write(earlier.selection.tabSeparated, to: imagesFile(.earlierSelection))
    }
  }

  /// The lists of a run, which are those that its record names by their hashes.
  public func images(_ data: RunRecord.Data) throws -> RunImages {
    func list(_ part: Part, _ recorded: RunRecord.Data.Images) throws -> ImageList {
      let file = imagesFile(part)
      let remedy = "put back the run's own file, or train the run anew"
      let list = try OwnFile.reading(file, remedy: remedy) { try ImageList(contentsOf: file) }
      guard list.sha256 == recorded.sha256, list.count == recorded.n else {
        throw TrainingError.badCheckpoint(
          file: file.path,
          problem:
            "it is not the list of images that run.json names; put back the run's own file, or train the run anew"
        )
      }
      return list
    }
    return RunImages(
      train: try list(.train, data.train), validation: try list(.validation, data.validation),
      test: try data.test.map { try list(.test, $0) },
      earlier: try data.earlier.map {
        SeenImages(
          train: try list(.earlierTrain, $0.train), selection: try list(.earlierSelection, $0.selection))
      })
  }
}
