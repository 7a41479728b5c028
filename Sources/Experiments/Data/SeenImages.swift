import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import Training

/// Images that a model has been trained and selected on, which it takes along where it is exported: `images/train.tsv` and
/// `images/validation.tsv` in its folder, `NAME-images/` beside a file of weights.
public struct SeenImages: Sendable, Equatable {
  public let train: ImageList
  public let selection: ImageList
  private let trainHashes: Set<String>
  private let selectionHashes: Set<String>

  public init(train: ImageList, selection: ImageList) {
    self.train = train
    self.selection = selection
    trainHashes = train.hashes
    selectionHashes = selection.hashes
  }

  /// Which images of a set were trained or selected on, known by their content.
  public func overlaps(with list: ImageList) -> SetOverlaps {
    SetOverlaps(train: list.images(in: trainHashes).count, selection: list.images(in: selectionHashes).count)
  }

  private static let trainName = "train.tsv"
  private static let selectionName = "validation.tsv"

  /// Where the lists of a model are written, which is a folder or, if it is called so, a file of weights.
  static func folder(of model: URL) -> URL {
    guard ModelLayout.isFile(model) else { return model.appendingPathComponent(RunFolder.imagesFolder) }
    let stem = model.deletingPathExtension().lastPathComponent
    return model.deletingLastPathComponent().appendingPathComponent("\(stem)-\(RunFolder.imagesFolder)")
  }

  /// Those of a model; nil where it brings no lists. Throws if only one is there, or one cannot be read.
  public static func of(model place: URL) throws -> SeenImages? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else { return nil }
    let inside = isFolder.boolValue ? place : ModelFiles.folder(ofWeights: place)
    let folders = [inside?.appendingPathComponent(RunFolder.imagesFolder), folder(of: place)].compactMap {
      $0
    }
    for folder in folders {
      let files = [trainName, selectionName].map(folder.appendingPathComponent)
      guard files.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else { continue }
      return SeenImages(
        train: try ImageList(contentsOf: files[0]), selection: try ImageList(contentsOf: files[1]))
    }
    return nil
  }

  /// Those of a model and of an adapter that is folded into it, together; nil where neither brings lists.
  public static func of(model place: URL, adapter: URL?) throws -> SeenImages? {
    let lists = try [of(model: place), adapter.flatMap { try of(model: $0) }].compactMap { $0 }
    guard let first = lists.first else { return nil }
    return lists.dropFirst().reduce(first) { $0.joined(with: $1) }
  }

  /// Those of several models together; nil where none brings lists.
  public static func of(models places: [URL]) throws -> SeenImages? {
    union(try places.map { try of(model: $0) })
  }

  /// What either has seen.
  func joined(with other: SeenImages) -> SeenImages {
    SeenImages(
      train: ImageList(train.entries + other.train.entries),
      selection: ImageList(selection.entries + other.selection.entries))
  }

  /// What any of several has seen, each image of a class once; nil where none brings lists.
  static func union(_ all: [SeenImages?]) -> SeenImages? {
    let lists = all.compactMap { $0 }
    guard !lists.isEmpty else { return nil }
    func union(_ lists: [ImageList]) -> ImageList {
      var known: Set<[String]> = []
      return ImageList(lists.flatMap(\.entries).filter { known.insert([$0.sha256, $0.classID]).inserted })
    }
    return SeenImages(train: union(lists.map(\.train)), selection: union(lists.map(\.selection)))
  }

  /// Writes both lists for a model at `place`.
  public func write(beside place: URL) throws {
    let folder = Self.folder(of: place)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
    try AtomicFile.write(train.tabSeparated, to: folder.appendingPathComponent(Self.trainName))
    try AtomicFile.write(selection.tabSeparated, to: folder.appendingPathComponent(Self.selectionName))
  }
}
