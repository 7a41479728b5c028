import Foundation
import ImageCodec

/// Images in WebDataset tar shards: members that share a key are one sample (`0001.jpg`, `0001.cls`).
///
/// Shards (`.tar`, or `.tar.gz` and `.tar.zst`, which are decompressed to a temporary file) are indexed, not unpacked; samples come in the order of shards and members. The label is the text of
/// `.cls`: a class index, identifier or name. Class names come from `classnames.txt` beside the shards or one folder
/// above, where none are given. Other members are left out and counted.
public struct WebDatasetTar: ImageDataset {
  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  public let leftOut: [String: Int]
  private let storage: TarStorage
  private let samples: [Sample]
  /// What each shard is called in the paths of its images.
  private let shardNames: [String]
  private let labelsByImage: [Int32]

  /// Longest label file, in bytes.
  static let largestLabel = 4096

  private struct Sample {
    let shard: Int32
    let path: String
    let offset: Int
    let size: Int
  }

  /// Indexes the shards of `pattern`: a tar file, several by brace ranges, or a folder with `nshards.txt` and
  /// shards `0.tar`, `1.tar`, …. A sample whose image is of a kind that is not read is an error; with `allowPartial`,
  /// it is left out.
  public init(
    pattern: String, name: String, role: DatasetRole, classes: [DatasetClass]? = nil,
    allowPartial: Bool = false
  ) throws(DatasetError) {
    let shards = try Self.shards(of: pattern)
    var distinct: Set<String> = []
    for shard in shards where !distinct.insert(shard).inserted {
      throw .badSpecifier(text: pattern, advice: "it names the shard \(shard) twice; name each once")
    }
    for shard in shards where !DirectoryListing.exists(shard) {
      throw .notFound(what: "shard", path: shard, advice: "check the pattern \(pattern) and the data root")
    }
    let storage = try TarStorage(shards: shards)
    var samples: [Sample] = []
    var labelTexts: [String] = []
    var leftOut: [String: Int] = [:]
    // An index is read by many small reads, each of which may have to be waited for.
    let indices = ReadAhead<IndexedShard>(
      size: { _ in 0 },
      fetch: { (number) throws(DatasetError) in
        try IndexedShard(storage.archives[number], storage, allowPartial: allowPartial)
      })
    indices.announce(Array(storage.archives.indices))
    for (number, archive) in storage.archives.enumerated() {
      let indexed = try indices.take(number)
      let shard = indexed.samples
      leftOut.add(shard.leftOut)
      labelTexts += indexed.labels
      var seen: Set<String> = []
      for sample in shard.samples {
        guard seen.insert(sample.image.path).inserted else {
          throw .badArchive(
            file: archive.path, problem: "sample \(sample.image.path) occurs twice; a key names one sample")
        }
        let image = sample.image
        samples.append(
          Sample(shard: Int32(number), path: image.path, offset: image.offset, size: image.size))
      }
    }
    guard !samples.isEmpty else {
      throw .badArchive(file: pattern, problem: "it holds no samples; expected members KEY.jpg and KEY.cls")
    }
    let names = if let classes { classes } else { try Self.classNames(beside: shards) }
    let resolved = try LabelTexts(labelTexts, classes: names) { position, words in
      .badArchive(
        file: shards[Int(samples[position].shard)], problem: "sample \(samples[position].path): \(words)")
    }
    self.name = name
    self.role = role
    self.classes = resolved.classes
    self.storage = storage
    shardNames = Self.distinctNames(storage.archives.map(\.path))
    self.leftOut = leftOut
    self.samples = samples
    labelsByImage = resolved.labels
  }

