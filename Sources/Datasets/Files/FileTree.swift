import Foundation

/// Folders and files below a path: those of the disk, or those of an archive, which look the same.
protocol FileTree: Sendable {
  /// What a folder holds, sorted by name bytewise.
  func listing(of folder: String) throws(DatasetError) -> DirectoryListing.Listing
  /// What a path leads to; nil where nothing is.
  func identity(of path: String) -> DirectoryListing.Identity?
  /// The bytes of a file, which has at most `limit` of them.
  func contents(of file: String, limit: Int) throws(DatasetError) -> Data
  /// What a file is, as it is now; nil where that cannot be told.
  func source(of file: String) -> ImageSource?
  /// The dataset argument that names a folder.
  func argument(for folder: String) -> String
  /// What the folder is called; an archive, without its suffix.
  func ownName(of folder: String) -> String
}

extension FileTree {
  func isFolder(_ path: String) -> Bool { identity(of: path)?.isFolder ?? false }
}

/// The files of the disk.
struct DiskTree: FileTree {
  func listing(of folder: String) throws(DatasetError) -> DirectoryListing.Listing {
    try DirectoryListing.listing(of: folder)
  }

  func identity(of path: String) -> DirectoryListing.Identity? { DirectoryListing.identity(of: path) }

  func contents(of file: String, limit: Int) throws(DatasetError) -> Data {
    try FileReading.contents(of: file, limit: limit)
  }

  func source(of file: String) -> ImageSource? { ImageSource(file: file) }

  func argument(for folder: String) -> String { "\(ClassFolders.prefix):\(folder)" }

  func ownName(of folder: String) -> String {
    URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
  }
}
