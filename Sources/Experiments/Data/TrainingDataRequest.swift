import Datasets
import Foundation
import Training

/// Which images a run trains on and is validated on: enough to open them again.
public struct TrainingDataRequest: Codable, Sendable, Equatable {
  /// As `--dataset` takes it.
  public var dataset: String
  /// Images for validation; nil takes the dataset's own validation split, or a part of the training images.
  public var validation: String?
  /// Part of the training images kept for validation where there is no split for it.
  public var validationFraction: Double
  /// Training images of each class; nil takes all. Validation is limited as well, see `validationShots`.
  public var shots: Int?
  public var seed: UInt64
  /// Where datasets of manifests lie.
  public var dataRoot: String
  /// Class names of data without a manifest.
  public var classes: [String]?
  /// Prompts; nil takes the manifest's, or one plain prompt.
  public var templates: [String]?
  /// What becomes of images that cannot be decoded.
  public var badImages: BadImagePolicy
  /// Whether datasets may be incomplete.
  public var allowsPartial: Bool
  /// Whether validation and test images may be training images: scores that it touches are marked.
  public var allowsOverlap: Bool

  public init(
    dataset: String, validation: String? = nil, validationFraction: Double = 0.1, shots: Int? = nil,
    seed: UInt64, dataRoot: String, classes: [String]? = nil, templates: [String]? = nil,
    badImages: BadImagePolicy = .fail, allowsPartial: Bool = false, allowsOverlap: Bool = false
  ) {
    // A run can be used from anywhere. What is no dataset argument is refused when it is opened.
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
    self.allowsOverlap = allowsOverlap
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
    TrainingDataRequest(
      dataset: dataset ?? self.dataset, validation: validation ?? self.validation,
      validationFraction: validationFraction, shots: shots, seed: seed, dataRoot: dataRoot ?? self.dataRoot,
      classes: classes, templates: templates, badImages: badImages, allowsPartial: allowsPartial,
      allowsOverlap: allowsOverlap)
  }
}
