import ImageCodec

/// What there is of one split of a dataset.
public struct DatasetCheck: Sendable {
  /// The dataset argument, with the split where it has one: `shapes:train`; of a divided folder, `folder:p, train`.
  public let dataset: String
  public let split: DatasetSplit?
  /// Images a complete copy has, where a manifest says.
  public let expected: Int?
  /// Images that are listed; nil where the dataset cannot be opened.
  public let found: Int?
  /// Files that are there and not used, as `LeftOutFiles` counts.
  public let leftOut: [String: Int]
  /// Images that cannot be decoded; nil unless they were looked at.
  public let bad: [SkippedImage]?
  /// Images under several classes; nil where there are none, or the files were not read.
  public let contradictions: ContradictingLabels?
  /// What is wrong, if anything is.
  public let failure: DatasetError?

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
}

extension DatasetCatalog {
  /// Opens what a dataset argument names, every split unless it names one, and counts the images; with `decoding`,
  /// each image is decoded as well. With it, or where no manifest says what there should be, files are also read to
  /// find images under several classes. What is wrong with the data is part of the result; a dataset that nobody knows is
  /// an error.
  public func check(_ text: String, decoding: Bool = false) throws(DatasetError) -> [DatasetCheck] {
    let specifier = try DatasetSpecifier.parse(text)
    guard case .manifest(let name, let asked) = specifier else {
      return checkUnmanifested(text, specifier, decoding)
    }
    let manifest = try manifest(named: name)
    let splits = asked.map { [$0] } ?? manifest.availableSplits
    return splits.map { split in
      let expected = manifest.splits[split.rawValue]?.count
      return check("\(name):\(split.rawValue)", split: split, expected: expected, decoding) {
        () throws(DatasetError) in
        let dataset = try open(manifest, split: split, allowPartial: true)
        if expected == nil { try Self.requireEveryClass(of: dataset) }
        return dataset
      }
    }
  }

  /// Checks data without a manifest: each split of a folder that is divided, whose classes must be those of its training
  /// images; anything else as it is.
  private func checkUnmanifested(
    _ text: String, _ specifier: DatasetSpecifier, _ decoding: Bool
  ) -> [DatasetCheck] {
    let options = DatasetOptions(allowPartial: true)
    let splits: Set<DatasetSplit>
    do throws(DatasetError) {
      splits = try self.splits(of: specifier)
    } catch {
      return [failed(text, error)]
    }
    guard !splits.isEmpty else {
      return [
        check(text, split: nil, expected: nil, decoding) { () throws(DatasetError) in
          try open(specifier, options: options)
        }
      ]
    }
    var classes: [String]?
    return DatasetSplit.allCases.filter(splits.contains).map { split in
      check("\(text), \(split.rawValue)", split: split, expected: nil, decoding) { () throws(DatasetError) in
        var options = options
        options.split = split
        options.classes = classes
        let dataset = try open(specifier, options: options)
        if split == .train { classes = dataset.classNames }
        return dataset
      }
    }
  }

  private func failed(_ text: String, _ failure: DatasetError) -> DatasetCheck {
    DatasetCheck(
      dataset: text, split: nil, expected: nil, found: nil, leftOut: [:], bad: nil, contradictions: nil,
      failure: failure)
  }

  private func check(
    _ text: String, split: DatasetSplit?, expected: Int?, _ decoding: Bool,
    _ open: () throws(DatasetError) -> any ImageDataset
  ) -> DatasetCheck {
    var found: Int?
    var bad: [SkippedImage]?
    var contradictions: ContradictingLabels?
    var leftOut: [String: Int] = [:]
    var failure: DatasetError?
    do throws(DatasetError) {
      let dataset = try open()
      found = dataset.count
      leftOut = dataset.leftOut
      try Self.requireAllImages(text, leftOut)
      if let expected, expected != dataset.count {
        failure = .incomplete(dataset: text, found: dataset.count, expected: expected)
      }
      if decoding {
        let skipped = dataset.undecodableImages()
        bad = skipped
        if let first = skipped.first {
          failure = .badRequest(
            "dataset \(text): \(skipped.count) images cannot be decoded, the first being \(first.problem)")
        }
      }
      if failure == nil, decoding || expected == nil {
        contradictions = try ImageList(ImageList.entries(of: dataset, in: 0..<dataset.count)).contradictions
      }
    } catch {
      failure = error
    }
    return DatasetCheck(
      dataset: text, split: split, expected: expected, found: found, leftOut: leftOut, bad: bad,
      contradictions: contradictions, failure: failure)
  }

  /// Throws if images are among what was left out.
  private static func requireAllImages(_ text: String, _ leftOut: [String: Int]) throws(DatasetError) {
    if let missing = leftOut[LeftOutFiles.missing] {
      throw .badRequest(
        "dataset \(text): \(missing) images that its list names are not there; restore them, or remove their lines"
      )
    }
    let unread = leftOut.filter { ImageDecoder.isUnreadImageFile("." + $0.key) }
    guard unread.isEmpty else {
      throw .badRequest(
        "dataset \(text): \(LeftOutFiles.words(unread)) cannot be read here; convert to JPEG, PNG or WebP")
    }
  }

  /// Throws if a class has no image, where no count would tell.
  private static func requireEveryClass(of dataset: any ImageDataset) throws(DatasetError) {
    let empty = dataset.classesWithoutImages
    guard let first = empty.first else { return }
    throw .badRequest(
      "dataset \(dataset.name): \(empty.count) of \(dataset.classes.count) classes have no image, the first being "
        + "\(first.id); complete it")
  }
}
