import Foundation
import ImageCodec

/// Lists folders: hidden entries left out, symbolic links followed, loops survived.
enum DirectoryListing {
  struct Entry {
    let name: String
    let isFolder: Bool
  }

  static func isFolder(_ path: String) -> Bool { identity(of: path)?.isFolder ?? false }

  static func exists(_ path: String) -> Bool { identity(of: path) != nil }

  /// The entries of a folder, sorted by name bytewise.
  static func entries(of path: String) throws(DatasetError) -> [Entry] {
    guard let folder = opendir(path) else {
      if errno == ENOENT {
        throw .notFound(what: "folder", path: path, advice: "check the path and the data root")
      }
      throw .unreadable(path: path, reason: FileReading.systemReason())
    }
    defer { closedir(folder) }
    var entries: [Entry] = []
    while let entry = readdir(folder) {
      let type = Int32(entry.pointee.d_type)
      let length = MemoryLayout.size(ofValue: entry.pointee.d_name)
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: length) { String(validatingCString: $0) }
      }
      guard let name else {
        throw .badFolder(path: path, problem: "a file name in it is not valid UTF-8; rename it")
      }
      if name.hasPrefix(".") { continue }
      switch type {
      case Int32(DT_DIR): entries.append(Entry(name: name, isFolder: true))
      case Int32(DT_REG): entries.append(Entry(name: name, isFolder: false))
      case Int32(DT_LNK), Int32(DT_UNKNOWN):
        // A dangling link counts as a file, so that reading it fails by name instead of passing unnoticed.
        let target = identity(of: path.appendingPath(name))
        if target?.isSpecial == true { continue }
        entries.append(Entry(name: name, isFolder: target?.isFolder ?? false))
      default: continue
      }
    }
    return entries.sorted { String.bytewise($0.name, $1.name) }
  }

  /// Paths, relative to `root` and sorted bytewise, of all images below it.
  static func images(below root: String) throws(DatasetError) -> [String] {
    var found: [String] = []
    var visited: Set<Identity> = []
    try collect(root, prefix: "", visited: &visited, into: &found)
    return found.sorted(by: String.bytewise)
  }

  private static func collect(
    _ folder: String, prefix: String, visited: inout Set<Identity>, into found: inout [String]
  ) throws(DatasetError) {
    // A folder that links lead to twice, or in a circle, counts once.
    guard let identity = identity(of: folder), visited.insert(identity).inserted else { return }
    for entry in try entries(of: folder) {
      let path = prefix.isEmpty ? entry.name : prefix + "/" + entry.name
      if entry.isFolder {
        try collect(folder.appendingPath(entry.name), prefix: path, visited: &visited, into: &found)
      } else if ImageDecoder.isImageFile(entry.name) {
        found.append(path)
      }
    }
  }

  /// What a path leads to, links followed.
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
    let isFolder: Bool
    let isSpecial: Bool
  }

  private static func identity(of path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let format = status.st_mode & S_IFMT
    return Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino),
      isFolder: format == S_IFDIR, isSpecial: format != S_IFDIR && format != S_IFREG)
  }
}
