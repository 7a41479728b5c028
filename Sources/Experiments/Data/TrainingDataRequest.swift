import Datasets
import Foundation
import Training

/// Which images a run trains on and is validated on: enough to open them again.
public struct TrainingDataRequest: Codable, Sendable, Equatable {
  /// As `--dataset` takes it.
  public var dataset: String
  /// Images for validation; nil takes the dataset's own validation split, or a part of the training images.
  @OrNull public var validation: String?
  /// Part of the training images kept for validation where there is no split for it.
  public var validationFraction: Double
  /// Whether validation images are trained on, too, so that nothing is left to select on; nil is no.
  @OrNull public var trainOnValidation: Bool?
  /// Training images of each class; nil takes all. Validation is limited as well, see `validationShots`.
  @OrNull public var shots: Int?
  /// How shots are drawn.
  public var sampler: Sampler
  /// The half of the classes that is trained on; nil is all of them.
  @OrNull public var subsampleClasses: ClassHalf?
  /// Where datasets of manifests lie.
  public var dataRoot: String
  /// Class names of data without a manifest.
  @OrNull public var classes: [String]?
  /// Prompts; nil takes the manifest's, or one plain prompt.
  @OrNull public var templates: [String]?
  /// File of prompts of each class, in place of templates; nil is none.
  @OrNull public var descriptions: String?
  /// File of other names of the classes for prompts; nil is none.
  @OrNull public var promptNames: String?
  /// What becomes of images that cannot be decoded.
  public var badImages: BadImagePolicy
  /// Whether datasets may be incomplete.
  public var allowsPartial: Bool
  /// Whether validation and test images may be training images: scores that it touches are marked.
  public var allowsOverlap: Bool

  /// How few images of each class are drawn.
  public enum Sampler: String, Codable, Sendable, CaseIterable {
    /// This program's own: a file that is there twice counts once, and the order of a listing changes nothing.
    case own
    /// CoOp's, bit for bit, where the labels come in its order (Zhou et al. 2022).
    case coop
  }

  private enum CodingKeys: String, CodingKey {
    case dataset, validation, validationFraction, trainOnValidation, shots, sampler, subsampleClasses
    case classes, templates, descriptions, promptNames, badImages
    case dataRoot = "root"
    case allowsPartial = "allowPartial"
    case allowsOverlap = "allowOverlap"
  }

  public init(
    dataset: String, validation: String? = nil, validationFraction: Double = 0.1,
    trainOnValidation: Bool? = nil, shots: Int? = nil,
    sampler: Sampler = .own, subsampleClasses: ClassHalf? = nil, dataRoot: String, classes: [String]? = nil,
    templates: [String]? = nil, descriptions: String? = nil,
    promptNames: String? = nil, badImages: BadImagePolicy = .fail, allowsPartial: Bool = false,
    allowsOverlap: Bool = false
  ) {
    self.dataset = dataset
    _validation = OrNull(wrappedValue: validation)
    self.validationFraction = validationFraction
    _trainOnValidation = OrNull(wrappedValue: trainOnValidation)
    _shots = OrNull(wrappedValue: shots)
    self.sampler = sampler
    _subsampleClasses = OrNull(wrappedValue: subsampleClasses)
    self.dataRoot = dataRoot
    _classes = OrNull(wrappedValue: classes)
    _templates = OrNull(wrappedValue: templates)
    _descriptions = OrNull(wrappedValue: descriptions)
    _promptNames = OrNull(wrappedValue: promptNames)
    self.badImages = badImages
    self.allowsPartial = allowsPartial
    self.allowsOverlap = allowsOverlap
  }

  /// The same with absolute paths: a run can be used from anywhere.
  public var absolute: TrainingDataRequest {
    // What is no dataset argument is refused when it is opened.
    func absolute(_ text: String) -> String { (try? DatasetSpecifier.parse(text))?.absolute.text ?? text }
    var request = self
    request.dataset = absolute(dataset)
    request.validation = validation.map(absolute)
    request.descriptions = descriptions.map {
      URL(fileURLWithPath: $0.expandingHome).standardizedFileURL.path
    }
    request.dataRoot = URL(fileURLWithPath: dataRoot).standardizedFileURL.path
    // A name of the program's own lists is no path.
    request.promptNames = promptNames.map {
      FileManager.default.fileExists(atPath: $0.expandingHome)
        ? URL(fileURLWithPath: $0.expandingHome).standardizedFileURL.path : $0
    }
    return request
  }

  /// Validation images of each class where there are few for training: as many, but four at most, as in CoOp
  /// (Zhou et al. 2022).
  public var validationShots: Int? { shots.map { min($0, 4) } }

  /// Where the data lie that a run trains on and is validated on.
  public func places(_ catalog: DatasetCatalog) throws(DatasetError) -> Set<DatasetPlace> {
    var places: Set<DatasetPlace> = []
    for text in [dataset, validation].compactMap({ $0 }) {
      places.insert(try DatasetPlace(DatasetSpecifier.parse(text), catalog: catalog))
    }
    return places
  }

  /// The same images where they lie now. Their content is compared with what the run recorded.
  public func moved(dataset: String?, validation: String?, dataRoot: String?) -> TrainingDataRequest {
    var request = self
    if let dataset { request.dataset = dataset }
    if let validation { request.validation = validation }
    if let dataRoot { request.dataRoot = dataRoot }
    return request.absolute
  }
}
