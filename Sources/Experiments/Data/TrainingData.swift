import Datasets
import Training

/// The images a request names.
public struct TrainingData: Sendable {
  public let train: any ImageDataset
  /// May be empty: with one image a class there is none to spare.
  public let validation: any ImageDataset
  public let images: RunImages
  /// How the validation images were chosen.
  public let validationSource: ValidationSource
  /// The same in a few words.
  public let validationSplit: String
  public let templates: [String]
  /// Prompts of each class, in place of templates; nil where there are none.
  public let descriptions: ClassDescriptions?
  /// Images left out because they cannot be decoded.
  public let skipped: [SkippedImage]
  /// What else its reader must know, a sentence each.
  public let notes: [String]

  /// Where validation images come from.
  public enum ValidationSource: String, Codable, Sendable {
    /// Another dataset, named for it.
    case named
    /// The validation split of the data themselves.
    case split
    /// A part of the training images.
    case heldOut = "held_out"
  }

  /// Data that are open, with their lists read; throws if a file cannot be read.
  public init(
    train: any ImageDataset, validation: any ImageDataset, test: (any ImageDataset)? = nil,
    validationSource: ValidationSource = .named, validationSplit: String, templates: [String],
    descriptions: ClassDescriptions? = nil, skipped: [SkippedImage] = [], notes: [String] = [],
    allowsOverlap: Bool = false,
    reader: ImageReader = ImageReader()
  ) throws {
    try self.init(
      train: train, validation: validation,
      images: RunImages(
        train: reader.list(train), validation: reader.list(validation), test: test.map(reader.list)),
      validationSource: validationSource, validationSplit: validationSplit, templates: templates,
      descriptions: descriptions, skipped: skipped, notes: notes, allowsOverlap: allowsOverlap)
  }

  /// The same with lists that have been read.
  private init(
    train: any ImageDataset, validation: any ImageDataset, images: RunImages,
    validationSource: ValidationSource, validationSplit: String, templates: [String],
    descriptions: ClassDescriptions?, skipped: [SkippedImage], notes: [String], allowsOverlap: Bool
  ) throws {
    let notes = notes + images.overlapNotes + images.contradictionNotes(of: train.name)
    self.init(
      train: train, validation: validation, images: images,
      validationSource: validationSource, validationSplit: validationSplit, templates: templates,
      descriptions: descriptions, skipped: skipped, notes: notes)
    if !allowsOverlap, validationSource == .named { try images.requireOwnValidation() }
  }

  private init(
    train: any ImageDataset, validation: any ImageDataset, images: RunImages,
    validationSource: ValidationSource, validationSplit: String, templates: [String],
    descriptions: ClassDescriptions?, skipped: [SkippedImage], notes: [String]
  ) {
    self.train = train
    self.validation = validation
    self.images = images
    self.validationSource = validationSource
    self.validationSplit = validationSplit
    self.templates = templates
    self.descriptions = descriptions
    self.skipped = skipped
    self.notes = notes
  }

  /// The first of the training images, without any others.
  func taking(_ count: Int) throws -> TrainingData {
    let places = Array(0..<min(count, train.count))
    let none: [Int] = []
    return TrainingData(
      train: try train.subset(places), validation: try train.subset(none),
      images: RunImages(
        train: ImageList(places.map { images.train.entries[$0] }), validation: ImageList([]), test: nil),
      validationSource: .named, validationSplit: "none", templates: templates, descriptions: descriptions,
      skipped: [], notes: [])
  }

  /// The prompt for data that come with none.
  public static let plainTemplates = ["a photo of a {}."]

