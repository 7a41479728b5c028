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
  /// Told of the embedded world's model while it is made.
  private let monitor: TrainingMonitor
  private var models: [ModelKey: (model: PretrainedModel, content: CellIdentity.ModelContent)] = [:]
  /// The latest few, the newest last.
  private var data: [(key: DataKey, data: TrainingData, content: String)] = []
  private var contents: [DataKey: String] = [:]
  /// Requests of which nothing is drawn, so that every seed has the same images.
  private var undrawn: Set<String> = []
  /// Images that are scored, by what names them.
  private var sets: [String: (count: Int, key: String)] = [:]
  /// What a reader must know, each sentence once.
  private(set) var notes: [String] = []
  private static let mostData = 4
  /// By pre-trained towers, which runs share.
  let features: FeatureStore

  init(
    _ settings: StudySettings, places: Places = Places(), reader: ImageReader = ImageReader(),
    monitor: TrainingMonitor = TrainingMonitor()
  ) {
    (self.settings, self.places, self.monitor) = (settings, places, monitor)
    var reader = reader
    reader.memory = ContentMemory()
    self.reader = reader
    features = FeatureStore(CellStore(URL(fileURLWithPath: settings.cells)).features)
  }

  private struct ModelKey: Hashable {
    let model: String
    let arch, adapter: String?
    let imageSize: Int?
  }

  private struct DataKey: Hashable {
    let request: String
    /// Nil where nothing of the images is drawn.
    let seed: UInt64?
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
    var key = key(spec)
    if let place = data.firstIndex(where: { $0.key == key }) {
      let found = data.remove(at: place)
      data.append(found)
      return (found.data, found.content)
    }
    let opened = try TrainingData.open(
      spec.data, seed: spec.settings.seeds.data, catalog: catalog(spec), reader: reader)
    for note in opened.notes + Self.leftOut(opened) { tell(note) }
    // The order is that in which seeds choose.
    func list(_ images: ImageList) -> String { images.sha256 + ImageList.orderedKey(images.entries) }
    let content = CellIdentity.DataContent(
      train: list(opened.images.train), validation: list(opened.images.validation),
      classes: opened.train.classes, templates: opened.templates, descriptions: opened.descriptions?.sha256)
    let hash = ContentHash.sha256(of: Data(JSONFormat.line(content).utf8))
    if spec.data.shots == nil, opened.validationSource != .heldOut {
      undrawn.insert(key.request)
      key = self.key(spec)
    }
    data = data.suffix(Self.mostData - 1) + [(key, opened, hash)]
    contents[key] = hash
    return (opened, hash)
  }

  /// Throws where a run has no validation images to be judged by.
  func requireValidation(_ spec: RunSpec, of cell: String) throws {
    guard try images(spec).data.validation.count == 0 else { return }
    throw TrainingError.badSetting(
      "\(cell) has no validation images to be judged by; name some (data.validation), or search for nothing.")
  }

  /// What a run is scored on besides its validation images: how many images, and what they are known by as long as their files are
  /// what they are. They are looked at, not read.
  private func scored(_ spec: RunSpec, _ scoring: StudyScoring) throws -> (count: Int, key: String) {
    var request = spec.data
    // Which of the images are trained on is no matter.
    (request.shots, request.validation, request.validationFraction) = (nil, nil, 0.5)
    let known = JSONFormat.line(request) + JSONFormat.line(scoring.datasets)
    if let found = sets[known] { return found }
    do {
      let found = try looked(at: spec, scoring)
      sets[known] = found
      return found
    } catch let error as DatasetError {
      throw LocatedError(place: scoring.place ?? "score", error: error)
    }
  }

  private func looked(at spec: RunSpec, _ scoring: StudyScoring) throws -> (count: Int, key: String) {
    let catalog = catalog(spec)
    let arguments = try scoring.arguments
    let named = try arguments.isEmpty ? EvaluationOpener.family(of: spec.data, catalog) : arguments
    let places = try spec.data.places(catalog)
    let datasets = try named.map { argument in
      (
        try argument.role(relativeTo: places, catalog: catalog),
        try catalog.open(
          argument.specifier, options: DatasetOptions(role: .shift, allowPartial: spec.data.allowsPartial))
      )
    }
    var (lines, own): ([String], Int) = ([], 0)
    if !datasets.contains(where: { $0.0 == .target }), let test = try images(spec).data.images.test {
      (lines, own) = (["test \(test.sha256) \(ImageList.orderedKey(test.entries))"], test.count)
    }
    for (role, dataset) in datasets {
      for index in 0..<dataset.count {
        // Of what is no file, the content itself.
        let source = try dataset.source(at: index)?.text ?? ContentHash.sha256(of: dataset.bytes(at: index))
        lines.append("\(role.rawValue) \(dataset.classes[dataset.label(at: index)].id) \(source)")
      }
    }
    let count = own + datasets.reduce(0) { $0 + $1.1.count }
    return (count, ContentHash.sha256(of: Data(lines.joined(separator: "\n").utf8)))
  }

  /// What scores of a run are kept under: alphas, rule, and the images as they are now.
  func scoresName(_ spec: RunSpec, _ scoring: StudyScoring?) throws -> String {
    guard let scoring else { return "validation" }
    let text = try JSONFormat.line(scoring) + scored(spec, scoring).key
    return String(ContentHash.sha256(of: Data(text.utf8)).prefix(16))
  }

  /// How many images a run looks at.
  func size(of spec: RunSpec, _ scoring: StudyScoring?) throws -> MeasuredCost.Size {
    let images = try images(spec).data.images
    return MeasuredCost.Size(
      training: images.train.count, validation: images.validation.count,
      scored: try scoring.map { try images.validation.count + scored(spec, $0).count } ?? 0,
      epochs: spec.settings.schedule.epochs, alphas: scoring?.alphas.count ?? 0,
      hasStart: scoring?.alphas.contains(0) ?? false)
  }

  /// What of the images is not used.
  private static func leftOut(_ data: TrainingData) -> [String] {
    var notes =
      data.skipped.isEmpty
      ? [] : ["\(data.train.name): \(data.skipped.count) images cannot be decoded and are left out"]
    for dataset in [data.train] + (data.validationSource == .heldOut ? [] : [data.validation]) {
      let missed = LeftOutFiles.withoutSystemFiles(dataset.leftOut)
      if !missed.isEmpty { notes.append("\(dataset.name): left out \(LeftOutFiles.words(missed))") }
    }
    return notes
  }

  private func key(_ spec: RunSpec) -> DataKey {
    let request = JSONFormat.line(spec.data)
    return DataKey(request: request, seed: undrawn.contains(request) ? nil : spec.settings.seeds.data)
  }

  func tell(_ note: String) {
    if !notes.contains(note) { notes.append(note) }
  }

  /// What a run is known by.
  func identity(_ resolved: SpecDraft.Resolved) throws -> CellIdentity {
    let spec = resolved.spec
    for note in resolved.notes { tell(note) }
    let data =
      try contents[key(spec)] ?? resolved.locating("data.dataset") { try images(spec).content }
    let content = try resolved.locating("model") { try model(spec).content }
    return CellIdentity(spec, model: content, data: data)
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