  public var count: Int { samples.count }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String {
    shardNames[Int(samples[index].shard)] + "/" + samples[index].path
  }
  public func location(at index: Int) -> String {
    "\(storage.archives[Int(samples[index].shard)].path.absolutePath), member \(samples[index].path)"
  }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    let sample = samples[index]
    return try storage.read(storage.archives[Int(sample.shard)], offset: sample.offset, count: sample.size)
  }
  public func image(from bytes: Data, at index: Int) throws(DatasetError) -> PixelImage {
    try decoded(bytes, at: index)
  }
  public func source(at index: Int) -> ImageSource? {
    let sample = samples[index]
    return storage.source(storage.archives[Int(sample.shard)])?
      .with("bytes \(sample.offset) to \(sample.offset + sample.size)")
  }

  /// What a shard holds.
  private struct IndexedShard: Sendable {
    let samples: ShardSamples
    /// The text of the label of each.
    let labels: [String]

    init(_ archive: TarStorage.Archive, _ storage: TarStorage, allowPartial: Bool) throws(DatasetError) {
      (samples, labels) = try storage.reading(archive) {
        (read) throws(DatasetError) -> (ShardSamples, [String]) in
        let index = try TarIndex(archive: archive.path, size: archive.size, read: read)
        let samples = try ShardSamples(of: index, archive: archive.path, allowPartial: allowPartial)
        var labels: [String] = []
        for sample in samples.samples { labels.append(try label(sample, in: archive, read)) }
        return (samples, labels)
      }
    }
  }

  /// The names of files, with as many of their folders as tell them from each other: runs know images by their paths.
  private static func distinctNames(_ paths: [String]) -> [String] {
    let parts = paths.map { $0.split(separator: "/") }
    let deepest = parts.map(\.count).max() ?? 1
    for depth in 1...max(1, deepest) {
      let names = parts.map { $0.suffix(depth).joined(separator: "/") }
      if Set(names).count == names.count { return names }
    }
    return paths
  }

  private static func label(
    _ sample: ShardSamples.Sample, in archive: TarStorage.Archive, _ read: TarStorage.Reader
  ) throws(DatasetError) -> String {
    func problem(_ words: String) -> DatasetError {
      .badArchive(file: archive.path, problem: "the label of sample \(sample.image.path) \(words)")
    }
    guard sample.label.size <= largestLabel else {
      throw problem("has \(sample.label.size) bytes, more than the \(largestLabel) allowed")
    }
    let bytes = try read(sample.label.offset, sample.label.size)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw problem("is not valid UTF-8 text")
    }
    let label = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !label.isEmpty else { throw problem("is empty") }
    return label
  }

  private static func shards(of pattern: String) throws(DatasetError) -> [String] {
    guard DirectoryListing.isFolder(pattern) else { return try ShardPattern.expand(pattern) }
    let countFile = pattern.appendingPath("nshards.txt")
    guard DirectoryListing.exists(countFile) else {
      throw .notFound(
        what: "shard count", path: countFile,
        advice: "a folder of shards holds nshards.txt and 0.tar, 1.tar, …")
    }
    let text = String(decoding: try FileReading.contents(of: countFile, limit: 64), as: UTF8.self)
    guard let count = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), count > 0,
      count <= ShardPattern.mostShards
    else { throw .badList(file: countFile, line: 1, problem: "it should hold the number of shards") }
    let further = pattern.appendingPath("\(count).tar")
    guard !DirectoryListing.exists(further) else {
      throw .badList(
        file: countFile, line: 1,
        problem: "it says \(count) shards, but there is \(count).tar as well; correct it")
    }
    return (0..<count).map { pattern.appendingPath("\($0).tar") }
  }

  private static func classNames(beside shards: [String]) throws(DatasetError) -> [DatasetClass]? {
    guard let folder = shards.first?.parentPath else { return nil }
    let files = [folder, folder.appendingPath("..")].map { $0.appendingPath("classnames.txt") }
    guard let file = files.first(where: DirectoryListing.exists) else { return nil }
    let lines = try TextFile.lines(of: file)
    // A label is the number of a line.
    for (index, line) in lines.enumerated() where line.number != index + 1 {
      throw .badList(file: file, line: index + 1, problem: "it is blank; write one class name a line")
    }
    // As other layouts have them, unless names are several classes'.
    let areDistinct = Set(lines.map(\.text)).count == lines.count
    return lines.enumerated().map { DatasetClass(id: areDistinct ? $1.text : String($0), name: $1.text) }
  }
}
