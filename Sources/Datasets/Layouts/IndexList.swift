import Checkpoint
import Foundation

/// `index:FILE?of=DATA`: some images of other data, by their places: a `.npy` file of whole numbers, a list in MATLAB's
/// form (`variable=NAME`), or a text of one a line.
///
/// Places count from 0, or 1 (`first=1`), within a split of `DATA`: the training images, or those that `split=` says; the whole, where it is not
/// divided. Their path may start from the folder of the list. The study's lists of CIFAR are such.
public struct IndexList: DatasetLayout {
  public static let prefix = "index"
  public static let form = "FILE.npy?of=DATA"
  public static let suffixes = [".npy"]

  private enum Choice: String, CaseIterable, Sendable { case variable, first, split, of }

  private let query: PathQuery<Choice>
  private let images: StoredImages
  private let split: DatasetSplit
  private let first: Int

  public init(argument: String) throws(DatasetError) {
    query = try PathQuery(argument, of: Self.self, last: .of)
    func problem(_ advice: String) -> DatasetError {
      .badSpecifier(text: "index:" + argument, advice: advice)
    }
    guard let text = query[.of] else {
      throw problem("say which images the places are of: index:\(Self.form)")
    }
    guard case .stored(let images) = try DatasetSpecifier.parse(text) else {
      throw problem("of= takes data without a manifest: \(DatasetLayouts.forms)")
    }
    guard !(images.layout is IndexList) else { throw problem("places of places are not read") }
    guard let split = DatasetSplit(rawValue: query[.split] ?? DatasetSplit.train.rawValue) else {
      throw problem("split= is train, val or test")
    }
    first = try LabelTexts.first(query[.first], of: "index:" + argument)
    guard query[.variable] == nil || MatlabFile.matches(query.path) else {
      throw problem("only MATLAB's files have variables; leave out variable=")
    }
    self.split = split
    let (layout, folder) = (images.layout, query.path.parentPath)
    // Beside the list, as manifests have it, or where the working folder has it.
    let isBeside = !layout.path.hasPrefix("/") && DirectoryListing.exists(folder.appendingPath(layout.path))
    self.images =
      isBeside
      ? StoredImages(try type(of: layout).init(argument: folder.appendingPath(layout.argument))) : images
  }

  private init(_ query: PathQuery<Choice>, _ images: StoredImages, _ split: DatasetSplit, first: Int) {
    (self.query, self.images, self.split, self.first) = (query, images, split, first)
  }

  public var path: String { query.path }
  public var argument: String { query.argument }
  public var absolute: IndexList {
    let images = StoredImages(images.layout.absolute)
    var query = query.absolute()
    query[.of] = images.text
    return IndexList(query, images, split, first: first)
  }
  public var data: any DatasetLayout { images.layout.data }

  public static func expectation(of manifest: DatasetManifest) -> String { "its list of places" }

  public func splits(classes: [String]?) -> Set<DatasetSplit> { [] }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    try requirePresence()
    var whole = request
    whole.split = split
    // Which classes the chosen images show is for them to say.
    whole.allowsMissingClasses = true
    whole.isSplitAlone = false
    // Where an image is left out, places are those of others.
    whole.allowsPartial = false
    let dataset = try images.layout.open(whole)
    let listed = try places()
    var places: [Int] = []
    var seen: Set<Int> = []
    for (number, text) in listed.enumerated() {
      let place = text &- first
      guard (0..<dataset.count).contains(place) else {
        throw .badList(
          file: path, line: number + 1,
          problem: "place \(text) is not in \(first)..<\(dataset.count + first), the images of \(images.text)"
        )
      }
      guard seen.insert(place).inserted else {
        throw .badList(
          file: path, line: number + 1, problem: "place \(text) is there twice; name each image once")
      }
      places.append(place)
    }
    guard !places.isEmpty else { throw .badList(file: path, line: 1, problem: "it names no images") }
    let subset = try dataset.subset(places)
    let empty = subset.classesWithoutImages
    guard request.allowsMissingClasses || request.classes == nil || empty.isEmpty else {
      throw .badList(
        file: path, line: 1,
        problem:
          "\(empty.count) of \(dataset.classes.count) classes have no image in it, the first being \(empty[0].name)"
      )
    }
    return subset
  }

  public func requirePresence() throws(DatasetError) {
    guard DirectoryListing.exists(path) else {
      throw .notFound(
        what: "list of places", path: path,
        advice: "it should be a .npy file of whole numbers, or a text file of one a line")
    }
    try images.layout.requirePresence()
  }

  private func places() throws(DatasetError) -> [Int] {
    if MatlabFile.matches(path) { return try MatlabFile.integers(path, variable: query[.variable]) }
    guard path.lowercased().hasSuffix(".npy") else {
      return try TextFile.lines(of: path).map { (line) throws(DatasetError) in
        guard let place = Int(line.text) else {
          throw .badList(file: path, line: line.number, problem: "'\(line.text)' is no whole number")
        }
        return place
      }
    }
    do throws(CheckpointError) {
      let array = try NpyFile(path)
      guard array.shape.count == 1 else {
        throw CheckpointError.malformed(
          file: path, problem: "its shape is \(array.shape), not that of a list")
      }
      return try array.integers()
    } catch {
      throw DatasetError(error)
    }
  }
}
