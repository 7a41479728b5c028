import Datasets
import Experiments
import Foundation
import Training
import WiSE

/// A finished run as commands use it: its weights, the images it used, and where they lie now.
struct RunSession {
  let run: LoadedRun
  let images: RunImages
  let request: TrainingDataRequest
  let catalog: DatasetCatalog

  /// `model` and `moved` say where its parts lie now, if not where they lay.
  init(
    _ folder: RunFolder, model: String? = nil, moved: MovedDataOptions? = nil, data: DataOptions,
    common: CommonOptions, workspace: Workspace,
    textHead: ((DatasetCatalog) throws -> LoadedRun.TextHeadRequest)? = nil, shape: AlphaShape = .plain
  ) throws {
    let place = try model.map { try ModelSource($0).place(workspace) }
    let record = try folder.record()
    request = moved?.request(of: record, dataRoot: data.dataRoot) ?? record.request
    catalog = workspace.catalog(
      dataRoot: request.dataRoot, allowsPartial: data.allowPartial || request.allowsPartial)
    // A head that is made from text is made in the precision that the run is scored in.
    common.adoptPrecision(of: record, workspace)
    run = try LoadedRun.load(folder, model: place, textHead: textHead?(catalog), shape: shape)
    images = try folder.images(run.record.data)
    if moved?.trainingData != nil {
      try TrainingData.verifyTraining(
        run.record.data, images, request: request, catalog: catalog, reader: ReadingSession.reader())
    }
  }

  /// The arguments with the roles that follow from the run: data that lie where its own do, and its own test images
  /// wherever they lie, are its target.
  func roles(_ arguments: [SetArgument]) throws -> [SetArgument] {
    try TrainingData.withOwnTest(
      arguments, of: images, own: own, catalog: catalog, reader: ReadingSession.reader())
  }

  /// What the run is scored on along alpha; see `EvaluationOpener.suite`. Throws if the run's own test images are wanted and
  /// are gone.
  func suite(_ arguments: [SetArgument], with opener: EvaluationOpener) throws -> EvaluationSuite {
    let own = try own
    if try !arguments.contains(where: { try $0.role(relativeTo: own, catalog: catalog) == .target }) {
      try TrainingData.requireTest(run.record.data, images, request: request, catalog: catalog)
    }
    return try opener.suite(arguments)
  }

  /// Where the run's data lay and lie.
  private var own: Set<DatasetPlace> {
    get throws(DatasetError) { try run.record.request.places(catalog).union(request.places(catalog)) }
  }

  func opener(
    _ data: DataOptions, badImages: BadImagePolicy, allowsOverlap: Bool,
    competition: Competition = .subset, half: ClassHalf? = nil
  ) throws -> EvaluationOpener {
    var options = try data.evaluation(badImages: badImages, competition: competition)
    options.half = half
    options.allowsOverlap = allowsOverlap
    return try EvaluationOpener(
      run: (run.record, images), request: request, classes: run.classes, catalog: catalog, options: options)
  }
}

extension DataOptions {
  /// How sets are opened to be scored.
  func evaluation(
    badImages: BadImagePolicy, competition: Competition
  ) throws -> EvaluationOpener.Options {
    var options = EvaluationOpener.Options()
    options.badImages = badImages
    options.classNames = try classNames()
    options.competition = competition
    options.reader = ReadingSession.reader()
    return options
  }
}
