/// Files and folders that operating systems, file managers and notebooks leave behind: no part of any data.
enum SystemFiles {
  private static let names: Set<String> = [
    "__macosx", ".ds_store", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd", "icon\r",
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "lost+found",
    "@eadir", "#recycle", "#snapshot", ".ipynb_checkpoints", "__pycache__", ".directory",
  ]

  static func isDropping(_ name: String) -> Bool {
    names.contains(name.lowercased()) || name.hasPrefix("._") || name.hasPrefix(".Trash-")
      || name.hasPrefix(".nfs")
  }
}
