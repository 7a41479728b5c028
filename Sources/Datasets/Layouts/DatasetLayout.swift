import Foundation

/// A way in which images and their labels are stored: one file of this folder, and a line of `DatasetLayouts`.
///
/// A value is data that lie somewhere: what a dataset argument says after the layout's word.
public protocol DatasetLayout: Sendable {
  /// The word of dataset arguments: `folder` of `folder:PATH`.
  static var prefix: String { get }
  /// What follows it, for help: `PATH`.
  static var form: String { get }
  /// The word of a manifest's key `layout`; by default the prefix.
  static var name: String { get }
  /// Whether the path is that of a folder which holds the images, not of a file that lies beside them.
  static var isFolder: Bool { get }
  /// How its files are usually called, in lower case; empty, as by default, where the path is a folder's.
  static var suffixes: [String] { get }
  /// What is to be put at the path of a manifest's split, in words.
  static func expectation(of manifest: DatasetManifest) -> String

  /// Reads what follows the colon of a dataset argument, which is not empty; `~` in paths is the home folder.
  init(argument: String) throws(DatasetError)
  /// What reads as this, paths as they were given.
  var argument: String { get }
  /// The folder, the file, or the pattern of files.
  var path: String { get }
  /// The same with paths that do not depend on the working folder.
  var absolute: Self { get }
  /// The data that these are a part of, which tell what is of one kind; by default themselves.
  var data: any DatasetLayout { get }
  /// What the data are called; by default as the file.
  var displayName: String { get }

  /// The splits that the data are divided into, readable or not; empty where they are not divided. `classes` are the names
  /// of classes that are known, one of which may be called as splits are.
  func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit>
  /// Prompts that lie beside the data, with `{}` for the class name; nil where there are none, by default.
  func templates() throws(DatasetError) -> [String]?
  /// Opens the images of a split, or all where the data are not divided. A split that is there and cannot be read is an
  /// error, as is one that is not there.
  func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset
  /// Throws, saying what is expected, if nothing is there, without listing what is: quick.
  func requirePresence() throws(DatasetError)
}

extension DatasetLayout {
  public static var name: String { prefix }
  public static var isFolder: Bool { false }
  public static var suffixes: [String] { [] }
  public var data: any DatasetLayout { self }
  public var displayName: String { path.lastPathComponent }
  public func templates() throws(DatasetError) -> [String]? { nil }
}

/// What is wanted of data that are opened.
public struct LayoutRequest: Sendable {
  public var split: DatasetSplit
  /// Whether the path is that of the split alone, as manifests name it.
  public var isSplitAlone = false
  public var name: String
  public var role: DatasetRole
  /// Classes that are known.
  public var classes: [DatasetClass]?
  /// Folders that paths of images may be relative to, beside the data's own.
  public var roots: [String] = []
  /// The one folder that they are relative to, where it is named.
  public var root: String?
  /// Whether images that cannot be had are left out.
  public var allowsPartial = false
  /// Whether some of the classes may have no images.
  public var allowsMissingClasses = false
  /// How class folders are called.
  public var naming = FolderDataset.FolderNaming.id
  /// What becomes of class folders that belong to no class.
  public var otherFolders = FolderDataset.OtherFolders.fail

  public init(split: DatasetSplit, name: String, role: DatasetRole, classes: [DatasetClass]? = nil) {
    self.split = split
    self.name = name
    self.role = role
    self.classes = classes
  }
}

/// The layouts, in the order of their mention.
public enum DatasetLayouts {
  public static let all: [any DatasetLayout.Type] = [
    ClassFolders.self, ArchiveFolders.self, ListFile.self, FlatFolder.self, TableFile.self, SplitFile.self,
    TarShards.self, CIFARBinaries.self, ArrayFile.self, IndexList.self,
  ]

  /// How each is written, for help: `folder:PATH, list:FILE or wds:PATTERN`.
  public static var forms: String {
    let all = all.map { "\($0.prefix):\($0.form)" }
    return all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
  }

  /// How a path is written as an argument of the layouts that it may be of, by its name.
  static func forms(for path: String) -> String {
    let name = path.lowercased()
    let named = all.filter { $0.suffixes.contains(where: name.hasSuffix) }
    let forms = (named.isEmpty ? all.filter { $0.isFolder } : named).map { "\($0.prefix):\(path)" }
    return forms.dropLast().joined(separator: ", ") + (forms.count > 1 ? " or " : "") + (forms.last ?? "")
  }

  static func named(_ name: String) -> (any DatasetLayout.Type)? { all.first { $0.name == name } }

  static func prefixed(_ prefix: String) -> (any DatasetLayout.Type)? { all.first { $0.prefix == prefix } }
}

extension String {
  /// The path without `.` and `..`, from the root of the file system.
  var standardizedPath: String { URL(fileURLWithPath: self).standardizedFileURL.path }
}
