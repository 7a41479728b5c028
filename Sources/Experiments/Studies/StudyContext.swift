import CLIPCore
import Checkpoint
import Datasets
import Foundation
import TensorCore
import Training

/// Opens what runs of a study need, and keeps what the next ones need again: models, images and heads.
final class StudyContext {
  let settings: StudySettings
  private let places: Places
  let reader: ImageReader
  private let monitor: TrainingMonitor
  /// Also told of the embedded world's model while it is made.
  private var models: [ModelKey: (model: PretrainedModel, content: CellIdentity.ModelContent)] = [:]
  /// The latest few, the newest last.
  private var data: [(key: DataKey, data: TrainingData, content: String)] = []
  private var contents: [DataKey: String] = [:]
  /// Images of sets that are scored, by what names them.
  private var counts: [String: Int] = [:]
  private static let mostData = 4
  /// Of frozen towers, which runs share.
  let features: FeatureStore

  init(
    _ settings: StudySettings, places: Places = Places(), reader: ImageReader = ImageReader(),
    monitor: TrainingMonitor = TrainingMonitor()
  ) {
    (self.settings, self.places, self.reader, self.monitor) = (settings, places, reader, monitor)
    features = FeatureStore(CellStore(URL(fileURLWithPath: settings.cells)).features)
  }

  private struct ModelKey: Hashable {
    let model: String
    let arch, adapter: String?
    let imageSize: Int?
  }

  private struct DataKey: Hashable {
    let request: String
    let seed: UInt64
  }

  func catalog(_ spec: RunSpec) -> DatasetCatalog {
    places.catalog(dataRoot: spec.data.dataRoot, allowsPartial: spec.data.allowsPartial)
  }

  /// A whole specification, its places absolute.
  func resolved(_ draft: SpecDraft) throws -> SpecDraft.Resolved {
    let catalog = places.catalog(dataRoot: settings.dataRoot)
    var resolved = try draft.resolved(
      SpecDraft.Defaults(
        model: settings.model, dataset: settings.dataset, dataRoot: settings.dataRoot, seed: settings.seed,
        precision: settings.precision, isWorld: { try catalog.isWorld($0) }))
    resolved.spec.data = resolved.spec.data.absolute
    return resolved
  }

  func model(_ spec: RunSpec) throws -> (model: PretrainedModel, content: CellIdentity.ModelContent) {
    let key = ModelKey(model: spec.model, arch: spec.arch, adapter: spec.adapter, imageSize: spec.imageSize)
    if let found = models[key] { return found }
    let model = try FineTuneJob.model(spec, places, monitor: monitor)
    let content = CellIdentity.ModelContent(
      weights: try model.weightsSHA256(), architecture: model.clip.config, preprocessing: model.preprocessing,
      tokenizer: ContentHash.sha256(of: model.tokenizer.identity), adapter: model.adapter?.sha256)
    models[key] = (model, content)
    return (model, content)
  }

  /// The images of a run, and the hash of what of them matters.
  func images(_ spec: RunSpec) throws -> (data: TrainingData, content: String) {
    let key = Self.key(spec)
    if let place = data.firstIndex(where: { $0.key == key }) {
      let found = data.remove(at: place)
      data.append(found)
      return (found.data, found.content)
    }
    let opened = try TrainingData.open(
      spec.data, seed: spec.settings.seeds.data, catalog: catalog(spec), reader: reader)
    let content = CellIdentity.DataContent(
      train: opened.images.train.sha256, validation: opened.images.validation.sha256,
      classes: opened.train.classes, templates: opened.templates, descriptions: opened.descriptions?.sha256)
    let hash = ContentHash.sha256(of: Data(JSONFormat.line(content).utf8))
    data = data.suffix(Self.mostData - 1) + [(key, opened, hash)]
    contents[key] = hash
    return (opened, hash)
  }

  /// How many images a run looks at; they are counted, not read.
  func size(of spec: RunSpec, _ scoring: StudyScoring?) throws -> MeasuredCost.Size {
    let images = try images(spec).data.images
    var scored = 0
    if let scoring {
      let catalog = catalog(spec)
      let arguments = try scoring.datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text)
      }
      let named = try arguments.isEmpty ? EvaluationOpener.family(of: spec.data, catalog) : arguments
      let places = try spec.data.places(catalog)
      let hasTarget = try named.contains { try $0.role(relativeTo: places, catalog: catalog) == .target }
      scored = images.validation.count + (hasTarget ? 0 : images.test?.count ?? 0)
      for argument in named {
        let key = argument.text + spec.data.dataRoot
        let count =
          try counts[key]
          ?? catalog.open(
            argument.specifier, options: DatasetOptions(role: .shift, allowPartial: spec.data.allowsPartial)
          )
          .count
        counts[key] = count
        scored += count
      }
    }
    return MeasuredCost.Size(
      training: images.train.count, validation: images.validation.count, scored: scored,
      epochs: spec.settings.schedule.epochs, alphas: scoring?.alphas.count ?? 0)
  }

  private static func key(_ spec: RunSpec) -> DataKey {
    DataKey(request: JSONFormat.line(spec.data), seed: spec.settings.seeds.data)
  }

  /// What a run is known by.
  func identity(_ spec: RunSpec) throws -> CellIdentity {
    let data = try contents[Self.key(spec)] ?? images(spec).content
    return CellIdentity(spec, model: try model(spec).content, data: data)
  }

  /// Makes heads, those of many prompts once for all runs on this machine.
  func headBuilder(_ descriptions: ClassDescriptions?) -> FineTuneJob.HeadBuilder {
    let cache = HeadCache(folder: places.cache.appendingPathComponent("heads"))
    return { model, classNames, templates in
      let prompts =
        descriptions?.prompts ?? classNames.map { name in templates.map { $0.replacing("{}", with: name) } }
      return try cache.head(
        of: model, classNames: classNames, templates: templates, descriptions: descriptions?.prompts
      ) {
        try ZeroShotHead.build(
          clip: model.clip, tokenizer: model.tokenizer, classNames: classNames, prompts: prompts)
      }.head
    }
  }
}
