import Checkpoint
import Foundation

/// Writes datasets as class folders, `SPLIT/CLASS/IMAGE`: what the layout `folder` reads.
public enum ClassFolderWriter {
  /// Writes the parts of a dataset, each with the name of its folder, nil where it is the only one. `folder` must not be there.
  ///
  /// Images keep their bytes; those that are no files become PNG. Classes are called by their identifiers or `byName`, images
  /// as they are where that is unique in their class. `progress` is told of every image, and throws to end the work.
  public static func write(
    _ parts: [(split: DatasetSplit?, dataset: any ImageDataset)], to folder: URL,
    byName: Bool = false, progress: () throws -> Void
  ) throws {
    // Classes that share a name would become one.
    let byName = byName && parts.allSatisfy { Set($0.dataset.classNames).count == $0.dataset.classes.count }
    func folderName(_ one: DatasetClass) -> String { byName ? one.name : one.id }
    for (_, dataset) in parts { try requireFolderNames(dataset, folderName) }
    try NewOutput.folder(at: folder) { unfinished in
      for (split, dataset) in parts {
        let root = split.map { unfinished.appendingPathComponent($0.rawValue) } ?? unfinished
        let names = fileNames(of: dataset)
        var made: Set<Int> = []
        for index in 0..<dataset.count {
          let label = dataset.label(at: index)
          let place = root.appendingPathComponent(folderName(dataset.classes[label]))
          let (bytes, suffix) = try dataset.storedFile(at: index)
          do {
            if made.insert(label).inserted {
              try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            }
            try bytes.write(to: place.appendingPathComponent("\(names[index]).\(suffix)"))
          } catch {
            throw DatasetError.cannotWrite(path: place.path, reason: error.localizedDescription)
          }
          try progress()
        }
      }
    }
  }

  /// Whether reading the folders again gives the classes in another order, or fewer of them.
  public static func changesClasses(of dataset: any ImageDataset, byName: Bool = false) -> Bool {
    let ids = dataset.classes.map { byName ? $0.name : $0.id }
    let numbers = ids.compactMap { Int($0) }
    let isOrdered =
      numbers.count == ids.count ? numbers == numbers.sorted() : ids == ids.sorted(by: String.bytewise)
    return !isOrdered || !dataset.classesWithoutImages.isEmpty
  }

  private static func requireFolderNames(
    _ dataset: any ImageDataset, _ folderName: (DatasetClass) -> String
  ) throws(DatasetError) {
    let shown = Set(dataset.labels)
    for (label, one) in dataset.classes.enumerated() where shown.contains(Int32(label)) {
      let name = folderName(one)
      guard !name.contains("/"), !name.hasPrefix("."), !SystemFiles.isDropping(name), !name.isEmpty,
        name.utf8.count <= 255
      else {
        throw .badRequest(
          "dataset \(dataset.name): class '\(name)' cannot be the name of a folder; write shards instead (datasets shard)"
        )
      }
    }
  }

  /// Without suffixes.
  private static func fileNames(of dataset: any ImageDataset) -> [String] {
    func stem(_ path: String) -> String {
      let name = path.lastPathComponent
      let bare = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
      // What begins with a dot would not be read again.
      return bare.isEmpty || bare.hasPrefix(".") || SystemFiles.isDropping(name) ? "image" + bare : bare
    }
    let stems = (0..<dataset.count).map { stem(dataset.path(at: $0)) }
    func key(_ index: Int, _ name: String) -> String { "\(dataset.label(at: index))/\(name.lowercased())" }
    let counts = Dictionary(stems.indices.map { (key($0, stems[$0]), 1) }, uniquingKeysWith: +)
    var taken = Set(counts.keys)
    // Several of one name are numbered, by numbers that make no other's name.
    return stems.indices.map { index in
      guard counts[key(index, stems[index])] != 1 else { return stems[index] }
      var name = "\(stems[index])-\(index)"
      while !taken.insert(key(index, name)).inserted { name += "-\(index)" }
      return name
    }
  }
}
