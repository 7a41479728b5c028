/// The parts a dataset may be divided into.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  case train
  /// For choosing: learning rates, epochs, alpha.
  case val
  /// For reporting.
  case test

  /// The split that a folder of this name holds, in any case and with or without "set"; nil where it is no split's.
  public init?(folderName name: String) {
    var word = name.lowercased().split { $0 == "_" || $0 == "-" || $0 == " " }.joined()
    if word.hasSuffix("set") { word.removeLast(3) }
    guard let split = Self.allCases.first(where: { $0.folderNames.contains(word) }) else { return nil }
    self = split
  }

  /// Whether a folder of this name holds a part of a dataset.
  public static func isFolderName(_ name: String) -> Bool { DatasetSplit(folderName: name) != nil }

  /// What the split is called as a folder, in lower case; the same words that Hugging Face's datasets knows.
  private var folderNames: [String] {
    switch self {
    case .train: ["train", "training"]
    case .val: ["val", "valid", "validation", "dev"]
    case .test: ["test", "testing", "eval", "evaluation"]
    }
  }
}
