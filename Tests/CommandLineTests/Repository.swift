import Foundation

/// The files beside the sources.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every page that people read, by its path.
  static func pages() throws -> [String] {
    let below = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "docs").path)
    return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "manifests/README.md"]
      + below.filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }.sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}
