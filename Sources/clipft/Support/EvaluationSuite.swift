import Datasets
import Training

/// The images a run is scored on: its target, shifts of it, and the validation images that select alpha.
struct EvaluationSuite {
  let target: any ImageDataset
  let shifts: [any ImageDataset]
  let validation: any ImageDataset

  /// `names` as given by the user; without any, the run's own target and every shift of the same family.
  static func open(
    for record: RunRecord, named names: [String], dataRoot: String?, allowsPartial: Bool = false,
    workspace: Workspace
  ) throws -> EvaluationSuite {
    let request = record.data.request
    let catalog = workspace.catalog(
      dataRoot: dataRoot ?? request.dataRoot, allowsPartial: allowsPartial || request.allowsPartial ?? false)
    let data = try TrainingData.open(request, catalog: catalog)
    let named = try names.map { name in
      try catalog.open(name, options: DatasetOptions(role: request.isOwn(name) ? .target : .shift))
    }
    try DatasetCatalog.requireDistinctNames(named)
    let chosen = try names.isEmpty ? family(of: request, catalog) : named
    let target = try chosen.first { $0.role == .target } ?? ownTarget(request, data, catalog)
    return EvaluationSuite(
      target: target, shifts: chosen.filter { $0.role == .shift }, validation: data.validation)
  }

  /// Every dataset of the family a run was trained on, where it was trained on a manifest's.
  private static func family(
    of request: TrainingDataRequest, _ catalog: DatasetCatalog
  ) throws -> [any ImageDataset] {
    guard case .manifest(let name, _) = try DatasetSpecifier.parse(request.dataset) else { return [] }
    let own = try catalog.manifest(named: name)
    let manifests = try catalog.names.map { try catalog.manifest(named: $0) }.filter {
      $0.family == own.family
    }
    let targets = manifests.filter { $0.name == own.name }
    return try (targets + manifests.filter { $0.role == .shift }).map { try catalog.open($0, split: .test) }
  }

  /// The test images of what a run was trained on; its validation images where there are none.
  private static func ownTarget(
    _ request: TrainingDataRequest, _ data: TrainingData, _ catalog: DatasetCatalog
  ) throws -> any ImageDataset {
    let specifier = try DatasetSpecifier.parse(request.dataset)
    let options = DatasetOptions(split: .test, role: .target, classes: data.train.classNames)
    switch specifier {
    case .manifest(let name, _):
      return try catalog.open(.manifest(name: name, split: .test), options: options)
    case .folder:
      let whole = try catalog.open(
        specifier, options: DatasetOptions(split: .train, role: .target, classes: data.train.classNames))
      guard let test = (try? catalog.open(specifier, options: options)) as? FolderDataset,
        test.root != (whole as? FolderDataset)?.root
      else { return data.validation }
      return test
    case .list, .webDataset:
      return data.validation
    }
  }
}
