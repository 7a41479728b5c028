import Datasets
import EvalShift
import Training

/// Opens what is to be scored: the one door through which images come to be a target or a shift.
///
/// Roles are those given, or follow from where the data of the run lie; every set is compared by content with the images
/// that the run was trained and selected on, and refused if it holds any of them, unless overlap is allowed.
public struct EvaluationOpener {
  private let catalog: DatasetCatalog
  private let headClasses: [DatasetClass]
  private let competition: Competition
  private let allowsOverlap: Bool
  private let badImages: BadImagePolicy
  /// Class names of data that bring none.
  private let classNames: [String]?
  private let half: ClassHalf?
  private let reader: ImageReader
  private let run: (record: RunRecord, images: RunImages, request: TrainingDataRequest)?
  /// What the model that is scored has been trained and selected on; nil where that is nothing that is known.
  private let seen: SeenImages?
  private let own: Set<DatasetPlace>

  /// What becomes of the sets that are opened.
  public struct Options {
    public var competition = Competition.subset
    public var allowsOverlap = false
    public var badImages = BadImagePolicy.fail
    public var classNames: [String]?
    /// The half of each set's classes that is scored alone; nil scores all.
    public var half: ClassHalf?
    public var reader = ImageReader()

    public init() {}
  }

  /// For a run; `request` says where its data lie now, if not where they lay, and `classes` are those of its head where it has
  /// another than its own.
  public init(
    run: (record: RunRecord, images: RunImages), request: TrainingDataRequest? = nil,
    classes: [DatasetClass]? = nil, catalog: DatasetCatalog,
    options: Options = Options()
  ) throws(DatasetError) {
    let request = request ?? run.record.request
    try self.init(
      run: (run.record, run.images, request), seen: run.images.seen,
      headClasses: classes ?? run.record.data.classes,
      own: run.record.request.places(catalog).union(request.places(catalog)), catalog: catalog,
      options: options)
  }

  /// For a model with a head for `headClasses`; `seen` are the images that it brings lists of.
  public init(
    headClasses: [DatasetClass], seen: SeenImages? = nil, catalog: DatasetCatalog,
    options: Options = Options()
  ) throws(DatasetError) {
    try self.init(run: nil, seen: seen, headClasses: headClasses, own: [], catalog: catalog, options: options)
  }

  private init(
    run: (record: RunRecord, images: RunImages, request: TrainingDataRequest)?, seen: SeenImages?,
    headClasses: [DatasetClass], own: Set<DatasetPlace>, catalog: DatasetCatalog, options: Options
  ) throws(DatasetError) {
    self.run = run
    self.seen = seen
    self.own = own
    self.headClasses = headClasses
    self.catalog = catalog
    competition = options.competition
    allowsOverlap = options.allowsOverlap
    badImages = options.badImages
    classNames = options.classNames
    half = options.half
    reader = options.reader
  }

  /// A set with what of it cannot be used.
  public struct Opened {
    public let set: EvaluationSet
    public let skipped: [SkippedImage]
  }

  /// Opens what arguments name, in order, under names that tell them apart.
  public func open(_ arguments: [SetArgument]) throws -> [Opened] {
    guard classNames == nil || arguments.contains(where: { !$0.specifier.isManifest }) else {
      throw TrainingError.badSetting(
        "--classes has no effect on data of a manifest, which names its own; leave it away.")
    }
    let roles =
      try run == nil
      ? SetArgument.roles(of: arguments, catalog: catalog)
      : arguments.map { try $0.role(relativeTo: own, catalog: catalog) }
    // Before anything is read that takes long.
    let metrics = try arguments.map { try catalog.reportedMetric(of: $0.specifier) }
    let datasets = try zip(arguments, roles).map { argument, role in
      (role, try catalog.open(argument.specifier, options: options(role: role)))
    }
    let names = try DatasetCatalog.distinctNames(for: arguments.map(\.specifier))
    return try datasets.indices.map { index in
      try opened(datasets[index].1, name: names[index], role: datasets[index].0, metric: metrics[index])
    }
  }

  /// Opens images whose labels do not matter, in order, under names that tell them apart.
  public func outliers(_ arguments: [SetArgument]) throws -> [(set: OutlierSet, skipped: [SkippedImage])] {
    let names = try DatasetCatalog.distinctNames(for: arguments.map(\.specifier))
    return try zip(arguments, names).map { argument, name in
      let all = try catalog.open(
        argument.specifier,
        options: DatasetOptions(role: .shift, allowPartial: run?.request.allowsPartial ?? false))
      let (dataset, skipped) = try usable(all)
      let images = try reader.list(dataset)
      if !allowsOverlap, let seen {
        try seen.overlaps(with: images).requireUnseen(name, of: images.count)
      }
      return (OutlierSet(dataset, name: name, images: images), skipped)
    }
  }

