import Foundation

/// How a folder tree holds a dataset: divided into splits, or with the class folders in it.
///
/// A folder is divided if all its folders are named after splits, if one for training stands beside one for validation or
/// test, or if one of them holds class folders itself: a class may be called `train`, but hardly two of them so, and one
/// holds images. Other folders beside splits are left out and counted. Folders that only wrap others, as
/// archives leave them, are passed through where there is no doubt (`photos/photos/CLASS`, `train/train/CLASS`,
/// `archive/photos/train`); where there is, that is an error.
struct FolderLayout {
  /// The folder that holds the splits or the classes.
  let folder: String
  /// Names of what each split's images may be in; more than one where the folder is ambiguous.
  private let names: [DatasetSplit: [DirectoryListing.Entry]]
  /// Packed splits, such as `val.zip`, of which there is no folder.
  private let packed: [DatasetSplit: String]
  private let tree: any FileTree
  /// What is not used of what lies beside the splits: files by suffix, other folders as `NAME/`.
  let leftOut: [String: Int]

  /// The splits that are there, readable or not; empty where the folder is not divided.
  var splits: Set<DatasetSplit> { Set(names.keys).union(names.isEmpty ? [] : Array(packed.keys)) }

  /// Looks at the folder; `classes` are the names of classes that are known.
  init(
    of path: String, in tree: any FileTree = DiskTree(), classes: [String]? = nil
  ) throws(DatasetError) {
    try self.init(path, tree, classes: classes, depth: 0)
  }

  /// Wrappers within wrappers that are passed through; what is deeper is no accident.
  private static let mostWrappers = 8

  private init(
    _ path: String, _ tree: any FileTree, classes: [String]?, depth: Int
  ) throws(DatasetError) {
    let listing = try tree.listing(of: path)
    let folders = listing.entries.filter(\.isFolder)
    let (names, packed) = try Self.splits(in: listing, of: path, tree, classes: classes)
    let ownName = tree.ownName(of: path)
    if depth < Self.mostWrappers, folders.count == 1, !listing.hasImages {
      let inner = path.appendingPath(folders[0].name)
      let split = DatasetSplit(folderName: folders[0].name)
      if folders[0].name.lowercased() == ownName.lowercased()
        || (split != nil && split == DatasetSplit(folderName: ownName))
      {
        self = try FolderLayout(inner, tree, classes: classes, depth: depth + 1)
        return
      }
      if names.isEmpty, !Self.isClass(folders[0].name, classes) {
        let within = try FolderLayout(inner, tree, classes: classes, depth: depth + 1)
        if !within.names.isEmpty {
          self = within
          return
        }
        try Self.requireClass(inner, in: path, tree)
      }
    }
    self.tree = tree
    folder = path
    self.names = names
    self.packed = packed
    leftOut = names.isEmpty ? [:] : Self.besideSplits(listing, path, tree)
  }

  /// The folder that holds the class folders of a split, or of everything where nothing is divided.
  func classFolder(of split: DatasetSplit, classes: [String]? = nil) throws(DatasetError) -> String {
    guard !names.isEmpty else { return folder }
    guard let found = names[split] else {
      if let archive = packed[split] {
        throw .badFolder(
          path: folder,
          problem:
            "its \(split.rawValue) split is packed in \(archive); unpack it to \(split.rawValue)/CLASS/IMAGE.jpg"
        )
      }
      let there = names.values.joined().map(\.name).sorted(by: String.bytewise)
      throw .badFolder(
        path: folder,
        problem:
          "it has no \(split.rawValue) folder, only \(there.joined(separator: ", ")); name the one meant, such as "
          + "\(tree.argument(for: folder.appendingPath(there[0]))), or put \(split.rawValue) images into \(split.rawValue)/CLASS"
      )
    }
    guard found.count == 1, let entry = found.first else {
      let all = found.map(\.name).joined(separator: " and ")
      throw .badFolder(
        path: folder,
        problem: "\(all) may each be its \(split.rawValue) split; keep one, or name the one meant, such as "
          + "\(tree.argument(for: folder.appendingPath(found[0].name)))")
    }
    let path = folder.appendingPath(entry.name)
    guard entry.isFolder else {
      throw .badFolder(
        path: path,
        problem:
          "this \(split.rawValue) split is no folder that can be read (a file, or a link that leads nowhere); "
          + "put its class folders there, or remove it")
    }
    let inner = try FolderLayout(path, tree, classes: classes, depth: 1)
    guard inner.names.isEmpty else {
      throw .badFolder(
        path: inner.folder,
        problem: "this \(split.rawValue) split is itself divided into splits; name the one meant, such as "
          + "\(tree.argument(for: inner.folder.appendingPath(inner.names.values.joined().map(\.name).min() ?? "")))"
      )
    }
    return inner.folder
  }

