/// What a manifest file says about a dataset; `manifests/README.md` describes the format.
public struct DatasetManifest: Sendable, Codable, Equatable {
  /// Where the images of one split are.
  public struct Source: Sendable, Codable, Equatable {
    /// Folder, list file or shard pattern, relative to the data root; absent for drawn images.
    public var path: String?
    /// Number of images a complete copy has.
    public var count: Int?
    /// For lists: the folder their paths are relative to, itself relative to the data root.
    public var root: String?
    /// For drawn images: the domain of the world.
    public var domain: String?

    public init(path: String? = nil, count: Int? = nil, root: String? = nil, domain: String? = nil) {
      self.path = path
      self.count = count
      self.root = root
      self.domain = domain
    }
  }

  /// Something of which a manifest has several.
  public struct Variant: Sendable, Codable, Equatable {
    public var name: String
    public var values: [String]

    public init(name: String, values: [String]) { (self.name, self.values) = (name, values) }
  }

  public var name: String
  /// The name people know it by.
  public var title: String?
  public var description: String?
  /// Datasets of one family share the label space of `classes`.
  public var family: String
  public var role: DatasetRole
  /// The name of a layout (`DatasetLayouts`), or `world` for images that the program draws.
  public var layout: String
  public var splits: [String: Source]
  /// What tells datasets apart that are otherwise the same, in the order of their names: `imagenet-c.fog.3` is the one of corruption
  /// `fog` and severity `3`. Paths have `{corruption}` and `{severity}` in their place. Nil where there is one dataset.
  public var variants: [Variant]?
  /// The label space of the family.
  public var classes: ManifestList<DatasetClass>
  /// Identifiers of the classes this dataset has, in the order of its labels; all of the family's, when absent.
  public var subset: ManifestList<String>?
  /// Classes of its own that each cover some of the family's, instead of a subset of the family's classes.
  public var ownClasses: ManifestList<DatasetClass>?
  /// How class folders are called.
  public var folders: FolderDataset.FolderNaming?
  /// What becomes of folders that belong to no class.
  public var otherFolders: FolderDataset.OtherFolders?
  /// Pixels to cut off every side of an image before anything else.
  public var cropBorder: Int?
  /// Prompts with `{}` where the class name goes.
  public var templates: ManifestList<String>?
  /// The key of the metric that the field reports for the dataset; top-1 accuracy where there is none.
  public var metric: String?
  /// The target dataset that, restricted to the same classes, is this shift's control.
  public var idTwin: String?
  public var homepage: String?
  public var licence: String?
  public var citation: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, title, description, family, role, layout, splits, variants, classes, subset, folders,
      templates, metric
    case ownClasses = "own_classes"
    case otherFolders = "other_folders"
    case cropBorder = "crop_border"
    case idTwin = "id_twin"
    case homepage, licence, citation
  }

  /// The layout of images that the program draws.
  static let drawnLayout = "world"

  /// How the images are stored; nil where the program draws them.
  public var storage: (any DatasetLayout.Type)? { DatasetLayouts.named(layout) }

  /// The dataset with these values of what it has variants of. Throws, with what may be, if they are none.
  func variant(_ chosen: [String]) throws(DatasetError) -> DatasetManifest {
    let variants = variants ?? []
    for (variant, value) in zip(variants, chosen) where !variant.values.contains(value) {
      throw .badRequest(
        "dataset \(name): '\(value)' is no \(variant.name); there are \(variant.values.joined(separator: ", "))"
      )
    }
    guard chosen.count == variants.count else { throw manyVariants }
    var one = self
    one.variants = nil
    one.name = ([name] + chosen).joined(separator: ".")
    one.title = title.map { "\($0), \(chosen.joined(separator: ", "))" }
    one.splits = splits.mapValues { source in
      var source = source
      for (variant, value) in zip(variants, chosen) {
        source.path = source.path?.replacing("{\(variant.name)}", with: value)
      }
      return source
    }
    return one
  }

  /// The names of all its variants; its own where there is one dataset.
  public var variantNames: [String] {
    (variants ?? []).reduce([name]) { names, variant in
      names.flatMap { name in variant.values.map { "\(name).\($0)" } }
    }
  }

  /// What is to be said where one of several datasets must be named.
  var manyVariants: DatasetError {
    let words = (variants ?? []).map { "\($0.name) \($0.values.joined(separator: ", "))" }
    return .badRequest(
      "dataset \(name) is \(variantNames.count) datasets, one for each \((variants ?? []).map(\.name).joined(separator: " and ")); "
        + "name one, such as \(variantNames[0]) (\(words.joined(separator: "; ")))")
  }

  /// The splits this dataset has.
  public var availableSplits: [DatasetSplit] { DatasetSplit.allCases.filter { splits[$0.rawValue] != nil } }

  /// The classes its labels index: its own, or the subset of the family's, or all of the family's.
  public var datasetClasses: [DatasetClass] {
    if let own = ownClasses?.values { return own }
    guard let wanted = subset?.values else { return classes.values }
    let byID = Dictionary(classes.values.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return wanted.compactMap { byID[$0] }
  }
}

/// A list written in the manifest itself, or in a text file beside it.
public enum ManifestList<Element: Codable & Sendable & Equatable>: Sendable, Codable, Equatable {
  case inline([Element])
  case file(String)

  /// The elements, once files have been read; empty before.
  public var values: [Element] {
    if case .inline(let values) = self { values } else { [] }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let file = try? container.decode(String.self) {
      self = .file(file)
    } else {
      self = .inline(try container.decode([Element].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .inline(let values): try container.encode(values)
    case .file(let file): try container.encode(file)
    }
  }
}
