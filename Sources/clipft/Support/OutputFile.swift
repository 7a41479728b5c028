import Checkpoint
import Foundation

/// A file that will be written.
enum OutputFile {
  /// Looks before the work is done whether the file can be created.
  static func check(_ path: String) throws(CheckpointError) -> URL {
    let url = URL(fileURLWithPath: path)
    func isFolder(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
    guard !isFolder(url.path) else {
      throw .cannotCreate(file: url.path, reason: "a folder of that name exists")
    }
    guard isFolder(url.deletingLastPathComponent().path) else {
      throw .cannotCreate(file: url.path, reason: "its folder does not exist")
    }
    return url
  }
}
