import Foundation
import ImageCodec

/// Lists folders: hidden entries counted, symbolic links followed.
enum DirectoryListing {
  struct Entry {
    let name: String
    let isFolder: Bool
    /// Whether it is a link that leads nowhere.
    var isBroken = false
  }

  /// What a folder holds.
  struct Listing {
    var entries: [Entry] = []
    /// Entries whose names begin with a dot.
    var hiddenFiles = 0
    /// What operating systems drop everywhere.
    var systemFiles = 0
    /// Pipes, sockets and devices.
    var specialFiles = 0

    /// The three counts, as `LeftOutFiles` names them.
    var ignored: [String: Int] {
      var counts: [String: Int] = [:]
      counts.count(LeftOutFiles.hidden, hiddenFiles)
      counts.count(LeftOutFiles.system, systemFiles)
      counts.count(LeftOutFiles.special, specialFiles)
      return counts
    }

    /// What is not used of the files that lie directly in it, where only its folders are.
    var ignoredBesideFolders: [String: Int] {
      var counts = ignored
      for entry in entries where !entry.isFolder { counts.count(ImageDecoder.suffix(of: entry.name)) }
      return counts
    }

    /// Whether a file that is named like an image lies directly in it.
    var hasImages: Bool { entries.contains { !$0.isFolder && ImageDecoder.isImageFile($0.name) } }
  }

  static func isFolder(_ path: String) -> Bool { identity(of: path)?.isFolder ?? false }

  static func isFile(_ path: String) -> Bool {
    identity(of: path).map { !$0.isFolder && !$0.isSpecial } ?? false
  }

  static func exists(_ path: String) -> Bool { identity(of: path) != nil }

  /// The entries of a folder, sorted by name bytewise.
  static func entries(of path: String) throws(DatasetError) -> [Entry] { try listing(of: path).entries }

  /// What a folder holds, sorted by name bytewise; what is no data is counted.
  static func listing(of path: String) throws(DatasetError) -> Listing {
    guard let folder = opendir(path) else {
      if errno == ENOENT {
        throw .notFound(what: "folder", path: path, advice: "check the path and the data root")
      }
      throw FileReading.unreadable(path)
    }
    defer { closedir(folder) }
    var listing = Listing()
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let type = Int32(entry.pointee.d_type)
      let bytes = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(
          to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)
        ) { name in UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) } }
      }
      if bytes == [46] || bytes == [46, 46] { continue }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        // What would be left out anyway need not be renamed.
        let escaped = Self.escaped(bytes)
        guard type == Int32(DT_REG), !ImageDecoder.isImageFile(escaped) else {
          throw .badFolder(
            path: path,
            problem:
              "the name of '\(escaped)' in it is not valid UTF-8 text; rename it, for example with convmv")
        }
        listing.entries.append(Entry(name: escaped, isFolder: false))
        continue
      }
      if SystemFiles.isDropping(name) {
        listing.systemFiles += 1
      } else if name.hasPrefix(".") {
        listing.hiddenFiles += 1
      } else {
        switch type {
        case Int32(DT_DIR): listing.entries.append(Entry(name: name, isFolder: true))
        case Int32(DT_REG): listing.entries.append(Entry(name: name, isFolder: false))
        case Int32(DT_LNK), Int32(DT_UNKNOWN):
          // A dangling link counts as a file, so that reading it fails by name instead of passing unnoticed.
          let target = identity(of: path.appendingPath(name))
          if target?.isSpecial == true {
            listing.specialFiles += 1
          } else {
            listing.entries.append(
              Entry(name: name, isFolder: target?.isFolder ?? false, isBroken: target == nil))
          }
        default: listing.specialFiles += 1
        }
      }
    }
    // Without this, a disk that fails half way through a folder would hide its other half.
    guard errno == 0 else { throw FileReading.unreadable(path) }
    listing.entries.sort { String.bytewise($0.name, $1.name) }
    return listing
  }

  /// Bytes that are not UTF-8, with those beyond ASCII and control characters as `\xE9`.
  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      (32..<127).contains(byte) && byte != UInt8(ascii: "\\")
        ? String(UnicodeScalar(byte))
        : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  /// What a path leads to, links followed.
  struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
    let isFolder: Bool
    let isSpecial: Bool
  }

  static func identity(of path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let format = status.st_mode & S_IFMT
    return Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino),
      isFolder: format == S_IFDIR, isSpecial: format != S_IFDIR && format != S_IFREG)
  }
}
