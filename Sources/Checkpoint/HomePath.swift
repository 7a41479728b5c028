import Foundation

/// Paths as people write them.
public enum HomePath {
  /// A path that did not go through a shell, with what a shell makes of `~`: `$HOME`, or another user's folder.
  public static func expanded(
    _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    guard path.hasPrefix("~") else { return path }
    if path == "~" || path.hasPrefix("~/"), let home = environment["HOME"], !home.isEmpty {
      return home + path.dropFirst()
    }
    return (path as NSString).expandingTildeInPath
  }
}
