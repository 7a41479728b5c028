/// What there is of one split of a dataset.
public struct DatasetCheck: Sendable {
  /// The dataset argument, with the split where it has one: `shapes:train`.
  public let dataset: String
  public let split: DatasetSplit?
  /// Images a complete copy has, where a manifest says.
  public let expected: Int?
  /// Images that are listed; nil where the dataset cannot be opened.
  public let found: Int?
  /// Images that cannot be decoded; nil unless they were looked at.
  public let bad: [SkippedImage]?
  /// What is wrong, if anything is.
  public let failure: DatasetError?

  /// In a word: complete, partial, missing or bad.
  public var status: String {
    switch failure {
    case nil: "complete"
    case .notFound: "missing"
    case .incomplete: "partial"
    default: "bad"
    }
  }
}

extension DatasetCatalog {
  /// Opens what a dataset argument names, every split unless it names one, and counts the images; with `decoding`,
  /// each image is decoded as well. What is wrong with the data is part of the result; a dataset that nobody knows is
  /// an error.
  public func check(_ text: String, decoding: Bool = false) throws(DatasetError) -> [DatasetCheck] {
    let specifier = try DatasetSpecifier.parse(text)
    guard case .manifest(let name, let asked) = specifier else {
      return [
        check(text, split: nil, expected: nil, decoding) { () throws(DatasetError) in try open(specifier) }
      ]
    }
    let manifest = try manifest(named: name)
    let splits = asked.map { [$0] } ?? manifest.availableSplits
    return splits.map { split in
      let expected = manifest.splits[split.rawValue]?.count
      return check("\(name):\(split.rawValue)", split: split, expected: expected, decoding) {
        () throws(DatasetError) in try open(manifest, split: split, allowPartial: true)
      }
    }
  }

  private func check(
    _ text: String, split: DatasetSplit?, expected: Int?, _ decoding: Bool,
    _ open: () throws(DatasetError) -> any ImageDataset
  ) -> DatasetCheck {
    var found: Int?
    var bad: [SkippedImage]?
    var failure: DatasetError?
    do throws(DatasetError) {
      let dataset = try open()
      found = dataset.count
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
    } catch {
      failure = error
    }
    return DatasetCheck(
      dataset: text, split: split, expected: expected, found: found, bad: bad, failure: failure)
  }
}
