import Datasets

/// What a score was computed from and with, so that it can be told whether two may be compared.
public struct ScoreProvenance: Sendable, Equatable {
  /// Arithmetic of large products: `fp32` or `bf16`.
  public var precision: String
  /// The library that multiplied.
  public var engine: String
  /// Version of the program.
  public var version: String
  /// Names the images and their classes, in any order: `ImageList.sha256`.
  public var imagesSHA256: String
  /// Which of the images the model was trained or selected on.
  public var overlaps: SetOverlaps
  /// Whether these are the images on which alpha is selected.
  public var isSelectionSet: Bool
  /// Whether all images are of one class.
  public var isOneClass: Bool
  /// How many images have the content of another before them, so that the interval is narrower than their number allows.
  public var repeated: Int
  /// Files that lie among the images and are not scored: their number by suffix.
  public var leftOut: [String: Int]

  public init(
    precision: String, engine: String, version: String, imagesSHA256: String,
    overlaps: SetOverlaps = SetOverlaps(), isSelectionSet: Bool = false, isOneClass: Bool = false,
    repeated: Int = 0,
    leftOut: [String: Int] = [:]
  ) {
    self.precision = precision
    self.engine = engine
    self.version = version
    self.imagesSHA256 = imagesSHA256
    self.overlaps = overlaps
    self.isSelectionSet = isSelectionSet
    self.isOneClass = isOneClass
    self.repeated = repeated
    self.leftOut = leftOut
  }

  /// What a reader of the score must know, in a few words each; empty for an ordinary test set.
  public var marks: [String] {
    var marks: [String] = []
    func images(_ count: Int, _ one: String, _ many: String) -> String {
      count == 1 ? "1 image \(one)" : "\(count) images \(many)"
    }
    if overlaps.train > 0 { marks.append(images(overlaps.train, "was trained on", "were trained on")) }
    if isSelectionSet {
      marks.append("the validation images, on which alpha is selected")
    } else if overlaps.selection > 0 {
      marks.append(
        images(overlaps.selection, "is a validation image", "are validation images")
          + ", on which alpha is selected")
    }
    if repeated > 0 { marks.append(images(repeated, "repeats another", "repeat others")) }
    let left = LeftOutFiles.words(LeftOutFiles.withoutSystemFiles(leftOut))
    if !left.isEmpty { marks.append("left out: \(left)") }
    return marks
  }
}

/// How many images of a set a run was trained and selected on.
public struct SetOverlaps: Sendable, Equatable, Codable {
  public var train: Int
  /// Validation images: those on which epochs, settings or alpha are selected.
  public var selection: Int

  public init(train: Int = 0, selection: Int = 0) {
    self.train = train
    self.selection = selection
  }

  public var isEmpty: Bool { train == 0 && selection == 0 }
}
