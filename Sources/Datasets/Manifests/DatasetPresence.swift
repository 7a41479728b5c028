/// What of a dataset is on disk.
public enum DatasetPresence: Sendable, Equatable {
  /// All images that are expected, or all there are where no number is known.
  case complete(images: Int)
  case partial(images: Int, expected: Int)
  /// Nothing is where it should be.
  case absent(path: String)
  /// Drawn by the program when it is asked for.
  case drawn(images: Int?)
  /// Something is there, but it cannot be used.
  case unusable(problem: String)
}

extension DatasetCatalog {
  /// Compares a split with the disk: lists its images, decodes none.
  public func presence(of manifest: DatasetManifest, split: DatasetSplit) -> DatasetPresence {
    let source = manifest.splits[split.rawValue]
    if manifest.storage == nil { return .drawn(images: source?.count) }
    do throws(DatasetError) {
      let images = try open(manifest, split: split, allowPartial: true).count
      if let expected = source?.count, expected != images {
        return .partial(images: images, expected: expected)
      }
      return .complete(images: images)
    } catch {
      if case .notFound(_, let path, _) = error { return .absent(path: path) }
      return .unusable(problem: error.description)
    }
  }
}

extension DatasetCatalog {
  /// Throws if nothing is where one of the arguments says, without listing what is there: quick, for what comes before
  /// slow work.
  public func requirePresence(of specifiers: [DatasetSpecifier]) throws(DatasetError) {
    for specifier in specifiers {
      switch specifier {
      case .manifest(let name, let split):
        let manifest = try manifest(named: name)
        guard manifest.variants == nil else { throw manifest.manyVariants }
        guard let source = manifest.splits[(split ?? .test).rawValue] else { continue }
        try requirePresence(of: manifest, at: dataRoot.appendingPath(source.path ?? ""))
      case .stored(let images): try images.layout.requirePresence()
      }
    }
  }
}
