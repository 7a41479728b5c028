/// The classes of a dataset and the prompts that come with it.
public struct LabelSpace: Sendable, Equatable {
  public let classes: [DatasetClass]
  /// The classes of the dataset's family, of which its own are a part; without a manifest, its own.
  public let familyClasses: [DatasetClass]
  /// Nil where no manifest gives any.
  public let templates: [String]?
}

extension DatasetCatalog {
  /// What a dataset argument says about classes and prompts; the images of a manifest need not be on disk.
  public func labelSpace(of text: String) throws(DatasetError) -> LabelSpace {
    let specifier = try DatasetSpecifier.parse(text)
    guard case .manifest(let name, _) = specifier else {
      let dataset = try open(specifier, options: DatasetOptions(split: .train))
      return LabelSpace(classes: dataset.classes, familyClasses: dataset.classes, templates: nil)
    }
    let manifest = try manifest(named: name)
    return LabelSpace(
      classes: manifest.datasetClasses, familyClasses: manifest.classes.values,
      templates: manifest.templates?.values)
  }
}
