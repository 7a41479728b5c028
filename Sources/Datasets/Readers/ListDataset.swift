import Foundation

/// Images named by a text file of lines `relative/path label`, split at the last space or tab.
///
/// A label is a class index, an identifier or a name. Paths are relative to the folder of the list, the data root or
/// the working directory: whichever has the first image.
public struct ListDataset: ImageDataset {
  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  /// The folder that paths are relative to.
  public let root: String
  private let relativePaths: [String]
  private let labelsByImage: [Int32]

  /// Longest list that is read, in bytes.
  static let largestList = 1 << 30

  /// Reads `file`; `roots` are the folders to try for its paths after the list's own.
  ///
  /// Without `classes`, whole-number labels name classes "0", "1", … and other labels are class names, sorted.
  public init(
    file: String, name: String, role: DatasetRole, classes: [DatasetClass]? = nil, roots: [String] = []
  ) throws(DatasetError) {
    guard DirectoryListing.exists(file) else {
      throw .notFound(
        what: "image list", path: file,
        advice: "it should be a text file with one 'relative/path label' a line")
    }
    let text = try FileReading.contents(of: file, limit: Self.largestList)
    var paths: [String] = []
    var labelTexts: [String] = []
    var lineNumbers: [Int] = []
    for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      guard let (path, label) = try Self.parse(line, file: file, number: number + 1) else { continue }
      paths.append(path)
      labelTexts.append(label)
      lineNumbers.append(number + 1)
    }
    guard let firstPath = paths.first else {
      throw .badList(file: file, line: 1, problem: "the list is empty; expected lines 'relative/path label'")
    }
    let candidates = [file.parentPath] + roots + ["."]
    guard let root = candidates.first(where: { DirectoryListing.exists($0.appendingPath(firstPath)) }) else {
      throw .notFound(
        what: "first image of \(file)", path: firstPath,
        advice:
          "looked below \(candidates.joined(separator: ", ")); give the folder it is relative to as data root"
      )
    }
    let resolved = try LabelTexts(labelTexts, classes: classes) { position, words in
      .badList(file: file, line: lineNumbers[position], problem: words)
    }
    self.name = name
    self.role = role
    self.root = root
    self.classes = resolved.classes
    labelsByImage = resolved.labels
    relativePaths = paths
  }

  public var count: Int { relativePaths.count }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String { relativePaths[index] }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    try FileReading.contents(of: root.appendingPath(relativePaths[index]), limit: FolderDataset.largestFile)
  }
  public func readAhead(at index: Int) { FileReading.readAhead(root.appendingPath(relativePaths[index])) }

  /// The path and label of a line, or nil for a blank one.
  private static func parse(
    _ line: Data, file: String, number: Int
  ) throws(DatasetError) -> (path: String, label: String)? {
    guard let text = String(validating: line, as: UTF8.self) else {
      throw .badList(file: file, line: number, problem: "it is not valid UTF-8 text")
    }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.isEmpty { return nil }
    guard let space = trimmed.lastIndex(where: { $0 == " " || $0 == "\t" }) else {
      throw .badList(file: file, line: number, problem: "there is no label; expected 'relative/path label'")
    }
    let path = trimmed[..<space].trimmingCharacters(in: .whitespaces)
    return (path, String(trimmed[trimmed.index(after: space)...]))
  }
}
