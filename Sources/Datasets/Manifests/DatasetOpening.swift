import Foundation

/// How to open a dataset.
public struct DatasetOptions: Sendable {
  /// The part wanted, unless the argument names one.
  public var split: DatasetSplit
  /// What data without a manifest are for.
  public var role: DatasetRole
  /// Class names of data without a manifest.
  ///
  /// Images for training must show them all. Those for validation or test may lack some, which
  /// `ImageDataset.classesWithoutImages` then names, but have no others.
  public var classes: [String]?
  /// The half of the classes that is wanted alone, and the names of all of data without a manifest, where they are known; then
  /// `classes` are those that the half must turn out to have.
  public var half: (half: ClassHalf, of: [String]?)?
  /// Whether fewer (or more) images than the manifest promises will do.
  public var allowPartial: Bool

  public init(
    split: DatasetSplit = .test, role: DatasetRole = .shift, classes: [String]? = nil,
    allowPartial: Bool = false
  ) {
    self.split = split
    self.role = role
    self.classes = classes
    self.allowPartial = allowPartial
  }
}

extension DatasetCatalog {
  /// Opens what a dataset argument names.
  public func open(_ text: String, options: DatasetOptions = DatasetOptions()) throws(DatasetError)
    -> any ImageDataset
  {
    try open(DatasetSpecifier.parse(text), options: options)
  }

  /// Opens what a dataset argument names.
  public func open(
    _ specifier: DatasetSpecifier, options: DatasetOptions = DatasetOptions()
  ) throws(DatasetError) -> any ImageDataset {
    guard let (half, all) = options.half else { return try openWhole(specifier, options: options) }
    var whole = options
    (whole.half, whole.classes) = (nil, all)
    let dataset = try openWhole(specifier, options: whole)
    let classes = half.classes(of: dataset.classes)
    guard !classes.isEmpty else {
      throw .badRequest(
        "dataset \(dataset.name) has \(dataset.classes.count) classes, of which no half is \(half.rawValue)")
    }
    if let expected = options.classes, !specifier.isManifest, expected != classes.map(\.name) {
      throw .badRequest(
        "dataset \(dataset.name): its \(half.rawValue) classes are not those of the training images, as it shows others; "
          + "name all classes with --classes")
    }
    let part = try dataset.restricted(to: classes)
    guard part.count > 0 else {
      throw .badRequest("dataset \(dataset.name) has no images of its \(half.rawValue) classes")
    }
    return part
  }

  private func openWhole(
    _ specifier: DatasetSpecifier, options: DatasetOptions
  ) throws(DatasetError) -> any ImageDataset {
    switch specifier {
    case .manifest(let name, let split):
      return try open(
        manifest(named: name), split: split ?? options.split, allowPartial: options.allowPartial)
    case .stored(let images):
      var request = LayoutRequest(
        split: options.split, name: images.layout.displayName, role: options.role,
        classes: options.classes?.map { DatasetClass(id: $0, name: $0) })
      request.roots = [dataRoot]
      request.allowsPartial = options.allowPartial || allowsPartial
      request.allowsMissingClasses = options.split != .train
      return try images.layout.open(request)
    }
  }

  /// Opens a split of a manifest's dataset and checks that it is complete.
  public func open(
    _ manifest: DatasetManifest, split: DatasetSplit, allowPartial: Bool = false
  ) throws(DatasetError) -> any ImageDataset {
    guard manifest.variants == nil else { throw manifest.manyVariants }
    guard let source = manifest.splits[split.rawValue] else {
      throw .badRequest(
        "dataset \(manifest.name) has no \(split.rawValue) split, only "
          + manifest.availableSplits.map(\.rawValue).joined(separator: ", "))
    }
    let allowPartial = allowPartial || allowsPartial
    let dataset: any ImageDataset
    if let layout = manifest.storage {
      let path = dataRoot.appendingPath(source.path ?? "")
      try requirePresence(of: manifest, at: path)
      var request = LayoutRequest(
        split: split, name: manifest.name, role: manifest.role, classes: manifest.datasetClasses)
      request.isSplitAlone = true
      request.roots = [dataRoot]
      request.root = source.root.map(dataRoot.appendingPath)
      request.allowsPartial = allowPartial
      request.naming = manifest.folders ?? .id
      request.otherFolders = manifest.otherFolders ?? .fail
      dataset = try layout.init(argument: path).open(request)
    } else {
      guard let world else { throw .badRequest("no images can be drawn for dataset \(manifest.name) here") }
      dataset = try world(manifest, split, dataRoot)
    }
    if let expected = source.count, expected != dataset.count, !allowPartial {
      throw .incomplete(dataset: manifest.name, found: dataset.count, expected: expected)
    }
    return manifest.cropBorder.map { BorderCroppedDataset(base: dataset, border: $0) } ?? dataset
  }

  /// Throws, saying what is expected where, if nothing is there.
  func requirePresence(of manifest: DatasetManifest, at path: String) throws(DatasetError) {
    guard let layout = manifest.storage else { return }
    do {
      try layout.init(argument: path).requirePresence()
      return
    } catch .notFound {}
    let homepage = manifest.homepage.map { "; its homepage is \($0)" } ?? ""
    throw .notFound(
      what: "dataset \(manifest.name)", path: path,
      advice:
        "put \(layout.expectation(of: manifest)), there, or name the folder it lies in with --data-root or "
        + "$CLIPFT_DATA\(homepage)")
  }

  /// The folder's own name; of a split's folder, with that of what it is a part of.
  static func name(ofFolder path: String) -> String {
    let parts = path.split(separator: "/").suffix(2).map(String.init)
    guard let last = parts.last, last != ".", last != ".." else {
      return URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    }
    guard parts.count == 2, DatasetSplit.isFolderName(last), parts[0] != "." && parts[0] != ".." else {
      return last
    }
    return parts.joined(separator: "/")
  }

  /// Throws if two datasets have one name, under which their figures could not be told apart.
  public static func requireDistinctNames(_ datasets: [any ImageDataset]) throws(DatasetError) {
    var names: Set<String> = []
    for dataset in datasets where !names.insert(dataset.name).inserted {
      throw .badRequest(
        "two of the datasets are called \(dataset.name); name each once, or rename the folder of one")
    }
  }
}
