import ImageCodec

/// What there is of one split of a dataset.
public struct DatasetCheck: Sendable {
  /// The dataset argument, with the split where it has one: `shapes:train`; of a divided folder, `folder:p, train`.
  public let dataset: String
  public let split: DatasetSplit?
  /// Images a complete copy has, where a manifest says.
  public let expected: Int?
  /// Images that are listed; nil where the dataset cannot be opened.
  public internal(set) var found: Int?
  /// How many images each class has; nil where the dataset cannot be opened.
  public internal(set) var classes: ClassCounts?
  /// Files that are there and not used, as `LeftOutFiles` counts.
  public internal(set) var leftOut: [String: Int] = [:]
  /// What the files hold; nil unless they were read.
  public internal(set) var contents: DatasetContents?
  /// What is wrong, if anything is.
  public internal(set) var failure: DatasetError?

  /// In a few words; "complete" only if all images that are expected are there and no other file is.
  public var status: String {
    switch failure {
    case nil:
      if !LeftOutFiles.withoutSystemFiles(leftOut).isEmpty { return "files left out" }
      return expected == nil ? "no expected count known" : "complete"
    case .notFound: return "missing"
    case .incomplete: return "partial"
    default: return "bad"
    }
  }

  /// How many images the classes of a set have.
  public struct ClassCounts: Sendable, Encodable {
    /// By identifier, in the order of labels.
    public let counts: [(id: String, images: Int)]

    init(_ dataset: any ImageDataset) {
      var images = [Int](repeating: 0, count: dataset.classes.count)
      for index in 0..<dataset.count { images[dataset.label(at: index)] += 1 }
      counts = zip(dataset.classes, images).map { ($0.id, $1) }
    }

    /// Identifiers of the classes that no image shows.
    public var empty: [String] { counts.filter { $0.images == 0 }.map(\.id) }

    /// "1,000 × 50", or with the fewest and the most: "7 × 432–800".
    public var words: String {
      let images = counts.map(\.images)
      guard let least = images.min(), let most = images.max() else { return "0" }
      return least == most ? "\(images.count) × \(least)" : "\(images.count) × \(least)–\(most)"
    }

    /// An object of counts by identifier.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(Dictionary(counts.map { ($0.id, $0.images) }, uniquingKeysWith: +))
    }
  }
}

/// What a check of datasets looks at, and whom it tells.
public struct CheckOptions {
  /// Whether images are decoded; if not, files are read where no manifest says what there should be.
  public var decodes: Bool
  /// What earlier checks found, kept for the next; nil keeps nothing.
  public var journal: CheckJournal?
  /// Told of a set before its files are read, with the number of its images.
  public var onStart: (_ set: String, _ images: Int) -> Void
  /// Told how many more images were looked at; throws to end the work.
  public var onProgress: (_ images: Int) throws -> Void

  public init(
    decodes: Bool = false, journal: CheckJournal? = nil,
    onStart: @escaping (_ set: String, _ images: Int) -> Void = { _, _ in },
    onProgress: @escaping (_ images: Int) throws -> Void = { _ in }
  ) {
    (self.decodes, self.journal, self.onStart, self.onProgress) = (decodes, journal, onStart, onProgress)
  }
}

extension DatasetCatalog {
  /// Opens what a dataset argument names, every split unless it names one, and counts the images of every class. Files are
  /// also read, to find those that cannot be, and images that are there several times, where they are decoded or no manifest
  /// says what there should be. What is wrong with the data is part of the result; a dataset that nobody knows is an error.
  public func check(_ text: String, options: CheckOptions = CheckOptions()) throws -> [DatasetCheck] {
    let specifier = try DatasetSpecifier.parse(text)
    guard case .manifest(let name, let asked) = specifier else {
      return try checkUnmanifested(text, specifier, options)
    }
    let manifest = try manifest(named: name)
    guard manifest.variants == nil else {
      let split = asked.map { ":\($0.rawValue)" } ?? ""
      return try manifest.variantNames.flatMap { try check($0 + split, options: options) }
    }
    let splits = asked.map { [$0] } ?? manifest.availableSplits
    return try splits.map { split in
      let check = DatasetCheck(
        dataset: "\(name):\(split.rawValue)", split: split, expected: manifest.splits[split.rawValue]?.count)
      // Where no count would tell that a class is not there.
      return try finished(check, options, needsEveryClass: check.expected == nil) {
        () throws(DatasetError) in
        try open(manifest, split: split, allowPartial: true)
      }
    }
  }

