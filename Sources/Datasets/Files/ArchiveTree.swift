import Checkpoint
import Foundation

/// The files of a zip or tar archive (`.tar`, `.tar.gz`, `.tar.zst`), found once and read where they lie: below the path of the
/// archive as if it were a folder.
struct ArchiveTree: FileTree {
  /// Suffixes of archives that are read.
  static let suffixes = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"]

  private enum Contents: Sendable {
    case zip(ZipArchive)
    case tar(TarStorage)
  }

  private enum Member: Sendable {
    case zip(ZipArchive.Member)
    case tar(TarIndex.Member)

    var byteCount: Int {
      switch self {
      case .zip(let member): member.byteCount
      case .tar(let member): member.size
      }
    }
  }

  private let path: String
  private let file: RememberedFile
  private let contents: Contents
  private let listings: [String: DirectoryListing.Listing]
  private let files: [String: Member]
  /// Folders and files, numbered.
  private let numbers: [String: UInt64]

  /// Finds the members of the archive at `path`.
  init(_ path: String) throws(DatasetError) {
    self.path = path
    file = RememberedFile(path)
    var members: [(path: String, member: Member)] = []
    let start = try FileReading.withOpenFile(path) { (descriptor, size) throws(DatasetError) in
      [UInt8](try FileReading.read(descriptor, offset: 0, count: min(4, size), path: path))
    }
    if start.starts(with: "PK".utf8) {
      let archive: ZipArchive
      do {
        archive = try ZipArchive(path)
      } catch {
        throw DatasetError(error)
      }
      contents = .zip(archive)
      members = archive.members.map { ($0.path, .zip($0)) }
    } else {
      let storage = try TarStorage(shards: [path])
      let archive = storage.archives[0]
      let index = try storage.reading(archive) { (read) throws(DatasetError) in
        try TarIndex(archive: path, size: archive.size, read: read)
      }
      if let link = index.links.first {
        throw .badArchive(
          file: path,
          problem: "\(link) is a link, not a file; pack files with tar --dereference --hard-dereference")
      }
      contents = .tar(storage)
      members = index.members.map { ($0.path, .tar($0)) }
    }
    var folders = Folders()
    var files: [String: Member] = [:]
    for (name, member) in members {
      let parts = name.split(separator: "/").map(String.init).filter { $0 != "." }
      guard let last = parts.last else { continue }
      guard !parts.contains(".."), !name.hasPrefix("/"),
        !name.unicodeScalars.contains(where: { $0.value < 32 })
      else {
        throw .badArchive(file: path, problem: "its member '\(name)' would lie outside it; pack it again")
      }
      guard folders.add(last, to: parts.dropLast().map(\.self)) else { continue }
      guard files.updateValue(member, forKey: parts.joined(separator: "/")) == nil else {
        throw .badArchive(file: path, problem: "it has '\(name)' twice; pack it again")
      }
    }
    listings = folders.sorted
    self.files = files
    let all = Array(listings.keys) + Array(files.keys)
    numbers = Dictionary(
      all.enumerated().map { ($1, UInt64($0)) }, uniquingKeysWith: { first, _ in first })
  }

  func listing(of folder: String) throws(DatasetError) -> DirectoryListing.Listing {
    guard let listing = listings[inside(folder)] else {
      throw .notFound(what: "folder", path: folder, advice: "the archive has no such folder")
    }
    return listing
  }

  func identity(of path: String) -> DirectoryListing.Identity? {
    let inner = inside(path)
    return numbers[inner].map {
      DirectoryListing.Identity(device: 0, inode: $0, isFolder: listings[inner] != nil, isSpecial: false)
    }
  }

  func contents(of file: String, limit: Int) throws(DatasetError) -> Data {
    guard let member = files[inside(file)] else {
      throw .notFound(what: "file", path: file, advice: "the archive has no such file")
    }
    guard member.byteCount <= limit else {
      throw .unreadable(
        path: file,
        reason: "it has \(member.byteCount) bytes, more than the \(limit) allowed here; leave it out")
    }
    switch (contents, member) {
    case (.zip(let archive), .zip(let member)):
      do {
        return Data(try archive.contents(of: member))
      } catch {
        throw DatasetError(error)
      }
    case (.tar(let storage), .tar(let member)):
      return try storage.read(storage.archives[0], offset: member.offset, count: member.size)
    default: preconditionFailure("a member of another archive")
    }
  }

  func source(of file: String) -> ImageSource? {
    // Where members lie is known of the archive as it was.
    self.file.unchanged?.with("member " + inside(file))
  }

  func argument(for folder: String) -> String {
    "\(ArchiveFolders.prefix):\(path)?folder=\(inside(folder))"
  }

  func ownName(of folder: String) -> String {
    let name = folder.lastPathComponent
    guard inside(folder).isEmpty, let suffix = Self.suffixes.last(where: name.lowercased().hasSuffix) else {
      return name
    }
    return String(name.dropLast(suffix.count))
  }

  /// The path within the archive; empty for the archive itself.
  private func inside(_ full: String) -> String {
    guard full.hasPrefix(path) else { return full }
    return full.dropFirst(path.count).split(separator: "/").joined(separator: "/")
  }

  /// The folders that members make up.
  private struct Folders {
    private var listings: [String: DirectoryListing.Listing] = ["": DirectoryListing.Listing()]

    var sorted: [String: DirectoryListing.Listing] {
      listings.mapValues { listing in
        var listing = listing
        listing.entries.sort { String.bytewise($0.name, $1.name) }
        return listing
      }
    }

    /// Adds a file, and the folders it lies in; false where it, or one of them, is no data.
    mutating func add(_ file: String, to folders: [String]) -> Bool {
      var place = ""
      for folder in folders {
        guard !ignores(folder, in: place) else { return false }
        let inner = place.isEmpty ? folder : place + "/" + folder
        if listings.updateValue(listings[inner] ?? .init(), forKey: inner) == nil {
          listings[place]?.entries.append(.init(name: folder, isFolder: true))
        }
        place = inner
      }
      guard !ignores(file, in: place) else { return false }
      listings[place]?.entries.append(.init(name: file, isFolder: false))
      return true
    }

    private mutating func ignores(_ name: String, in folder: String) -> Bool {
      if SystemFiles.isDropping(name) {
        listings[folder]?.systemFiles += 1
      } else if name.hasPrefix(".") {
        listings[folder]?.hiddenFiles += 1
      } else {
        return false
      }
      return true
    }
  }
}
