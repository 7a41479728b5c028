import Checkpoint
import Foundation

/// `npy:FILE?labels=FILE`: an array of images, [N, height, width, 3] bytes, and one of their labels, as CIFAR-10.1 and CIFAR-10-C
/// come.
///
/// `rows=A:B` reads the rows from A on and before B of both: CIFAR-10-C has its five severities one after another.
public struct ArrayFile: DatasetLayout {
  public static let prefix = "npy"
  public static let form = "FILE.npy?labels=FILE.npy"
  public static let suffixes = [".npy"]

  private enum Choice: String, CaseIterable, Sendable { case labels, rows }

  private let query: PathQuery<Choice>
  private let labels: String
  private let rows: Range<Int>?

  public init(argument: String) throws(DatasetError) {
    query = try PathQuery(argument, of: Self.self)
    func problem(_ advice: String) -> DatasetError { .badSpecifier(text: "npy:" + argument, advice: advice) }
    guard let labels = query[.labels] else {
      throw problem("say which file has the labels: npy:\(Self.form)")
    }
    self.labels = labels.expandingHome
    rows = try query[.rows].map { (text) throws(DatasetError) in
      let bounds = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard bounds.count == 2, let first = bounds[0], let end = bounds[1], first >= 0, first < end else {
        throw problem("rows= is written as 20000:30000, the first row and the one behind the last")
      }
      return first..<end
    }
  }

  private init(_ query: PathQuery<Choice>, rows: Range<Int>?) {
    (self.query, self.rows) = (query, rows)
    labels = query[.labels]?.expandingHome ?? ""
  }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: ArrayFile {
    ArrayFile(query.absolute(.labels), rows: rows)
  }

  public static func expectation(of manifest: DatasetManifest) -> String { "its array of images" }

  public func splits(classes: [String]?) -> Set<DatasetSplit> { [] }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try requirePresence()
    let places =
      [labels, path.parentPath.appendingPath(labels)] + request.roots.map { $0.appendingPath(labels) }
    guard let file = places.first(where: DirectoryListing.exists) else {
      throw .notFound(
        what: "array of labels", path: labels,
        advice: "looked for \(places.joined(separator: ", ")); say where it is with labels=FILE")
    }
    let images: NpyFile
    let answers: NpyFile
    do throws(CheckpointError) {
      (images, answers) = (try NpyFile(path), try NpyFile(file))
    } catch {
      throw DatasetError(error)
    }
    return try ArrayDataset(
      images: images, labels: answers, rows: rows, name: request.name, role: request.role,
      classes: request.classes)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "array of images", path: path, advice: "it should be a .npy file of bytes, [N, height, width, 3]")
  }
}