  /// Opens both parts, and the test images that come with them. `seed` chooses shots, and what is kept for validation. Throws a `DatasetError` saying what is missing, does
  /// not fit, or is in two parts at once.
  public static func open(
    _ request: TrainingDataRequest, seed: UInt64, catalog: DatasetCatalog, reader: ImageReader = ImageReader()
  ) throws -> TrainingData {
    let specifier = try DatasetSpecifier.parse(request.dataset)
    // Of a half, which it is turns out now.
    let named = request.subsampleClasses == nil ? request.classes : nil
    let all = try catalog.open(specifier, options: request.options(.train, classes: named))
    var (train, validation, source, words) = try parts(of: all, request, seed: seed, specifier, catalog)
    if request.trainOnValidation == true {
      // Where they are kept from the training images, they stay there.
      train = source == .heldOut ? all : try JoinedDataset(train, validation)
      validation = try train.subset([])
    }
    var skipped: [SkippedImage] = []
    var notes = try [unusedSplitNote(request, specifier, validation, catalog)].compactMap { $0 }
    let test = try testSplit(of: specifier, request, classes: all.classNames, catalog, notes: &notes)
    if request.badImages == .skip {
      let good = try train.skippingBadImages()
      train = good.dataset
      skipped = good.skipped
      if validation.count > 0 {
        let good = try validation.skippingBadImages()
        validation = good.dataset
        skipped += good.skipped
      }
    }
    if let shots = request.shots {
      let few = train.classes(withFewerThan: shots).count
      if few > 0 {
        notes.append(
          "\(few) of \(train.classes.count) classes have fewer than \(shots) training images; all of theirs are taken"
        )
      }
      (train, validation) = try drawn(shots, of: train, validation, request, seed: seed)
      if let few = request.validationShots, validation.count > 0 { words += ", \(few) a class at most" }
    }
    let trained = try reader.list(train)
    var validated = try reader.list(validation)
    if source == .heldOut {
      // Folders often hold a picture twice: what is trained on validates nothing.
      let hashes = trained.hashes
      let kept = validated.entries.indices.filter { !hashes.contains(validated.entries[$0].sha256) }
      if kept.count < validated.count {
        notes.append(
          "\(validated.count - kept.count) images kept for validation are copies of training images and are left out of it"
        )
        validation = try validation.subset(Array(kept))
        validated = ImageList(kept.map { validated.entries[$0] })
      }
    }
    if request.trainOnValidation == true {
      words = "none: they are trained on"
      notes.append("validation images are trained on: accuracy is not followed, and no alpha can be selected")
    } else if validation.count == 0 {
      words = "none: there are too few images to keep any for validation"
      notes.append("there are no validation images: accuracy is not followed, and no alpha can be selected")
    }
    if let note = unvalidatedNote(validation) { notes.append(note) }
    if let note = train.classes.sharedNamesNote { notes.append(note) }
    let templates = try request.templates ?? catalog.templates(of: specifier)
    var descriptions = try request.descriptions.map { (file) throws(DatasetError) in
      try ClassDescriptions(contentsOf: file, for: train.classes)
    }
    if let names = request.promptNames {
      descriptions = try ClassDescriptions(
        names: names, templates: templates ?? plainTemplates, for: train.classes)
    } else if let first = descriptions?.unused.first {
      notes.append(
        "\(request.descriptions ?? "") describes \(descriptions?.unused.count ?? 0) other classes, such as '\(first)'; they are "
          + "not used")
    }
    return try TrainingData(
      train: train, validation: validation,
      images: RunImages(train: trained, validation: validated, test: test.map(reader.list)),
      validationSource: source, validationSplit: words, templates: templates ?? plainTemplates,
      descriptions: descriptions, skipped: skipped, notes: notes, allowsOverlap: request.allowsOverlap)
  }

  /// What is to be said where validation images are named although the data have a split for them.
  private static func unusedSplitNote(
    _ request: TrainingDataRequest, _ specifier: DatasetSpecifier, _ validation: any ImageDataset,
    _ catalog: DatasetCatalog
  ) throws(DatasetError) -> String? {
    guard let named = request.validation, try catalog.splits(of: specifier).contains(.val),
      try !isSplit(DatasetSpecifier.parse(named), .val, of: specifier)
    else { return nil }
    if case .stored = specifier,
      let own = try? catalog.open(specifier, options: request.options(.val, classes: validation.classNames)),
      let root = (own as? FolderDataset)?.root, root == (validation as? FolderDataset)?.root
    {
      return nil
    }
    return "\(named) is used for validation, and the validation split of \(specifier.text) is not"
  }

  /// Whether an argument names a split of a manifest's data.
  private static func isSplit(
    _ named: DatasetSpecifier, _ split: DatasetSplit, of whole: DatasetSpecifier
  ) -> Bool {
    guard case .manifest(let name, let own) = named, case .manifest(let other, _) = whole else {
      return false
    }
    return name == other && (own ?? split) == split
  }

  /// What is to be said of classes that no validation image shows, where others are shown.
  private static func unvalidatedNote(_ validation: any ImageDataset) -> String? {
    let missing = validation.count > 0 ? validation.classesWithoutImages.map(\.name) : []
    guard let first = missing.first else { return nil }
    let names =
      missing.count == 1
      ? first : "\(missing.prefix(3).joined(separator: ", "))\(missing.count > 3 ? ", …" : "")"
    return
      "\(missing.count) of \(validation.classes.count) classes \(missing.count == 1 ? "has" : "have") no validation image "
      + "(\(names)): validation accuracy, and the alpha that is selected by it, say nothing of them"
  }

  /// The test images that come with the data. A manifest promises them; that they were not fetched is no reason not to
  /// train.
  private static func testSplit(
    of specifier: DatasetSpecifier, _ request: TrainingDataRequest, classes: [String],
    _ catalog: DatasetCatalog,
    notes: inout [String]
  ) throws(DatasetError) -> (any ImageDataset)? {
    do throws(DatasetError) {
      return try catalog.openIfPresent(
        specifier, split: .test, options: request.options(.test, classes: classes))
    } catch {
      guard case .manifest(let name, _) = specifier, case .notFound(_, let path, _) = error else {
        throw error
      }
      notes.append(
        "the test images of \(name) are not at \(path): they could not be compared with the training images")
      return nil
    }
  }

