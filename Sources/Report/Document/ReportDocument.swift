import Foundation

/// Everything a report shows, as a value: the same document always renders to the same bytes.
public struct ReportDocument: Codable, Sendable, Equatable {
  public var title: String
  public var subtitle: String
  /// When the report was made; given by the caller, shown in UTC.
  public var generated: Date?
  /// Where the numbers come from, in the order to show.
  public var provenance: [ProvenanceEntry]
  public var datasets: [ReportDataset]
  /// The scores of the pre-trained model, from which every method began.
  public var zeroShot: CurvePoint?
  public var methods: [MethodResult]
  /// What else a reader must know before reading any number, a sentence each.
  public var cautions: [String]

  // What follows is shown where it is given.

  /// How the numbers came about, for the paragraph on methods.
  public var facts: ExperimentFacts?
  /// Differences on the same images; findings rest on them where they are given, and on intervals elsewhere.
  public var paired: [PairedDifference]?
  public var overlaps: [ConfidentOverlap]?
  public var agreement: [AgreementMatrix]?
  public var reliability: [Reliability]?
  public var sizes: [SizeComparison]?
  public var tasks: TaskComparison?
  public var classChanges: [ClassChanges]?
  public var repaired: [RepairedImages]?
  public var retention: [Retention]?
  public var effectiveRobustness: [EffectiveRobustness]?
  /// What others measured, drawn below the curves of this report.
  public var published: PublishedCurves?

  /// A report of `methods` on `datasets`.
  public init(
    title: String, subtitle: String = "", generated: Date? = nil, provenance: [ProvenanceEntry] = [],
    datasets: [ReportDataset] = [], zeroShot: CurvePoint? = nil, methods: [MethodResult] = [],
    cautions: [String] = []
  ) {
    self.cautions = cautions
    self.title = title
    self.subtitle = subtitle
    self.generated = generated
    self.provenance = provenance
    self.datasets = datasets
    self.zeroShot = zeroShot
    self.methods = methods
  }

  private enum CodingKeys: String, CodingKey {
    case title, subtitle, generated, provenance, datasets
    case zeroShot = "zero_shot"
    case methods, cautions, facts, paired, overlaps, agreement, reliability, sizes, tasks
    case classChanges = "class_changes"
    case repaired, retention
    case effectiveRobustness = "effective_robustness"
    case published
  }
}

/// One fact about how the numbers came about, such as the hash of the model.
public struct ProvenanceEntry: Codable, Sendable, Equatable {
  public var key: String
  public var value: String
  /// The heading the entry is shown under; entries of one group need not be neighbours.
  public var group: String?

  /// The fact that `key` is `value`.
  public init(_ key: String, _ value: String, group: String? = nil) {
    self.key = key
    self.value = value
    self.group = group
  }
}

/// A dataset the methods were scored on.
public struct ReportDataset: Codable, Sendable, Equatable {
  /// Whether a dataset is the distribution trained for or a shift of it.
  public enum Role: String, Codable, Sendable, CaseIterable {
    case target, shift
  }

  /// The name `CurvePoint.shifts` refers to.
  public var name: String
  public var role: Role
  public var description: String
  /// The number of images.
  public var n: Int
  /// A few images to show.
  public var samples: [SampleImage]
  /// What makes its scores other than those of new images, or of all images, in a few words each.
  public var marks: [String]
  /// Whether alpha is selected on these images.
  public var isSelectionSet: Bool
  /// False of a target that was named as one although the methods were trained for another distribution.
  public var isTrainedFor: Bool?

  /// The dataset `name` of `n` images.
  public init(
    name: String, role: Role, description: String = "", n: Int, samples: [SampleImage] = [],
    marks: [String] = [], isSelectionSet: Bool = false, isTrainedFor: Bool? = nil
  ) {
    self.isTrainedFor = isTrainedFor
    self.marks = marks
    self.isSelectionSet = isSelectionSet
    self.name = name
    self.role = role
    self.description = description
    self.n = n
    self.samples = samples
  }

  private enum CodingKeys: String, CodingKey {
    case name, role, description, n, samples, marks
    case isSelectionSet = "is_selection_set"
    case isTrainedFor = "is_trained_for"
  }
}

/// An image of a dataset and what was made of it.
public struct SampleImage: Codable, Sendable, Equatable {
  /// The bytes of a PNG or JPEG file.
  public var png: Data
  /// The name of the true class.
  public var label: String
  /// What methods see in it; may be empty.
  public var predictions: [SamplePrediction]

  /// An image of the class `label`.
  public init(png: Data, label: String, predictions: [SamplePrediction] = []) {
    self.png = png
    self.label = label
    self.predictions = predictions
  }
}

/// What one method sees in an image.
public struct SamplePrediction: Codable, Sendable, Equatable {
  /// The name of the predicted class.
  public var label: String
  public var isCorrect: Bool
  /// The probability given to the predicted class, a fraction in 0…1.
  public var confidence: Double?
  /// The method that predicts.
  public var method: String?

  /// The prediction of the class `label`.
  public init(label: String, isCorrect: Bool, confidence: Double? = nil, method: String? = nil) {
    self.label = label
    self.isCorrect = isCorrect
    self.confidence = confidence?.ifPlottable
    self.method = method
  }

  private enum CodingKeys: String, CodingKey {
    case label
    case isCorrect = "correct"
    case confidence, method
  }
}

extension ReportDocument {
  /// What makes scores other than those of new images, a dataset and its mark each; of all, or of the shifts alone.
  func marks(ofShiftsAlone: Bool = false) -> [String] {
    datasets.filter { !ofShiftsAlone || $0.role == .shift }.flatMap { dataset in
      dataset.marks.map { "\(dataset.name): \($0)" }
    }
  }

  /// A heading of numbers that are made of some datasets, with a star where one of these is marked.
  func starred(_ heading: String, _ names: [String]) -> String {
    datasets.contains { names.contains($0.name) && !$0.marks.isEmpty } ? heading + " *" : heading
  }

  /// What panels of some `shown` datasets, of one run a method, leave out; nothing where that is nothing.
  func leftOut(besides shown: [String]) -> String {
    let others = shiftNames.filter { !shown.contains($0) }
    return (others.isEmpty ? "" : " Not shown: \(others.joined(separator: ", ")).")
      + (methods.contains { $0.seeds.count > 1 } ? " Of several seeds the first is shown." : "")
  }
}
