import Foundation

/// `split:FILE`: a split file of CoOp (Zhou et al. 2022), `split_zhou_*.json`: `{"train": [["path", label, "class"], …],
/// "val": …, "test": …}`.
///
/// Classes are those of all its splits, in the order of their labels, underscores in their names read as spaces.
public struct SplitFile: DatasetLayout {
  public static let prefix = "split"
  public static let form = "FILE.json"
  public static let suffixes = [".json"]
  public let path: String

  public init(argument: String) { path = argument.expandingHome }

  public var argument: String { path }
  public var absolute: SplitFile { SplitFile(argument: path.standardizedPath) }

  /// Where CoOp's eleven datasets have their images, beside the file.
  private static let imageFolders = [
    "images", "jpg", "101_ObjectCategories", "SUN397", "2750", "UCF-101-midframes",
  ]
  private static let largestFile = 1 << 28

  private struct Entry: Decodable {
    let path: String
    let label: Int
    let className: String

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      path = try fields.decode(String.self)
      label = try fields.decode(Int.self)
      className = try fields.decode(String.self).replacing("_", with: " ")
    }
  }

  public static func expectation(of manifest: DatasetManifest) -> String { "its split file" }

  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> { Set(try read().keys) }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    let splits = try read()
    guard let entries = splits[request.split] else {
      throw .badList(
        file: path, line: 1,
        problem: "it has no \(request.split.rawValue) split, only "
          + DatasetSplit.allCases.filter { splits[$0] != nil }.map(\.rawValue).joined(separator: ", "))
    }
    guard !entries.isEmpty else {
      throw .badList(
        file: path, line: 1,
        problem: "its \(request.split.rawValue) split names no images; fill it, or remove its key")
    }
    let names = try classNames(splits)
    let order = names.keys.sorted()
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let known = request.classes ?? order.compactMap { names[$0].map { DatasetClass(id: $0, name: $0) } }
    let lines = entries.enumerated().map { index, entry in
      // Positions of its own classes, names of given ones.
      let label = request.classes == nil ? String(places[entry.label] ?? 0) : entry.className
      return ListLine(number: index + 1, path: entry.path.expandingHome, label: label)
    }
    let folder = path.parentPath
    return try ListDataset(
      lines, file: path, expecting: "[path, label, class] in a split", name: request.name, role: request.role,
      classes: known, roots: Self.imageFolders.map(folder.appendingPath) + request.roots,
      allowPartial: request.allowsPartial, folder: request.root)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "split file", path: path, advice: "it should be a JSON file such as split_zhou_OxfordPets.json")
  }

  private func read() throws(DatasetError) -> [DatasetSplit: [Entry]] {
    try requirePresence()
    let data = try FileReading.contents(of: path, limit: Self.largestFile)
    let all: [String: [Entry]]
    do {
      all = try JSONDecoder().decode([String: [Entry]].self, from: data)
    } catch {
      throw .badList(
        file: path, line: 1,
        problem:
          "it is no split file: expected {\"train\": [[\"path\", label, \"class\"], …], \"val\": …, \"test\": …}"
      )
    }
    var splits: [DatasetSplit: [Entry]] = [:]
    for (name, entries) in all {
      guard let split = DatasetSplit(rawValue: name) else {
        throw .badList(file: path, line: 1, problem: "'\(name)' is no split; they are train, val and test")
      }
      splits[split] = entries
    }
    guard !splits.isEmpty else { throw .badList(file: path, line: 1, problem: "it has no split") }
    return splits
  }

  /// By label.
  private func classNames(_ splits: [DatasetSplit: [Entry]]) throws(DatasetError) -> [Int: String] {
    var names: [Int: String] = [:]
    for entry in splits.values.joined() {
      guard let other = names.updateValue(entry.className, forKey: entry.label), other != entry.className
      else { continue }
      throw .badList(
        file: path, line: 1,
        problem:
          "label \(entry.label) is called \(min(other, entry.className)) and \(max(other, entry.className))")
    }
    var labels: [String: Int] = [:]
    for (label, name) in names.sorted(by: { $0.key < $1.key }) {
      guard let other = labels.updateValue(label, forKey: name) else { continue }
      throw .badList(
        file: path, line: 1, problem: "labels \(other) and \(label) are both called \(name); correct one")
    }
    return names
  }
}
