import Foundation
import ImageCodec

/// Images in one folder a class: `ROOT/CLASS/…/image.jpg`.
///
/// Classes are the folders sorted by name (by number, when all names are whole numbers); within a class, images
/// are found at any depth and sorted by path. Hidden files and files that are no images are left out and counted;
/// images of kinds that are not read are an error, unless a part will do.
public struct FolderDataset: ImageDataset {
  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  /// The folder that holds the class folders.
  public let root: String
  public let leftOut: [String: Int]
  private let tree: any FileTree
  private let relativePaths: [String]
  private let labelsByImage: [Int32]

  /// How the folder of a class is called.
  public enum FolderNaming: String, Sendable, Codable, CaseIterable {
    /// By the class's identifier or, failing that, its name.
    case id
    /// By its position in the class list.
    case index
  }

  /// What becomes of folders that belong to no class of a list.
  public enum OtherFolders: String, Sendable, Codable, CaseIterable {
    /// They are an error.
    case fail
    /// They are left out.
    case skip
  }

  /// Largest image file that is read, in bytes.
  static let largestFile = 1 << 28

  /// Lists the images below `path`.
  ///
  /// With `classes` given, labels follow that list and every folder must belong to one of them (unless others are
  /// skipped); a class without a folder is an error unless `allowPartial` or `allowMissingClasses`. Without, every
  /// folder is a class. With `allowPartial`, images of kinds that are not read are left out.
  public init(
    path: String, name: String, role: DatasetRole, classes: [DatasetClass]? = nil, naming: FolderNaming = .id,
    otherFolders: OtherFolders = .fail, allowPartial: Bool = false, allowMissingClasses: Bool = false
  ) throws(DatasetError) {
    try self.init(
      path: path, name: name, role: role, classes: classes, naming: naming, otherFolders: otherFolders,
      allowPartial: allowPartial, allowMissingClasses: allowMissingClasses, leftOut: [:])
  }

  /// The same; `leftOut` has been left out already, of a tree that the folder is a part of.
  init(
    path: String, name: String, role: DatasetRole, classes: [DatasetClass]?, naming: FolderNaming = .id,
    otherFolders: OtherFolders = .fail, allowPartial: Bool, allowMissingClasses: Bool = false,
    leftOut: [String: Int], tree: any FileTree = DiskTree()
  ) throws(DatasetError) {
    try Self.requireFolder(path, tree)
    let listing = try tree.listing(of: path)
    if let broken = listing.entries.first(where: \.isBroken), !allowPartial {
      throw .badFolder(
        path: path,
        problem:
          "\(broken.name) in it is a link that leads nowhere, perhaps to a class; mend it, or remove it")
    }
    var leftOut = leftOut
    leftOut.add(listing.ignoredBesideFolders)
    var folders = listing.entries.filter(\.isFolder).map(\.name)
    guard !folders.isEmpty else {
      guard !listing.entries.contains(where: { ImageDecoder.suffix(of: $0.name) == ParquetFiles.suffix })
      else {
        throw .badFolder(path: path, problem: ParquetFiles.advice)
      }
      throw .badFolder(
        path: path, problem: "it holds no class folders; expected \(path)/CLASS/IMAGE.jpg")
    }
    folders = Self.ordered(folders)
    let assigned = try Self.assign(
      folders, to: classes, naming: naming, otherFolders: otherFolders, path: path,
      allowMissing: allowPartial || allowMissingClasses)
    var paths: [String] = []
    var labels: [Int32] = []
    var inner: [Set<Substring>] = []
    for (folder, label) in assigned.folders {
      let place = path.appendingPath(folder)
      let contents = try FolderContents(below: place, in: tree)
      if !allowPartial {
        try contents.requireAllRead(in: place, remedy: "pass --allow-partial, which leaves them out")
      }
      let images = contents.images
      guard !images.isEmpty else {
        throw .badFolder(
          path: place,
          problem:
            "this class folder holds no images (\(ImageDecoder.suffixList)), \(contents.insteadOfImages); "
            + "fill it, or remove it")
      }
      try Self.requireUndivided(images, folder: place)
      leftOut.add(contents.leftOut)
      inner.append(Set(images.map { $0.contains("/") ? $0.prefix { $0 != "/" } : "" }))
      paths += images.map { folder + "/" + $0 }
      labels += Array(repeating: Int32(label), count: images.count)
    }
    if classes == nil { try Self.requireClasses(folders, inner, path, tree) }
    self.name = name
    self.role = role
    self.classes = assigned.classes
    root = path
    self.tree = tree
    self.leftOut = leftOut
    relativePaths = paths
    labelsByImage = labels
  }

