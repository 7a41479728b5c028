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
    if overlaps.test > 0 {
      marks.append(
        images(
          overlaps.test, "is a test image of the run's own data", "are test images of the run's own data")
          + ", which are no shift")
    }
    if repeated > 0 { marks.append(images(repeated, "repeats another", "repeat others")) }
    let left = LeftOutFiles.words(LeftOutFiles.withoutSystemFiles(leftOut))
    if !left.isEmpty { marks.append("left out: \(left)") }
    return marks
  }
}

/// How many images of a set a run knows already.
public struct SetOverlaps: Sendable, Equatable {
  public var train: Int
  /// Validation images: those on which epochs, settings or alpha are selected.
  public var selection: Int
  /// Of a shift: the run's own test images, which are its target's.
  public var test: Int

  public init(train: Int = 0, selection: Int = 0, test: Int = 0) {
    self.train = train
    self.selection = selection
    self.test = test
  }

  public var isEmpty: Bool { isUnseen && test == 0 }
  /// Whether nothing of the set was trained or selected on.
  public var isUnseen: Bool { train == 0 && selection == 0 }
}

extension SetOverlaps: Codable {
  private enum CodingKeys: String, CodingKey { case train, selection, test }

  /// Scores of earlier versions do not say how many test images a shift has.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      train: try values.decode(Int.self, forKey: .train),
      selection: try values.decode(Int.self, forKey: .selection),
      test: try values.decodeIfPresent(Int.self, forKey: .test) ?? 0)
  }
}
