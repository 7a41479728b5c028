import Foundation

/// `cifar:FOLDER`: the binary version of CIFAR-10 or CIFAR-100, as it is unpacked.
public struct CIFARBinaries: DatasetLayout {
  public static let prefix = "cifar"
  public static let form = "FOLDER"
  public static let isFolder = true
  public let path: String

  public init(argument: String) { path = argument.expandingHome }

  public var argument: String { path }
  public var absolute: CIFARBinaries { CIFARBinaries(argument: path.standardizedPath) }

  /// What tells the two apart.
  private struct Kind {
    let labelBytes: Int
    let namesFile: String
    let files: [DatasetSplit: [String]]

    static let all = [
      Kind(
        labelBytes: 1, namesFile: "batches.meta.txt",
        files: [.train: (1...5).map { "data_batch_\($0).bin" }, .test: ["test_batch.bin"]]),
      // Of its two labels, the coarse one comes first.
      Kind(
        labelBytes: 2, namesFile: "fine_label_names.txt",
        files: [.train: ["train.bin"], .test: ["test.bin"]]),
    ]
  }

  public static func expectation(of manifest: DatasetManifest) -> String { "CIFAR's binary files" }

  /// A split counts where one of its files is there.
  public func splits(classes: [String]?) throws(DatasetError) -> Set<DatasetSplit> {
    let kind = try kind()
    return Set(
      kind.files.filter { $0.value.contains { DirectoryListing.exists(path.appendingPath($0)) } }.keys)
  }

  public func open(_ request: LayoutRequest) throws(DatasetError) -> any ImageDataset {
    let kind = try kind()
    guard let files = kind.files[request.split] else {
      throw .badFolder(
        path: path, problem: "CIFAR has no \(request.split.rawValue) split, only train and test")
    }
    for file in files where !DirectoryListing.exists(path.appendingPath(file)) {
      throw .badFolder(path: path, problem: "it has no \(file); fetch it again")
    }
    let names = try TextFile.names(of: path.appendingPath(kind.namesFile)).map {
      $0.replacing("_", with: " ")
    }
    let classes = request.classes ?? names.map { DatasetClass(id: $0, name: $0) }
    let lookup = ClassLookup(classes)
    var place: [Int] = []
    for name in names {
      guard let index = try lookup.index(of: name) else {
        throw .unknownClasses(
          "'\(name)' is none of the \(classes.count) classes" + lookup.suggestion(for: name))
      }
      place.append(index)
    }
    return try CIFARDataset(
      files: files, in: path, labelBytes: kind.labelBytes, name: request.name, role: request.role,
      classes: classes, place: place)
  }

  public func requirePresence() throws(DatasetError) {
    guard !DirectoryListing.exists(path) else { return }
    throw .notFound(
      what: "folder of CIFAR's binary files", path: path,
      advice:
        "unpack cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, and name the folder that holds its .bin files"
    )
  }

  private func kind() throws(DatasetError) -> Kind {
    try requirePresence()
    guard let kind = Kind.all.first(where: { DirectoryListing.exists(path.appendingPath($0.namesFile)) })
    else {
      throw .badFolder(
        path: path,
        problem:
          "it has neither \(Kind.all.map(\.namesFile).joined(separator: " nor ")): the binary version of CIFAR has one "
          + "beside its .bin files")
    }
    return kind
  }
}