  /// Checks data without a manifest: each split of data that are divided, whose classes must be those of its training images;
  /// anything else as it is.
  private func checkUnmanifested(
    _ text: String, _ specifier: DatasetSpecifier, _ options: CheckOptions
  ) throws -> [DatasetCheck] {
    let opening = DatasetOptions(allowPartial: true)
    let splits: Set<DatasetSplit>
    do throws(DatasetError) {
      splits = try self.splits(of: specifier)
    } catch {
      return [DatasetCheck(dataset: text, split: nil, expected: nil, failure: error)]
    }
    guard !splits.isEmpty else {
      let check = DatasetCheck(dataset: text, split: nil, expected: nil)
      return [
        try finished(check, options) { () throws(DatasetError) in try open(specifier, options: opening) }
      ]
    }
    var classes: [String]?
    return try DatasetSplit.allCases.filter(splits.contains).map { split in
      let check = DatasetCheck(dataset: "\(text), \(split.rawValue)", split: split, expected: nil)
      return try finished(check, options) { () throws(DatasetError) in
        var opening = opening
        opening.split = split
        opening.classes = classes
        let dataset = try open(specifier, options: opening)
        if split == .train { classes = dataset.classNames }
        return dataset
      }
    }
  }

  private func finished(
    _ check: DatasetCheck, _ options: CheckOptions, needsEveryClass: Bool = false,
    _ open: () throws(DatasetError) -> any ImageDataset
  ) throws -> DatasetCheck {
    var check = check
    let dataset: any ImageDataset
    do throws(DatasetError) {
      dataset = try open()
      check.found = dataset.count
      check.classes = DatasetCheck.ClassCounts(dataset)
      check.leftOut = dataset.leftOut
      try Self.requireAllImages(check.dataset, check.leftOut)
      if let expected = check.expected, expected != dataset.count {
        check.failure = .incomplete(dataset: check.dataset, found: dataset.count, expected: expected)
      }
      if needsEveryClass { try Self.requireEveryClass(of: dataset) }
    } catch {
      check.failure = error
      return check
    }
    guard options.decodes || check.expected == nil else { return check }
    let contents = try DatasetContents(of: dataset, called: check.dataset, options)
    check.contents = contents
    if let first = contents.bad.first {
      check.failure = .badRequest(
        "dataset \(check.dataset): \(contents.bad.count) images cannot be \(options.decodes ? "decoded" : "read"), "
          + "the first being \(first.problem)")
    }
    return check
  }

  /// Throws if images are among what was left out.
  private static func requireAllImages(_ text: String, _ leftOut: [String: Int]) throws(DatasetError) {
    if let missing = leftOut[LeftOutFiles.missing] {
      throw .badRequest(
        "dataset \(text): \(missing) images that its list names are not there; restore them, or remove their lines"
      )
    }
    if let unlabelled = leftOut[LeftOutFiles.unlabelled] {
      throw .badRequest("dataset \(text): \(unlabelled) images have no label; complete the file of labels")
    }
    let unread = leftOut.filter { ImageDecoder.isUnreadImageFile("." + $0.key) }
    guard unread.isEmpty else {
      throw .badRequest(
        "dataset \(text): \(LeftOutFiles.words(unread)) cannot be read here; convert to PNG")
    }
  }

  /// Throws if a class has no image.
  private static func requireEveryClass(of dataset: any ImageDataset) throws(DatasetError) {
    let empty = dataset.classesWithoutImages
    guard let first = empty.first else { return }
    throw .badRequest(
      "dataset \(dataset.name): \(empty.count) of \(dataset.classes.count) classes have no image, the first being "
        + "\(first.id); complete it")
  }
}
