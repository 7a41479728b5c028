import Datasets
import EvalShift
import Training

// Where the images of a run lie now: they must be those that it recorded, under the roles that they had.
extension TrainingData {
  /// Throws unless the training images of a run, which lie elsewhere now, are all there, with the classes and the content
  /// that they had.
  public static func verifyTraining(
    _ data: RunRecord.Data, _ images: RunImages, request: TrainingDataRequest, catalog: DatasetCatalog,
    reader: ImageReader = ImageReader()
  ) throws {
    let train = try images.train.select(from: whole(data, request, catalog))
    try images.train.verify(reader.list(train), of: train)
  }

  /// Some of a run's training images where they lay; nil where none can be decoded there.
  public static func sample(
    _ data: RunRecord.Data, _ images: RunImages, request: TrainingDataRequest, count: Int,
    catalog: DatasetCatalog
  ) -> (any ImageDataset)? {
    let some = ImageList(Array(images.train.entries.prefix(count)))
    // Whoever asks says what it takes instead.
    guard let all = try? whole(data, request, catalog), let found = try? some.select(from: all),
      let good = try? found.skippingBadImages().dataset, good.count > 0
    else { return nil }
    return good
  }

  /// Throws if a run recorded test images and its data have no test split any more: other images must not stand for them.
  public static func requireTest(
    _ data: RunRecord.Data, _ images: RunImages, request: TrainingDataRequest, catalog: DatasetCatalog
  ) throws(DatasetError) {
    let specifier = try DatasetSpecifier.parse(request.dataset)
    // Manifests promise their splits.
    guard case .stored(let stored) = specifier, let test = images.test else { return }
    let splits = try DatasetError.sayingWhere("--training-data") { () throws(DatasetError) in
      try catalog.splits(of: specifier, classes: data.classes.map(\.name))
    }
    guard !splits.contains(.test) else { return }
    throw .notFound(
      what: "test split of the run, \(test.count) images (images/test.tsv),",
      path: "\(stored.layout.path)/\(DatasetSplit.test.rawValue)",
      advice:
        "put it back, say with --training-data where the data lie now, or name test images with target=DATA")
  }

  /// The arguments with the role of target for those that name no role and hold nothing but the run's own test images,
  /// wherever they lie now.
  public static func withOwnTest(
    _ arguments: [SetArgument], of images: RunImages, own: Set<DatasetPlace>, catalog: DatasetCatalog,
    reader: ImageReader = ImageReader()
  ) throws -> [SetArgument] {
    guard let test = images.test?.hashes else { return arguments }
    return try arguments.map { argument in
      // A manifest's data are what it says.
      guard argument.role == nil, !argument.specifier.isManifest,
        try argument.role(relativeTo: own, catalog: catalog) == .shift
      else { return argument }
      // What is wrong with a set is said where it is opened to be scored.
      guard let dataset = try? catalog.open(argument.specifier, options: DatasetOptions(allowPartial: true)),
        dataset.count > 0,
        // One image tells most sets apart.
        let first = try? ImageList.entries(of: dataset, in: 0..<1).first, test.contains(first.sha256),
        try reader.list(dataset).hashes.isSubset(of: test)
      else { return argument }
      return try SetArgument(parsing: "\(DatasetRole.target.rawValue)=\(argument.text)")
    }
  }
}

extension DatasetError {
  /// What `open` makes of a run's own data; that they are not where they lay is said with the option that says where they are.
  static func sayingWhere<Opened>(
    _ option: String, _ open: () throws(DatasetError) -> Opened
  ) throws(DatasetError) -> Opened {
    do {
      return try open()
    } catch .notFound(let what, let path, let advice) {
      throw .notFound(
        what: what, path: path,
        advice: "it is the run's own; put it back, or say with \(option) where it lies now (\(advice))")
    }
  }
}
