extension DatasetCatalog {
  /// The splits that data are divided into, whether or not the argument names one of them; empty when they are not
  /// divided.
  ///
  /// A split counts that is there: whether its images can be used, opening it says. `classes` are the names of classes that
  /// are known, one of which may be called as splits are.
  public func splits(
    of specifier: DatasetSpecifier, classes: [String]? = nil
  ) throws(DatasetError) -> Set<DatasetSplit> {
    switch specifier {
    case .manifest(let name, _): Set(try manifest(named: name).availableSplits)
    case .stored(let images): try images.layout.splits(classes: classes)
    }
  }

  /// Opens exactly one split of data, whichever the argument names; nil only when they are not divided or have no such
  /// split. A split that is there and cannot be used is an error.
  public func openIfPresent(
    _ specifier: DatasetSpecifier, split: DatasetSplit, options: DatasetOptions = DatasetOptions()
  ) throws(DatasetError) -> (any ImageDataset)? {
    guard try splits(of: specifier, classes: options.classes).contains(split) else { return nil }
    var options = options
    options.split = split
    guard case .manifest(let name, _) = specifier else { return try open(specifier, options: options) }
    return try open(.manifest(name: name, split: split), options: options)
  }
}
