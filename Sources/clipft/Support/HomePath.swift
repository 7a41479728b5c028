import Checkpoint

extension HomePath {
  /// What a dataset may be named by before its path.
  private static let prefixes = ["folder:", "list:", "wds:"]

  /// `~` in a word of the command line that no shell has expanded: alone, behind `--option=`, behind a role (`shift=`)
  /// and behind `folder:`.
  static func expanding(argument word: String) -> String {
    guard let tilde = word.firstIndex(of: "~") else { return word }
    let before = word[..<tilde]
    guard before.isEmpty || before.hasSuffix("=") || prefixes.contains(where: before.hasSuffix) else {
      return word
    }
    return before + expanded(String(word[tilde...]))
  }
}