  /// Few images of each class.
  private static func drawn(
    _ shots: Int, of train: any ImageDataset, _ validation: any ImageDataset,
    _ request: TrainingDataRequest, seed: UInt64
  ) throws(DatasetError) -> (any ImageDataset, any ImageDataset) {
    switch request.sampler {
    case .own:
      guard let few = request.validationShots, validation.count > 0 else {
        return (try train.shots(perClass: shots, seed: seed), validation)
      }
      return (
        try train.shots(perClass: shots, seed: seed), try validation.shots(perClass: few, seed: seed)
      )
    case .coop:
      guard let seed = Int(exactly: seed) else {
        throw .badRequest("CoOp's sampler takes seeds up to \(Int.max), not \(seed)")
      }
      func labels(_ dataset: any ImageDataset) -> [Int] { (0..<dataset.count).map(dataset.label) }
      let chosen = try FewShotSampler(shots: shots, seed: seed)
        .sample(train: labels(train), validation: labels(validation))
      return (try train.subset(chosen.train), try validation.subset(chosen.validation))
    }
  }

  /// Training and validation images before anything is left out.
  private static func parts(
    of all: any ImageDataset, _ request: TrainingDataRequest, seed: UInt64, _ specifier: DatasetSpecifier,
    _ catalog: DatasetCatalog
  ) throws(DatasetError) -> (any ImageDataset, any ImageDataset, ValidationSource, String) {
    let options = request.options(.val, classes: all.classNames)
    if let named = request.validation {
      return (all, try catalog.open(named, options: options), .named, named)
    }
    if let own = try catalog.openIfPresent(specifier, split: .val, options: options) {
      return (all, own, .split, "validation split")
    }
    guard request.validationFraction > 0, request.validationFraction < 1 else {
      throw .badRequest(
        "the share of images kept for validation is \(request.validationFraction); give a number between 0 and 1"
      )
    }
    let parts = try all.split(validationFraction: request.validationFraction, seed: seed)
    let share = request.validationFraction.formatted(.percent)
    return (
      parts.train, parts.val, .heldOut, "\(share) of the training images, stratified, seed \(seed)"
    )
  }
}

extension TrainingDataRequest {
  func options(_ split: DatasetSplit, classes: [String]?) -> DatasetOptions {
    var options = DatasetOptions(split: split, role: .target, classes: classes, allowPartial: allowsPartial)
    options.half = subsampleClasses.map { ($0, self.classes) }
    return options
  }
}

// Runs made before are opened from their lists, not chosen anew.
extension TrainingData {
  /// The images of a run again: those that its lists name, which must have the content that they had.
  ///
  /// `request` is the run's own, or says where the images lie now.
  public static func reopen(
    _ data: RunRecord.Data, _ images: RunImages, request: TrainingDataRequest, catalog: DatasetCatalog,
    reader: ImageReader = ImageReader()
  ) throws -> TrainingData {
    let all = try whole(data, request, catalog)
    let train = try images.train.select(from: all)
    try images.train.verify(reader.list(train), of: train)
    return TrainingData(
      train: train,
      validation: try reopenValidation(data, images, request: request, catalog: catalog, reader: reader),
      images: images, validationSource: data.validationSource, validationSplit: data.validationSplit,
      templates: data.templates, descriptions: nil, skipped: [], notes: [])
  }

  /// The validation images of a run again.
  public static func reopenValidation(
    _ data: RunRecord.Data, _ images: RunImages, request: TrainingDataRequest, catalog: DatasetCatalog,
    reader: ImageReader = ImageReader()
  ) throws -> any ImageDataset {
    guard images.validation.count > 0 else {
      return try InMemoryDataset(name: data.name, role: .target, classes: data.classes, items: [])
    }
    let options = request.options(.val, classes: data.classes.map(\.name))
    let base =
      switch data.validationSource {
      case .named:
        try DatasetError.sayingWhere("--validation-data") { () throws(DatasetError) in
          try catalog.open(request.validation ?? request.dataset, options: options)
        }
      case .split:
        try DatasetError.sayingWhere("--training-data") { () throws(DatasetError) in
          try catalog.open(request.dataset, options: options)
        }
      case .heldOut: try whole(data, request, catalog)
      }
    let validation = try images.validation.select(from: base)
    try images.validation.verify(reader.list(validation), of: validation)
    return validation
  }

  /// All images that a run's training images were taken from, with the classes that they had.
  static func whole(
    _ data: RunRecord.Data, _ request: TrainingDataRequest, _ catalog: DatasetCatalog
  ) throws(DatasetError) -> any ImageDataset {
    var classes = request.classes
    if case .stored = try DatasetSpecifier.parse(request.dataset) {
      // A folder that has appeared since is no class of the run, and must not move the labels of the others.
      classes = data.classes.map(\.name)
    }
    let all = try DatasetError.sayingWhere("--training-data") { () throws(DatasetError) in
      try catalog.open(request.dataset, options: request.options(.train, classes: classes))
    }
    guard all.classes == data.classes else {
      throw .changed(dataset: all.name, problem: "its classes are not those that the run was made with")
    }
    guard request.trainOnValidation == true, data.validationSource != .heldOut else { return all }
    let options = request.options(.val, classes: data.classes.map(\.name))
    let validation = try DatasetError.sayingWhere("--validation-data") { () throws(DatasetError) in
      try catalog.open(request.validation ?? request.dataset, options: options)
    }
    return try JoinedDataset(all, validation)
  }
}
