extension ImageDataset { public var leftOut: [String: Int] { [:] } }
extension DatasetCatalog {
  public func openIfPresent(
    _ specifier: DatasetSpecifier, split: DatasetSplit, options: DatasetOptions = DatasetOptions()
  ) throws(DatasetError) -> (any ImageDataset)? {
    var options = options
    options.split = split
    switch specifier {
    case .manifest(let name, _):
      guard try manifest(named: name).availableSplits.contains(split) else { return nil }
      return try open(.manifest(name: name, split: split), options: options)
    case .folder(let path):
      guard split.folderNames.contains(where: { DirectoryListing.isFolder(path.appendingPath($0)) }) else {
        return nil
      }
      return try open(specifier, options: options)
    default: return nil
    }
  }
  public static func distinctNames(for sets: [(DatasetSpecifier, String)]) throws(DatasetError) -> [String] {
    sets.map(\.1)
  }
}