  private static func besideSplits(
    _ listing: DirectoryListing.Listing, _ path: String, _ tree: any FileTree
  ) -> [String: Int] {
    var counts = listing.ignoredBesideFolders
    for entry in listing.entries where entry.isFolder && DatasetSplit(folderName: entry.name) == nil {
      // A folder of which nothing is wanted need not be readable: it then counts as one.
      let contents = try? FolderContents(below: path.appendingPath(entry.name), in: tree)
      let files = contents.map { $0.images.count + $0.leftOut.values.reduce(0, +) } ?? 1
      counts.count(entry.name + "/", max(1, files))
    }
    return counts
  }

  /// What is named after splits, where that divides the folder.
  private static func splits(
    in listing: DirectoryListing.Listing, of path: String, _ tree: any FileTree, classes: [String]?
  ) throws(DatasetError) -> (names: [DatasetSplit: [DirectoryListing.Entry]], packed: [DatasetSplit: String])
  {
    var names: [DatasetSplit: [DirectoryListing.Entry]] = [:]
    var packed: [DatasetSplit: String] = [:]
    var others = 0
    for entry in listing.entries {
      if let split = DatasetSplit(folderName: entry.name) {
        names[split, default: []].append(entry)
      } else if entry.isFolder {
        others += 1
      } else if let split = packedSplit(entry.name) {
        packed[split] = entry.name
      }
    }
    var isDivided = others == 0 || (names[.train] != nil && (names[.val] != nil || names[.test] != nil))
    for entry in names.values.joined() where !isDivided && entry.isFolder && !isClass(entry.name, classes) {
      isDivided = try holdsClasses(path.appendingPath(entry.name), tree)
    }
    let hasFolder = names.values.contains { $0.contains(where: \.isFolder) }
    return hasFolder && isDivided ? (names, packed.filter { names[$0.key] == nil }) : ([:], [:])
  }

  /// Whether a folder named after a split holds class folders, rather than the images of a class of that name.
  private static func holdsClasses(
    _ path: String, _ tree: any FileTree
  ) throws(DatasetError) -> Bool {
    let listing = try tree.listing(of: path)
    return !listing.hasImages && listing.entries.contains(where: \.isFolder)
  }

  private static func packedSplit(_ name: String) -> DatasetSplit? {
    let lower = name.lowercased()
    let suffixes = ArchiveTree.suffixes + [".tar.bz2", ".tar.xz", ".7z", ".rar"]
    guard let suffix = suffixes.first(where: lower.hasSuffix) else { return nil }
    return DatasetSplit(folderName: String(lower.dropLast(suffix.count)))
  }

  private static func isClass(_ folder: String, _ classes: [String]?) -> Bool {
    classes?.contains { ClassLookup.loose($0) == ClassLookup.loose(folder) } ?? false
  }

  /// Throws if the one folder of a folder may as well wrap the class folders as be a class.
  private static func requireClass(
    _ inner: String, in path: String, _ tree: any FileTree
  ) throws(DatasetError) {
    let listing = try tree.listing(of: inner)
    let folders = listing.entries.filter(\.isFolder)
    guard !folders.isEmpty, !listing.hasImages else { return }
    let name = inner.lastPathComponent
    throw .badFolder(
      path: path,
      problem:
        "it holds one folder, \(name), which holds folders and no images: write \(tree.argument(for: inner)) if these are "
        + "the classes, or --classes \(name) if \(name) is the only one")
  }
}
