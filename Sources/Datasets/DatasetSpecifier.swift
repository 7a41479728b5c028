import Foundation

/// What a dataset argument names.
public enum DatasetSpecifier: Sendable, Hashable {
  /// A manifest, and the split asked for with `NAME:SPLIT`.
  case manifest(name: String, split: DatasetSplit?)
  /// Data without a manifest: `folder:PATH` and its like.
  case stored(StoredImages)

  /// Reads `NAME`, `NAME:SPLIT`, or the word of a layout, a colon and what the layout reads; `~` in paths is the home
  /// folder.
  public static func parse(_ text: String) throws(DatasetError) -> DatasetSpecifier {
    let forms = "write a manifest's name, \(DatasetLayouts.forms)"
    guard !text.isEmpty else { throw .badSpecifier(text: text, advice: forms) }
    guard let colon = text.firstIndex(of: ":") else {
      guard !text.contains("/") else {
        throw .badSpecifier(
          text: text, advice: "for images on disk write \(DatasetLayouts.forms(for: text))")
      }
      return .manifest(name: text, split: nil)
    }
    let prefix = String(text[..<colon])
    let rest = String(text[text.index(after: colon)...])
    guard !rest.isEmpty else { throw .badSpecifier(text: text, advice: "nothing follows '\(prefix):'") }
    if let layout = DatasetLayouts.prefixed(prefix) {
      return .stored(StoredImages(try layout.init(argument: rest)))
    }
    guard prefix != ParquetFiles.suffix else { throw .badSpecifier(text: text, advice: ParquetFiles.advice) }
    guard let split = DatasetSplit(rawValue: rest), !prefix.isEmpty, !prefix.contains("/") else {
      throw .badSpecifier(text: text, advice: forms)
    }
    return .manifest(name: prefix, split: split)
  }

  /// The same with paths that do not depend on the working folder.
  public var absolute: DatasetSpecifier {
    switch self {
    case .manifest: self
    case .stored(let images): .stored(StoredImages(images.layout.absolute))
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
    case .stored(let images): images.text
    }
  }
}

/// Images as they are stored, in any layout: the same where they read as the same argument.
public struct StoredImages: Sendable, Hashable {
  public let layout: any DatasetLayout

  public init(_ layout: any DatasetLayout) { self.layout = layout }

  /// The dataset argument.
  public var text: String { type(of: layout).prefix + ":" + layout.argument }

  public static func == (a: StoredImages, b: StoredImages) -> Bool { a.text == b.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
