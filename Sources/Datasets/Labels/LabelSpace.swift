/// The classes of a dataset and the prompts that come with it.
public struct LabelSpace: Sendable, Equatable {
  public let classes: [DatasetClass]
  /// The classes of the dataset's family, of which its own are a part; without a manifest, its own.
  public let familyClasses: [DatasetClass]
  /// Nil where nothing gives any.
  public let templates: [String]?
}

extension DatasetCatalog {
  /// What a dataset argument says about classes and prompts; the images of a manifest need not be on disk. Of a half of the
  /// classes, these are all; `classes` names those of data without a manifest.
  public func labelSpace(
    of text: String, half: ClassHalf? = nil, classes: [String]? = nil
  ) throws(DatasetError) -> LabelSpace {
    let whole = try labelSpace(of: text, classes: classes)
    guard let half else { return whole }
    let part = half.classes(of: whole.classes)
    return LabelSpace(classes: part, familyClasses: part, templates: whole.templates)
  }

  private func labelSpace(of text: String, classes: [String]?) throws(DatasetError) -> LabelSpace {
    let specifier = try DatasetSpecifier.parse(text)
    guard case .manifest(let name, _) = specifier else {
      // Training images show all classes; some data have test images alone.
      let splits = try splits(of: specifier)
      let split = DatasetSplit.allCases.first(where: splits.contains) ?? .train
      let dataset = try open(specifier, options: DatasetOptions(split: split, classes: classes))
      return LabelSpace(
        classes: dataset.classes, familyClasses: dataset.classes, templates: try templates(of: specifier))
    }
    let manifest = try manifest(named: name)
    return LabelSpace(
      classes: manifest.datasetClasses, familyClasses: manifest.classes.values,
      templates: manifest.templates?.values)
  }

  /// The prompts that come with data: of a manifest, or beside them; nil where there are none.
  public func templates(of specifier: DatasetSpecifier) throws(DatasetError) -> [String]? {
    switch specifier {
    case .manifest(let name, _): try manifest(named: name).templates?.values
    case .stored(let images): try images.layout.templates()
    }
  }
}