  public var count: Int { relativePaths.count }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String { relativePaths[index] }
  public func location(at index: Int) -> String { root.appendingPath(relativePaths[index]).absolutePath }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    try tree.contents(of: root.appendingPath(relativePaths[index]), limit: Self.largestFile)
  }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try decoded(bytes, at: index)
  }
  public func source(at index: Int) -> ImageSource? {
    tree.source(of: root.appendingPath(relativePaths[index]))
  }

  /// How a folder is laid out, which must be there.
  static func layout(
    of path: String, in tree: any FileTree = DiskTree(), classes: [String]? = nil
  ) throws(DatasetError) -> FolderLayout {
    try requireFolder(path, tree)
    return try FolderLayout(of: path, in: tree, classes: classes)
  }

  /// Throws if a class folder is itself divided into splits, which would all count as one.
  private static func requireUndivided(_ images: [String], folder: String) throws(DatasetError) {
    var names: [DatasetSplit: String] = [:]
    for image in images {
      guard let slash = image.firstIndex(of: "/") else { continue }
      let name = String(image[..<slash])
      if let split = DatasetSplit(folderName: name) { names[split] = name }
    }
    guard let train = names[.train], let other = names[.test] ?? names[.val] else { return }
    throw .badFolder(
      path: folder,
      problem:
        "this class folder is itself divided into \(train) and \(other); put splits above classes, as in "
        + "\(train)/\(folder.lastPathComponent) and \(other)/\(folder.lastPathComponent)")
  }

  /// Throws if what would be classes are divided into the same folders, several of them, and hold no images themselves: domains,
  /// say, of which each has the classes.
  private static func requireClasses(
    _ folders: [String], _ inner: [Set<Substring>], _ path: String, _ tree: any FileTree
  ) throws(DatasetError) {
    guard inner.count > 1, let first = inner.first, first.count > 1, !first.contains(""),
      inner.allSatisfy({ $0 == first })
    else { return }
    let names = first.sorted().prefix(3).joined(separator: ", ")
    throw .badFolder(
      path: path,
      problem:
        "each of its \(folders.count) folders (\(folders.prefix(3).joined(separator: ", "))…) holds the same \(first.count) "
        + "folders (\(names)…) and no images, so it is not clear which are the classes; name one of them, such as "
        + "\(tree.argument(for: path.appendingPath(folders[0]))), or the classes with --classes")
  }

  private static func requireFolder(_ path: String, _ tree: any FileTree) throws(DatasetError) {
    guard tree.isFolder(path) else {
      throw .notFound(
        what: "dataset folder", path: path,
        advice: "it should hold one folder a class, each with that class's images (\(path)/CLASS/IMAGE.jpg)")
    }
  }

  /// By number when all are whole numbers, otherwise as they are.
  private static func ordered(_ folders: [String]) -> [String] {
    let numbers = folders.compactMap { folder in Int(folder).map { (number: $0, folder: folder) } }
    guard numbers.count == folders.count else { return folders }
    return numbers.sorted { $0.number == $1.number ? $0.folder < $1.folder : $0.number < $1.number }
      .map(\.folder)
  }

  /// Pairs folders with class indices, in order of the class.
  private static func assign(
    _ folders: [String], to classes: [DatasetClass]?, naming: FolderNaming, otherFolders: OtherFolders,
    path: String, allowMissing: Bool
  ) throws(DatasetError) -> (folders: [(name: String, label: Int)], classes: [DatasetClass]) {
    guard let classes else {
      return (folders.enumerated().map { ($1, $0) }, folders.map { DatasetClass(id: $0, name: $0) })
    }
    var naming = naming
    // As in lists, whole numbers are places among names that somebody gave.
    if folders.allSatisfy({ Int($0) != nil }), classes.allSatisfy({ $0.id == $0.name && Int($0.name) == nil })
    {
      naming = .index
    }
    var folderOf = [String?](repeating: nil, count: classes.count)
    let lookup = naming == .id ? ClassLookup(classes) : nil
    for folder in folders {
      let index: Int? =
        if let lookup { try lookup.index(of: folder) } else {
          Int(folder).flatMap { classes.indices.contains($0) ? $0 : nil }
        }
      guard let index else {
        if otherFolders == .skip { continue }
        let expected = naming == .id ? "" : "; folders are expected to be numbered 0 to \(classes.count - 1)"
        let suggestion = lookup?.suggestion(for: folder) ?? ""
        let advice = suggestion.isEmpty ? "; rename or remove it, or have its class among them" : suggestion
        throw .unknownClasses(
          "folder \(path.appendingPath(folder)) is none of the \(classes.count) classes"
            + expected + advice)
      }
      if let other = folderOf[index] {
        throw .badFolder(
          path: path, problem: "folders \(other) and \(folder) are both class \(classes[index].name)")
      }
      folderOf[index] = folder
    }
    let missing = classes.indices.filter { folderOf[$0] == nil }
    guard missing.isEmpty || allowMissing else {
      let names = missing.prefix(5).map { classes[$0].id }.joined(separator: ", ")
      throw .badFolder(
        path: path,
        problem:
          "\(missing.count) of \(classes.count) classes have no folder (\(names)\(missing.count > 5 ? ", …" : "")); "
          + "complete the dataset, or pass --allow-partial"
      )
    }
    let pairs = folderOf.enumerated().compactMap { label, folder in folder.map { (name: $0, label: label) } }
    return (pairs, classes)
  }
}
