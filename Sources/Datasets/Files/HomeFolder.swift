import Foundation

extension String {
  /// This path with `~` or `~NAME` at its beginning replaced by that home folder, as a shell does where it sees them: not
  /// in `folder:~/photos`, `--option=~/file` and variables. A folder that is really called so is written `./~`.
  public var expandingHome: String {
    guard hasPrefix("~") else { return self }
    let user = self[index(after: startIndex)...].prefix { $0 != "/" }
    guard let home = Self.homeFolder(of: String(user)) else { return self }
    return home + dropFirst(1 + user.count)
  }

  private static func homeFolder(of user: String) -> String? {
    if user.isEmpty, let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty { return home }
    let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(user)
    return entry.flatMap { $0.pointee.pw_dir }.map { String(cString: $0) }
  }
}
