import Datasets
import Foundation

/// Which images a run trains on and is validated on: enough to open them again.
public struct TrainingDataRequest: Codable, Sendable, Equatable {
  /// As `--dataset` takes it.
  public var dataset: String
  /// Images for validation; nil takes the dataset's own validation split, or a part of the training images.
  public var validation: String?
  /// Part of the training images kept for validation where there is no split for it.
  public var validationFraction: Double
  /// Training images of each class; nil takes all.
  public var shots: Int?
  public var seed: UInt64
  /// Where datasets of manifests lie.
  public var dataRoot: String
  /// Class names of data without a manifest.
  public var classes: [String]?
  /// Prompts; nil takes the manifest's, or one plain prompt.
  public var templates: [String]?
  /// What becomes of images that cannot be decoded; nil, as in older records, fails.
  public var badImages: BadImagePolicy?
  /// Whether datasets of manifests may be incomplete; nil, as in older records, they may not.
  public var allowsPartial: Bool?

  public init(
    dataset: String, validation: String? = nil, validationFraction: Double = 0.1, shots: Int? = nil,
    seed: UInt64,
    dataRoot: String, classes: [String]? = nil, templates: [String]? = nil,
    badImages: BadImagePolicy? = nil, allowsPartial: Bool? = nil
  ) {
    // A run can be used from anywhere.
    func absolute(_ text: String) -> String { (try? DatasetSpecifier.parse(text))?.absolute.text ?? text }
    self.dataset = absolute(dataset)
    self.validation = validation.map(absolute)
    self.validationFraction = validationFraction
    self.shots = shots
    self.seed = seed
    self.dataRoot = dataRoot
    self.classes = classes
    self.templates = templates
    self.badImages = badImages
    self.allowsPartial = allowsPartial
  }
}

extension TrainingDataRequest {
  /// Whether a dataset argument names what was trained on, or a part of it.
  public func isOwn(_ text: String) -> Bool {
    guard let own = try? DatasetSpecifier.parse(dataset),
      let other = try? DatasetSpecifier.parse(text).absolute
    else { return false }
    switch (own, other) {
    case (.folder(let root), .folder(let path)):
      let place = URL(fileURLWithPath: path)
      let isSplit = DatasetSplit.isFolderName(place.lastPathComponent)
      return path == root || (isSplit && place.deletingLastPathComponent().path == root)
    case (.manifest(let name, _), .manifest(let other, _)): return name == other
    default: return own == other
    }
  }
}

/// The images a request names.
public struct TrainingData: Sendable {
  public let train: any ImageDataset
  public let validation: any ImageDataset
  /// How the validation images were chosen, in a few words.
  public let validationSplit: String
  public let templates: [String]
  /// Images left out because they cannot be decoded.
  public let skipped: [SkippedImage]

  public init(
    train: any ImageDataset, validation: any ImageDataset, validationSplit: String, templates: [String],
    skipped: [SkippedImage] = []
  ) {
    self.skipped = skipped
    self.train = train
    self.validation = validation
    self.validationSplit = validationSplit
    self.templates = templates
  }

  /// The prompt for data that come with none.
  public static let plainTemplates = ["a photo of a {}."]

  /// Opens both parts. Throws a `DatasetError` saying what is missing or does not fit.
  public static func open(
    _ request: TrainingDataRequest, catalog: DatasetCatalog
  ) throws(DatasetError) -> TrainingData {
    let all = try catalog.open(
      request.dataset, options: DatasetOptions(split: .train, role: .target, classes: request.classes))
    var train = all
    var validation: any ImageDataset
    let split: String
    if let named = request.validation {
      validation = try catalog.open(
        named, options: DatasetOptions(split: .val, role: .target, classes: all.classNames))
      split = named
    } else if let own = try ownValidation(request, all, catalog) {
      validation = own
      split = "validation split"
    } else {
      guard request.validationFraction > 0, request.validationFraction < 1 else {
        throw .badRequest(
          "the share of images kept for validation is \(request.validationFraction); give a number between 0 and 1"
        )
      }
      let parts = try all.split(validationFraction: request.validationFraction, seed: request.seed)
      (train, validation) = (parts.train, parts.val)
      split =
        "\(request.validationFraction.formatted(.percent)) of the training images, stratified, seed \(request.seed)"
    }
    var skipped: [SkippedImage] = []
    if request.badImages == .skip {
      let (good, goodValidation) = (try train.skippingBadImages(), try validation.skippingBadImages())
      (train, validation) = (good.dataset, goodValidation.dataset)
      skipped = good.skipped + goodValidation.skipped
    }
    if let shots = request.shots { train = try train.shots(perClass: shots, seed: request.seed) }
    var templates = request.templates
    if templates == nil { templates = try manifestTemplates(request, catalog) }
    return TrainingData(
      train: train, validation: validation, validationSplit: split, templates: templates ?? plainTemplates,
      skipped: skipped)
  }

  /// The validation split of a manifest or of a folder that is divided into splits.
  private static func ownValidation(
    _ request: TrainingDataRequest, _ train: any ImageDataset, _ catalog: DatasetCatalog
  ) throws(DatasetError) -> (any ImageDataset)? {
    let options = DatasetOptions(split: .val, role: .target, classes: train.classNames)
    let specifier = try DatasetSpecifier.parse(request.dataset)
    switch specifier {
    case .manifest(let name, _):
      let manifest = try catalog.manifest(named: name)
      guard manifest.availableSplits.contains(.val) else { return nil }
      return try catalog.open(.manifest(name: name, split: .val), options: options)
    case .folder:
      // A folder without splits opens as itself whichever split is asked for.
      let own = try? catalog.open(specifier, options: options)
      guard let own = own as? FolderDataset, let train = train as? FolderDataset, own.root != train.root
      else {
        return nil
      }
      return own
    case .list, .webDataset:
      return nil
    }
  }

  private static func manifestTemplates(
    _ request: TrainingDataRequest, _ catalog: DatasetCatalog
  ) throws(DatasetError) -> [String]? {
    let specifier = try DatasetSpecifier.parse(request.dataset)
    guard case .manifest(let name, _) = specifier else { return nil }
    return try catalog.manifest(named: name).templates?.values
  }
}
