import Foundation

extension String {
  /// This folder followed by a path below it; an absolute path stands for itself.
  func appendingPath(_ path: String) -> String {
    if path.hasPrefix("/") || isEmpty { return path }
    if path.isEmpty { return self }
    return hasSuffix("/") ? self + path : self + "/" + path
  }

  /// The path from the root on.
  var absolutePath: String { hasPrefix("/") ? self : URL(fileURLWithPath: self).standardizedFileURL.path }

  /// The folder a path lies in: "." for a bare name.
  var parentPath: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// What follows the last slash.
  var lastPathComponent: String {
    guard let slash = lastIndex(of: "/") else { return self }
    return String(self[index(after: slash)...])
  }

  /// Whether one comes before the other as bytes: the order of a plain sort, the same on every machine.
  static func bytewise(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
