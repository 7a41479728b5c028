import ImageCodec

/// What lies below a folder: images that are read, images that are not, and everything else, counted.
struct FolderContents {
  /// Paths of the images that are read, relative to the folder and sorted bytewise.
  private(set) var images: [String] = []
  /// Images of kinds that are not read, by suffix.
  private(set) var unread: [String: Int] = [:]
  /// The first of them.
  private(set) var firstUnread: String?
  /// Everything else that is no image, as `LeftOutFiles` counts.
  private(set) var others: [String: Int] = [:]

  /// Looks at everything below `root`, links followed.
  init(below root: String, in tree: any FileTree = DiskTree()) throws(DatasetError) {
    var visited: Set<DirectoryListing.Identity> = []
    try collect(root, prefix: "", tree, &visited)
    images.sort(by: String.bytewise)
  }

  /// Files that are not used, those of unread kinds included.
  var leftOut: [String: Int] {
    var all = others
    all.add(unread)
    return all
  }

  /// Throws if there are images of kinds that are not read; `remedy` says what else may be done than to convert them.
  func requireAllRead(in folder: String, remedy: String) throws(DatasetError) {
    guard let firstUnread else { return }
    throw .badFolder(
      path: folder,
      problem:
        "\(LeftOutFiles.words(unread)) cannot be read here, the first being \(firstUnread); convert to PNG, or \(remedy)"
    )
  }

  /// "only 3 .gif, 1 .txt", "it is empty": what there is instead of images.
  var insteadOfImages: String {
    leftOut.isEmpty ? "it is empty" : "only \(LeftOutFiles.words(leftOut))"
  }

  private mutating func collect(
    _ folder: String, prefix: String, _ tree: any FileTree, _ visited: inout Set<DirectoryListing.Identity>
  ) throws(DatasetError) {
    // A folder that links lead to twice, or in a circle, counts once.
    guard let identity = tree.identity(of: folder), visited.insert(identity).inserted else {
      return
    }
    let listing = try tree.listing(of: folder)
    others.add(listing.ignored)
    for entry in listing.entries {
      let path = prefix.isEmpty ? entry.name : prefix + "/" + entry.name
      if entry.isFolder {
        try collect(folder.appendingPath(entry.name), prefix: path, tree, &visited)
      } else if ImageDecoder.isImageFile(entry.name) {
        images.append(path)
      } else if ImageDecoder.isUnreadImageFile(entry.name) {
        unread.count(ImageDecoder.suffix(of: entry.name))
        firstUnread = firstUnread ?? path
      } else {
        others.count(ImageDecoder.suffix(of: entry.name))
      }
    }
  }
}