  /// What a run is scored on along alpha: its target, shifts of it, and the validation images.
  ///
  /// Without arguments, the shifts are all of the family of the manifest that was trained on. A target that is not named
  /// is the test split of the data that were trained on; where there is none, the validation images, which are marked.
  public func suite(_ arguments: [SetArgument]) throws -> EvaluationSuite {
    guard let run else { throw TrainingError.badSetting("A suite is that of a run; name one with --run.") }
    let named = try open(arguments.isEmpty ? Self.family(of: run.request, catalog) : arguments)
    let targets = named.filter { $0.set.role == .target }
    guard targets.count < 2 else {
      throw TrainingError.badSetting(
        "\(targets.map(\.set.name).joined(separator: " and ")) are both the target; name one, and the others as "
          + "shift=\(targets[1].set.name)."
      )
    }
    let validation = try validationSet(run)
    var notes: [String] = []
    var skipped = named.flatMap(\.skipped)
    let target: EvaluationSet
    if let given = targets.first?.set {
      target = given
    } else if let opened = try ownTest(run) {
      let own = opened.set
      target = own
      skipped += opened.skipped
      if let before = run.images.test, before.sha256 != own.images.sha256 {
        notes.append(
          "the test images of \(own.name) are not those that the run recorded (\(before.count) then, \(own.images.count) now)"
        )
      }
    } else if let validation {
      target = validation
      notes.append(
        "\(run.record.data.name) has no test images: its validation images, on which alpha is selected, stand for them and "
          + "are marked; name test images with target=…")
    } else {
      throw TrainingError.badSetting(
        "There are neither test nor validation images of \(run.record.data.name); name a target with target=…."
      )
    }
    return EvaluationSuite(
      target: target, shifts: named.map(\.set).filter { $0.role == .shift }, validation: validation,
      skipped: skipped, notes: notes)
  }

  /// What a model that is no run is scored on along alpha: a target, shifts of it, and the images that `validation` names.
  ///
  /// Images on which alpha is selected are none of a target or a shift, as those are not that `seen` lists.
  public static func suite(
    _ arguments: [SetArgument], validation: SetArgument?, headClasses: [DatasetClass], seen: SeenImages?,
    catalog: DatasetCatalog, options: Options
  ) throws -> EvaluationSuite {
    var (seen, selection): (SeenImages?, Opened?) = (seen, nil)
    if let validation {
      // They may have been selected on before, and are again.
      var lenient = options
      lenient.allowsOverlap = true
      let opener = try EvaluationOpener(
        headClasses: headClasses, seen: seen, catalog: catalog, options: lenient)
      let opened = try opener.open([validation])[0]
      if !options.allowsOverlap { try opened.set.requireUntrained() }
      let list = SeenImages(train: ImageList([]), selection: opened.set.images)
      seen = seen.map { $0.joined(with: list) } ?? list
      selection = opened
    }
    let opened = try EvaluationOpener(
      headClasses: headClasses, seen: seen, catalog: catalog, options: options
    ).open(arguments)
    let targets = opened.map(\.set).filter { $0.role == .target }
    guard targets.count == 1, let target = targets.first else {
      throw TrainingError.badSetting(
        "A curve has one target, and \(targets.isEmpty ? "none is" : "\(targets.count) are") named; give --datasets with one "
          + "target=DATA.")
    }
    return EvaluationSuite(
      target: target, shifts: opened.map(\.set).filter { $0.role == .shift },
      validation: selection?.set.selecting,
      skipped: opened.flatMap(\.skipped) + (selection?.skipped ?? []), notes: [])
  }

  // MARK: One set

  private func opened(
    _ dataset: any ImageDataset, name: String, role: DatasetRole, metric: String
  ) throws -> Opened {
    let (dataset, skipped) = try usable(dataset)
    let set = try EvaluationSet(
      dataset, name: name, role: role, metric: metric, images: try reader.list(dataset), seen: seen,
      selectedOn: run?.images.validation, tested: run?.images.test, skipped: skipped.count,
      headClasses: headClasses, competition: competition)
    if !allowsOverlap { try set.requireUnseen() }
    return Opened(set: set, skipped: skipped)
  }

