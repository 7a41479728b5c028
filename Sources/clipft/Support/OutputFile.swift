import Checkpoint
import Foundation

/// A file that will be written.
enum OutputFile {
  /// Looks before the work is done whether the file can be created. Throws if there is one: what the user had is not
  /// replaced.
  static func check(_ path: String) throws(CheckpointError) -> URL {
    let url = URL(fileURLWithPath: path)
    func isFolder(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
    guard !isFolder(url.path) else {
      throw .cannotCreate(file: url.path, reason: "a folder of that name exists")
    }
    guard !path.hasSuffix("/") else {
      throw .cannotCreate(file: path, reason: "it is the name of a folder, and a file is written")
    }
    let target = url.resolvingSymlinksInPath()
    let folder = target.deletingLastPathComponent().path
    guard isFolder(folder) else {
      throw .cannotCreate(file: url.path, reason: "its folder does not exist")
    }
    // It is the folder that has to be writable; a device takes the bytes.
    var status = stat()
    let exists = stat(target.path, &status) == 0
    let isDevice = exists && status.st_mode & S_IFMT != S_IFREG
    guard !exists || isDevice else {
      throw .cannotCreate(file: url.path, reason: "it exists already")
    }
    guard access(isDevice ? target.path : folder, W_OK) == 0 else {
      throw .cannotCreate(
        file: url.path,
        reason: "\(isDevice ? "it" : "its folder") cannot be written to (\(String(cString: strerror(errno))))"
      )
    }
    return url
  }
}
