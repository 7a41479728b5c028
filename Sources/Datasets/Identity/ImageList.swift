import Checkpoint
import Foundation
import TensorCore

/// Which images a set has: path, class and content of each, in order.
///
/// Two sets are compared by content, so that a copy, a link or another name of an image is the same image. A run keeps
/// its lists as `images/*.tsv`.
public struct ImageList: Sendable, Equatable {
  /// One image.
  public struct Entry: Sendable, Equatable {
    /// As the dataset shows it.
    public let path: String
    /// Identifier of its class.
    public let classID: String
    /// SHA-256 of the encoded file, in lower-case hexadecimal digits.
    public let sha256: String

    public init(path: String, classID: String, sha256: String) {
      self.path = path
      self.classID = classID
      self.sha256 = sha256
    }
  }

  public let entries: [Entry]
  /// Names the set whatever the order of its images: SHA-256 over the sorted lines `sha256<TAB>class`.
  public let sha256: String

  public init(_ entries: [Entry]) {
    self.entries = entries
    let lines = entries.map { "\($0.sha256)\t\(TabSeparated.escaped($0.classID))\n" }
    sha256 = ContentHash.sha256(of: Data(lines.sorted(by: String.bytewise).joined().utf8))
  }

  /// Names images by their content and their order: of what is computed of them row by row.
  public static func orderedKey(_ entries: some Sequence<Entry>) -> String {
    ContentHash.sha256(of: Data(entries.lazy.map(\.sha256).joined(separator: "\n").utf8))
  }

  /// An entry for each image of a range, whose files are read in parallel.
  public static func entries(
    of dataset: any ImageDataset, in range: Range<Int>
  ) throws(DatasetError) -> [Entry] {
    var hashes = [String](repeating: "", count: range.count)
    let files = ReadAhead(dataset)
    files.announce(Array(range))
    try hashes.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
      nonisolated(unsafe) let slots = buffer
      try parallelForEach(count: range.count) { (index) throws(DatasetError) in
        slots[index] = ContentHash.sha256(of: try files.take(range.lowerBound + index))
      }
    }
    let classes = dataset.classes
    return zip(range, hashes).map { index, hash in
      Entry(path: dataset.path(at: index), classID: classes[dataset.label(at: index)].id, sha256: hash)
    }
  }

  public var count: Int { entries.count }
  public var hashes: Set<String> { Set(entries.map(\.sha256)) }

  /// Its images whose content is among `hashes`.
  public func images(in hashes: Set<String>) -> [Entry] { entries.filter { hashes.contains($0.sha256) } }

  /// Images of one content that are listed under several classes; nil where there are none.
  public var contradictions: ContradictingLabels? {
    var firsts: [String: Entry] = [:]
    var contradicted: Set<String> = []
    var example: (Entry, Entry)?
    for entry in entries {
      guard let first = firsts[entry.sha256] else {
        firsts[entry.sha256] = entry
        continue
      }
      guard first.classID != entry.classID, contradicted.insert(entry.sha256).inserted else { continue }
      example = example ?? (first, entry)
    }
    return example.map {
      ContradictingLabels(count: contradicted.count, example: [$0.0.path, $0.1.path])
    }
  }

  /// Finds the listed images in a dataset, by path, in the order of the list.
  ///
  /// Throws if one is not there, or if its class is another.
  public func select(from dataset: any ImageDataset) throws(DatasetError) -> SubsetDataset {
    var places: [String: Int] = [:]
    for index in 0..<dataset.count { places[dataset.path(at: index)] = index }
    let classes = dataset.classes
    var indices: [Int] = []
    for entry in entries {
      guard let index = places[entry.path] else {
        throw .changed(
          dataset: dataset.name,
          problem:
            "\(entry.path), which the run was made with, is not there any more; put it back, or say where the run's data "
            + "lie now (--training-data)")
      }
      guard classes[dataset.label(at: index)].id == entry.classID else {
        throw .changed(
          dataset: dataset.name,
          problem:
            "\(entry.path) was of class \(entry.classID) and is of class \(classes[dataset.label(at: index)].id) now"
        )
      }
      indices.append(index)
    }
    return try dataset.subset(indices)
  }

  /// Throws unless `current`, which are the images of `dataset`, has the same content, image by image.
  public func verify(_ current: ImageList, of dataset: any ImageDataset) throws(DatasetError) {
    for (index, (before, now)) in zip(entries, current.entries).enumerated()
    where before.sha256 != now.sha256 {
      throw .changed(
        dataset: dataset.name,
        problem:
          "\(dataset.location(at: index)) has changed since the run was made with it; put back the file that it was, "
          + "or train the run anew")
    }
  }
}

/// A list as text: a heading, then `path<TAB>class<TAB>sha256` a line.
extension ImageList {
  private static let heading = "path\tclass\tsha256\n"

  public var tabSeparated: String {
    Self.heading
      + entries.map {
        "\(TabSeparated.escaped($0.path))\t\(TabSeparated.escaped($0.classID))\t\($0.sha256)\n"
      }.joined()
  }

  /// A list of ImageNet has some 150 MB.
  private static let largestFile = 1 << 31

  /// Reads a file that holds what `tabSeparated` gives.
  public init(contentsOf file: URL) throws {
    try self.init(tabSeparated: InputFile.read(file, limit: Self.largestFile), file: file.path)
  }

  /// Reads what `tabSeparated` gives; `file` is for errors.
  public init(tabSeparated data: Data, file: String) throws(DatasetError) {
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .badList(file: file, line: 1, problem: "it is not valid UTF-8 text")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.removeFirst() + "\n" == Self.heading, lines.popLast() == "" else {
      throw .badList(file: file, line: 1, problem: "it is no whole list of images: path, class and sha256")
    }
    var entries: [Entry] = []
    entries.reserveCapacity(lines.count)
    for (number, line) in lines.enumerated() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(TabSeparated.unescaped)
      guard fields.count == 3, fields[2].utf8.count == 64 else {
        throw .badList(
          file: file, line: number + 2, problem: "it is not a path, a class and a SHA-256, separated by tabs")
      }
      entries.append(Entry(path: fields[0], classID: fields[1], sha256: fields[2]))
    }
    self.init(entries)
  }
}

/// Fields of lines that tabs separate: what would end one is written with a backslash.
enum TabSeparated {
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x5C || $0 < 0x20 }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func unescaped(_ field: Substring) -> String {
    guard field.utf8.contains(0x5C) else { return String(field) }
    var result = ""
    var scalars = field.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "\\", let next = scalars.next() else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch next {
      case "t": result += "\t"
      case "n": result += "\n"
      case "r": result += "\r"
      default: result.unicodeScalars.append(next)
      }
    }
    return result
  }
}
