import Foundation

/// `~`, for what no shell has expanded: quoted arguments, `--out=~/x`, `folder:~/photos`, files and variables.
enum HomePath {
  /// What a data set may be named by before its path.
  private static let prefixes = ["folder:", "list:", "wds:"]

  /// A path with the home folder in the place of `~`; anything else as it is.
  static func expanding(_ text: String) -> String {
    if text == "~" || text.hasPrefix("~/") { return home + text.dropFirst() }
    // Another user's, if there is one.
    if text.hasPrefix("~") { return NSString(string: text).expandingTildeInPath }
    return text
  }

  /// The same within a word of the command line: behind `--option=`, behind a role (`shift=`) and behind `folder:`.
  static func expanding(argument word: String) -> String {
    guard let tilde = word.firstIndex(of: "~") else { return word }
    let before = word[..<tilde]
    guard before.isEmpty || before.hasSuffix("=") || prefixes.contains(where: before.hasSuffix) else {
      return word
    }
    return before + expanding(String(word[tilde...]))
  }

  private static var home: String {
    if let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty { return home }
    return FileManager.default.homeDirectoryForCurrentUser.path
  }
}
