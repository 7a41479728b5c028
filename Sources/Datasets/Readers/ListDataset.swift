import Foundation
import ImageCodec

/// Images that a file names, each with its label: a class index, an identifier or a name.
///
/// Paths are absolute (`~` is the home folder), or relative to the folder of the file, the data root or the working
/// directory: whichever has the first image.
public struct ListDataset: ImageDataset {
  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  /// The folder that paths are relative to.
  public let root: String
  public let leftOut: [String: Int]
  public let groups: ImageGroups?
  private let relativePaths: [String]
  private let labelsByImage: [Int32]

  /// The images of `lines`, which `file` has; `roots` are the folders to try for their paths after the file's own, or `folder`
  /// is the only one. `leftOut` has been left out already.
  ///
  /// Every image must be there; with `allowPartial`, those that are not are left out. Without `classes`, whole-number labels
  /// name classes "0", "1", … and other labels are class names, sorted.
  init(
    _ lines: [ListLine], file: String, expecting form: String, name: String, role: DatasetRole,
    classes: [DatasetClass]?, roots: [String] = [], splitsAtSpaces: Bool = false,
    firstLabel: Int = 0, allowPartial: Bool = false, folder: String? = nil, leftOut: [String: Int] = [:]
  ) throws(DatasetError) {
    var lines = lines
    func tabAdvice(_ line: ListLine) -> String {
      splitsAtSpaces && line.path.contains(" ") ? "; a label with spaces needs a tab before it" : ""
    }
    guard let first = lines.first else {
      throw .badList(file: file, line: 1, problem: "it names no images; expected \(form)")
    }
    var places: Set<String> = []
    let candidates = (folder.map { [$0] } ?? [file.parentPath] + roots + ["."]).filter {
      places.insert($0.absolutePath).inserted
    }
    guard let root = candidates.first(where: { DirectoryListing.exists($0.appendingPath(first.path)) }) else {
      throw .notFound(
        what: "first image of \(file)", path: first.path,
        advice:
          "looked below \(candidates.joined(separator: ", ")); give the folder it is relative to as data root"
          + (first.number == 1 ? ", or remove the line if it is a heading" : "") + tabAdvice(first)
      )
    }
    let missing = lines.filter { !DirectoryListing.isFile(root.appendingPath($0.path)) }
    if let one = missing.first, !allowPartial || missing.count == lines.count {
      throw .notFound(
        what: "\(missing.count) of \(lines.count) images of \(file)",
        path: "\(root.appendingPath(one.path)) (line \(one.number)) and so on",
        advice: "put them there, remove their lines, or pass --allow-partial, which leaves them out"
          + tabAdvice(one))
    }
    if !missing.isEmpty {
      let numbers = Set(missing.map(\.number))
      lines.removeAll { numbers.contains($0.number) }
    }
    let resolved = try LabelTexts(lines.map(\.label), classes: classes, first: firstLabel) {
      position, words in
      .badList(file: file, line: lines[position].number, problem: words)
    }
    try Self.requireOneLabel(lines, resolved.labels, file: file)
    self.name = name
    self.role = role
    self.root = root
    self.classes = resolved.classes
    labelsByImage = resolved.labels
    relativePaths = lines.map(\.path)
    let named = lines.compactMap(\.group)
    groups = named.count == lines.count ? ImageGroups(named) : nil
    var leftOut = leftOut
    leftOut.count(LeftOutFiles.missing, missing.count)
    self.leftOut = leftOut
  }

  public var count: Int { relativePaths.count }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String { relativePaths[index] }
  public func location(at index: Int) -> String { root.appendingPath(relativePaths[index]).absolutePath }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    try FileReading.contents(of: root.appendingPath(relativePaths[index]), limit: FolderDataset.largestFile)
  }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try decoded(bytes, at: index)
  }
  public func source(at index: Int) -> ImageSource? {
    ImageSource(file: root.appendingPath(relativePaths[index]))
  }

  /// Throws if a path is named with two labels. Named again with the same, an image counts as often: lists are written so
  /// to weigh images.
  private static func requireOneLabel(
    _ lines: [ListLine], _ labels: [Int32], file: String
  ) throws(DatasetError) {
    var firstPosition: [String: Int] = [:]
    for (position, line) in lines.enumerated() {
      let path = normal(line.path)
      guard let first = firstPosition[path] else {
        firstPosition[path] = position
        continue
      }
      guard labels[first] == labels[position] else {
        throw .badList(
          file: file, line: line.number,
          problem: "\(line.path) has another label than in line \(lines[first].number) already; give it one")
      }
    }
  }

  /// A path without `.` and doubled slashes.
  private static func normal(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

}