  /// A dataset without what cannot be decoded, where that may be left out.
  private func usable(
    _ dataset: any ImageDataset
  ) throws -> (dataset: any ImageDataset, skipped: [SkippedImage]) {
    guard badImages == .skip else { return (dataset, []) }
    let good = try dataset.skippingBadImages()
    return (good.skipped.isEmpty ? dataset : good.dataset, good.skipped)
  }

  private func options(role: DatasetRole) -> DatasetOptions {
    var options = DatasetOptions(
      role: role, classes: half == nil ? classNames : nil, allowPartial: run?.request.allowsPartial ?? false)
    options.half = half.map { ($0, classNames) }
    return options
  }

  /// The training images of the run, every one of them seen: not to be measured on.
  public func training() throws -> EvaluationSet {
    guard let run else { throw TrainingError.badSetting("Training images are those of a run; name one.") }
    let data = try TrainingData.reopen(
      run.record.data, run.images, request: run.request, catalog: catalog, reader: reader)
    return try EvaluationSet(
      data.train, role: .target, images: run.images.train, seen: seen, headClasses: headClasses,
      competition: competition)
  }

  /// The validation images of the run; nil where there are none.
  public func validation() throws -> EvaluationSet? { try run.flatMap(validationSet) }

  /// The images on which alpha is selected; nil where there are none.
  private func validationSet(
    _ run: (record: RunRecord, images: RunImages, request: TrainingDataRequest)
  ) throws -> EvaluationSet? {
    guard run.images.validation.count > 0 else { return nil }
    let dataset = try TrainingData.reopenValidation(
      run.record.data, run.images, request: run.request, catalog: catalog, reader: reader)
    let set = try EvaluationSet(
      dataset, role: .target,
      metric: try catalog.reportedMetric(of: DatasetSpecifier.parse(run.request.dataset)),
      images: run.images.validation, seen: seen, selectedOn: run.images.validation, headClasses: headClasses,
      competition: competition)
    if !allowsOverlap { try set.requireUntrained() }
    return set
  }

  /// The test split of what was trained on; nil if it has none.
  private func ownTest(
    _ run: (record: RunRecord, images: RunImages, request: TrainingDataRequest)
  ) throws -> Opened? {
    let specifier = try DatasetSpecifier.parse(run.request.dataset)
    let test = try DatasetError.sayingWhere("--training-data") { () throws(DatasetError) in
      try catalog.openIfPresent(
        specifier, split: .test,
        options: run.request.options(.test, classes: run.record.data.classes.map(\.name)))
    }
    guard let test else { return nil }
    return try opened(
      test, name: test.name, role: .target, metric: catalog.reportedMetric(of: specifier))
  }

  /// Every dataset of the family a run was trained on, where it was trained on a manifest's.
  static func family(
    of request: TrainingDataRequest, _ catalog: DatasetCatalog
  ) throws(DatasetError) -> [SetArgument] {
    guard case .manifest(let name, _) = try DatasetSpecifier.parse(request.dataset) else { return [] }
    let own = try catalog.manifest(named: name)
    var arguments: [SetArgument] = []
    for other in catalog.names where other != name {
      let manifest = try catalog.manifest(named: other)
      // Of a set with variants, those that are wanted are named.
      guard manifest.family == own.family, manifest.role == .shift, manifest.variants == nil else { continue }
      arguments.append(try SetArgument(parsing: "shift=\(other):\(DatasetSplit.test.rawValue)"))
    }
    return arguments
  }
}

/// The images a run is scored on.
public struct EvaluationSuite: Sendable {
  public let target: EvaluationSet
  public let shifts: [EvaluationSet]
  /// The images on which alpha is selected; nil where there are none.
  public let validation: EvaluationSet?
  /// Images left out because they cannot be decoded.
  public let skipped: [SkippedImage]
  /// What its reader must know, a sentence each.
  public let notes: [String]

  public init(
    target: EvaluationSet, shifts: [EvaluationSet], validation: EvaluationSet?, skipped: [SkippedImage] = [],
    notes: [String] = []
  ) {
    (self.target, self.shifts, self.validation) = (target, shifts, validation)
    (self.skipped, self.notes) = (skipped, notes)
  }

  /// All sets, each once: the target may be the validation images.
  public var sets: [EvaluationSet] {
    let scored = [target] + shifts
    guard let validation, validation.images.sha256 != target.images.sha256 else { return scored }
    return scored + [validation]
  }

  /// The place among `sets` of the images on which alpha is selected, and temperatures are fitted; nil where there are none.
  public var validationPlace: Int? {
    validation.flatMap { validation in sets.firstIndex { $0.images.sha256 == validation.images.sha256 } }
  }
}
