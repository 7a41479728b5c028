import ArgumentParser
import CLIPCore
import Datasets
import Experiments
import Foundation
import Training
import WiSE

/// A pre-trained model as commands score it without a run: with a head made of names, and an adapter in its weights where one
/// is given.
struct ZeroShotSession {
  let model: ModelOptions
  let adapter: AdapterOption
  let imageSize: ImageSizeOption?
  let data: DataOptions
  let workspace: Workspace

  /// The classes and prompts of a head that serves all of a family.
  typealias Labels = (classes: [DatasetClass], templates: [String])

  var catalog: DatasetCatalog {
    workspace.catalog(dataRoot: workspace.dataRoot(data.dataRoot), allowsPartial: data.allowPartial)
  }

  /// For records.
  var name: String {
    model.source(workspace) + (adapter.adapter.map { " with the adapter \($0)" } ?? "")
  }

  /// What the model and the adapter bring lists of; nil where neither does.
  func seen() throws -> SeenImages? {
    try SeenImages.of(model: model.place(workspace), adapter: adapter.folder)
  }

  /// A trained head beside the weights or the adapter, which is not what is scored; said.
  ///
  /// `canBeUsed` is whether the command can score a model with its head.
  func unusedHead(canBeUsed: Bool = false) throws -> ExportedHead? {
    let own = try ExportedHead.beside(model: model.place(workspace))
    guard let head = own ?? adapter.folder.flatMap(ExportedHead.beside) else { return nil }
    let ways = [
      canBeUsed && own != nil && adapter.adapter == nil
        ? "to score it with that head, pass --head trained" : nil,
      head.run.map { run in
        "to score the run \(run) itself, name it with --run" + (head.alpha.map { " and --alpha \($0)" } ?? "")
      },
    ].compactMap { $0 }
    Terminal.say(
      "note: \(head.file.lastPathComponent) beside the weights, \(head.words), is not used: the model is scored zero-shot, "
        + "with a head made from class names" + ways.map { "; \($0)" }.joined())
    return head
  }

  /// The trained head beside the model's weights. Throws where there is none.
  func trainedHead() throws -> ExportedHead.Trained {
    let place = try model.place(workspace)
    guard let head = ExportedHead.beside(model: place) else {
      throw ValidationError(
        "--head trained scores a model with the head beside its weights, and beside \(place.path) lies none; leave it away, or name "
          + "a model that `clipft export` or `clipft merge` wrote.")
    }
    return try head.trained()
  }

  /// The model with the trained head beside its weights.
  func scored(_ head: ExportedHead.Trained) throws -> ScoredModel {
    try ScoredModel(model: model.load(workspace, seeing: imageSize), name: name, head: head)
  }

  /// Those of the first dataset's family; of data without a manifest, its own; or a half of its own.
  func labels(_ first: SetArgument, half: ClassHalf? = nil) throws -> Labels {
    try data.labels(first, catalog: catalog, half: half)
  }

  /// The model with zero-shot heads at `alphas`, between itself and what the adapter makes of it.
  func scored(
    _ labels: Labels, alphas: [Double], shape: AlphaShape = .plain
  ) throws -> ScoredModel {
    let loaded = try model.load(workspace, seeing: imageSize)
    let names = labels.classes.map(\.name)
    let templates = try data.prompts() ?? labels.templates
    let heads = HeadSession(
      workspace, descriptions: try data.classDescriptions(labels.classes, templates: templates))
    guard let folder = adapter.folder else {
      return try ScoredModel(
        model: loaded, name: name, classes: labels.classes,
        head: heads.head(of: loaded, classNames: names, templates: templates))
    }
    return try ScoredModel(
      ModelPair(loaded, adapter: folder), name: name, classes: labels.classes, alphas: alphas, shape: shape
    ) { model, isEnd in
      try heads.head(of: model, classNames: names, templates: templates, maybeKept: isEnd)
    }
  }
}

extension DataOptions {
  /// Classes and prompts of a head for a dataset's family; of data without a manifest, its own; or a half of its own.
  func labels(
    _ set: SetArgument, catalog: DatasetCatalog, half: ClassHalf? = nil
  ) throws -> ZeroShotSession.Labels {
    guard case .manifest = set.specifier else {
      var options = DatasetOptions(classes: half == nil ? try classNames() : nil)
      options.half = try half.map { ($0, try classNames()) }
      let classes = try catalog.open(set.specifier, options: options).classes
      return (classes, try catalog.templates(of: set.specifier) ?? TrainingData.plainTemplates)
    }
    let space = try catalog.labelSpace(of: set.text, half: half)
    return (space.familyClasses, space.templates ?? TrainingData.plainTemplates)
  }
}
