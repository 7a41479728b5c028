import Foundation

/// What a dataset argument names.
public enum DatasetSpecifier: Sendable, Hashable {
  /// A manifest, and the split asked for with `NAME:SPLIT`.
  case manifest(name: String, split: DatasetSplit?)
  /// `folder:PATH`: one folder a class.
  case folder(path: String)
  /// `list:FILE`: a text file of lines `relative/path label`.
  case list(file: String)
  /// `wds:PATTERN`: WebDataset tar shards, brace ranges allowed.
  case webDataset(pattern: String)

  /// Reads `NAME`, `NAME:SPLIT`, `folder:PATH`, `list:FILE` or `wds:PATTERN`; `~` in paths is the home folder.
  public static func parse(_ text: String) throws(DatasetError) -> DatasetSpecifier {
    let forms = "write a manifest's name, folder:PATH, list:FILE or wds:PATTERN"
    guard !text.isEmpty else { throw .badSpecifier(text: text, advice: forms) }
    guard let colon = text.firstIndex(of: ":") else {
      guard !text.contains("/") else {
        throw .badSpecifier(
          text: text, advice: "for images on disk write folder:\(text), list:\(text) or wds:\(text)")
      }
      return .manifest(name: text, split: nil)
    }
    let prefix = String(text[..<colon])
    let rest = String(text[text.index(after: colon)...])
    guard !rest.isEmpty else { throw .badSpecifier(text: text, advice: "nothing follows '\(prefix):'") }
    switch prefix {
    case "folder": return .folder(path: rest.expandingHome)
    case "list": return .list(file: rest.expandingHome)
    case "wds": return .webDataset(pattern: expandingHomes(rest))
    default:
      guard let split = DatasetSplit(rawValue: rest), !prefix.isEmpty, !prefix.contains("/") else {
        throw .badSpecifier(text: text, advice: forms)
      }
      return .manifest(name: prefix, split: split)
    }
  }

  private static func expandingHomes(_ pattern: String) -> String {
    pattern.components(separatedBy: "::").map(\.expandingHome).joined(separator: "::")
  }

  /// The same with paths that do not depend on the working folder.
  public var absolute: DatasetSpecifier {
    func absolute(_ path: String) -> String {
      path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
    return switch self {
    case .manifest: self
    case .folder(let path): .folder(path: URL(fileURLWithPath: path).standardizedFileURL.path)
    case .list(let file): .list(file: URL(fileURLWithPath: file).standardizedFileURL.path)
    case .webDataset(let pattern):
      .webDataset(pattern: pattern.components(separatedBy: "::").map(absolute).joined(separator: "::"))
    }
  }

  /// Whether a manifest says what there is.
  public var isManifest: Bool {
    if case .manifest = self { true } else { false }
  }

  /// The argument that reads as this.
  public var text: String {
    switch self {
    case .manifest(let name, let split): split.map { "\(name):\($0.rawValue)" } ?? name
    case .folder(let path): "folder:" + path
    case .list(let file): "list:" + file
    case .webDataset(let pattern): "wds:" + pattern
    }
  }
}
