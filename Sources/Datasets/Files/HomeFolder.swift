import Checkpoint

extension String {
  /// The path with what a shell makes of `~` in its place.
  public var expandingHome: String { HomePath.expanded(self) }
}
