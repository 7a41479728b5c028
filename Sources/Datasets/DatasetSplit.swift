/// The parts a dataset may be divided into.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  case train
  /// For choosing: learning rates, epochs, alpha.
  case val
  /// For reporting.
  case test

  /// Whether a folder of this name holds a part of a dataset.
  public static func isFolderName(_ name: String) -> Bool {
    allCases.contains { $0.folderNames.contains(name) }
  }

  /// Folder names under which the split is found in a folder tree, best first.
  var folderNames: [String] {
    switch self {
    case .train: ["train", "training"]
    case .val: ["val", "valid", "validation"]
    case .test: ["test", "testing"]
    }
  }
}
