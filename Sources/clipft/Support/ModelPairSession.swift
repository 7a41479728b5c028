import CLIPCore
import Datasets
import Experiments
import Foundation
import WiSE

/// Two models, and what lies between them, as `clipft wise` traces it: with the heads that both bring for the same classes, or else
/// with heads made of names.
struct ModelPairSession {
  private let named: (from: String, to: String)
  private let places: (from: URL, to: URL)
  private let config: CLIPConfig?
  private let data: DataOptions
  private let workspace: Workspace
  /// The heads that both models bring; nil where heads are made of names.
  private let heads: (from: ExportedHead.Trained, to: ExportedHead.Trained)?

  /// Heads that are beside the models and not used are told of.
  init(
    _ named: (from: String, to: String), config: CLIPConfig?, data: DataOptions, workspace: Workspace
  ) throws {
    (self.named, self.config, self.data, self.workspace) = (named, config, data, workspace)
    places = (
      try ModelSource(named.from).modelPlace(workspace), try ModelSource(named.to).modelPlace(workspace)
    )
    heads = try Self.heads(beside: places)
    guard heads != nil else { return }
    try UnusedOptions.refuse(
      data.promptOptions, because: "both models bring a trained head for the same classes")
  }

  private static func heads(
    beside places: (from: URL, to: URL)
  ) throws -> (from: ExportedHead.Trained, to: ExportedHead.Trained)? {
    let found = (ExportedHead.beside(model: places.from), ExportedHead.beside(model: places.to))
    if let from = found.0, let to = found.1 {
      let heads = (try from.trained(), try to.trained())
      if heads.0.classes.map(\.name) == heads.1.classes.map(\.name) { return heads }
      Terminal.say(
        "note: the heads beside the two models are for different classes, and not used: heads are made from class names"
      )
    } else if let one = found.0 ?? found.1 {
      Terminal.say(
        "note: \(one.file.lastPathComponent), \(one.words), is not used, because the other model brings none: heads are made "
          + "from class names")
    }
    return nil
  }

  var catalog: DatasetCatalog {
    workspace.catalog(dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
  }

  /// What either has been trained and selected on, as far as they bring lists.
  func seen() throws -> SeenImages? { try .of(models: [places.from, places.to]) }

  /// For records.
  var subject: WiseCurve.Subject {
    .init(
      name: places.to.lastPathComponent, method: "interpolation", seed: nil, from: named.from,
      head: heads == nil ? .zeroShot : .trained)
  }

  /// The classes of the heads that the models bring, or those of the first dataset's family.
  func labels(_ first: SetArgument) throws -> ZeroShotSession.Labels {
    if let heads { return (heads.to.classes, []) }
    return try data.labels(first, catalog: catalog)
  }

  /// The models with their heads at `alphas`.
  func scored(
    _ labels: ZeroShotSession.Labels, alphas: [Double], shape: AlphaShape
  ) throws -> ScoredModel {
    let pair = try ModelPair(from: load(places.from), to: load(places.to), named: named)
    let name = "\(named.from) to \(named.to)"
    if let heads {
      return try ScoredModel(
        pair, heads: (heads.from.state, heads.to.state), name: name, classes: labels.classes, shape: shape)
    }
    let (names, templates) = (labels.classes.map(\.name), try data.prompts() ?? labels.templates)
    let descriptions = try data.classDescriptions(labels.classes, templates: templates)
    try pair.requireSameTokens(
      of: descriptions?.flatMap { $0 }
        ?? names.flatMap { name in templates.map { $0.replacing("{}", with: name) } }, named: named)
    let session = HeadSession(workspace, descriptions: descriptions)
    return try ScoredModel(
      pair, name: name, classes: labels.classes, alphas: alphas, shape: shape
    ) { model, isEnd in
      try session.head(of: model, classNames: names, templates: templates, maybeKept: isEnd)
    }
  }

  private func load(_ place: URL) throws -> PretrainedModel {
    let model = try PretrainedModel.load(place, config: config)
    for note in model.notes { Terminal.say("note: \(note)") }
    return model
  }
}
