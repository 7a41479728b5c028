import Foundation
import ImageCodec

/// Images in WebDataset tar shards: members that share a key are one sample (`0001.jpg`, `0001.cls`).
///
/// Shards (`.tar`, or `.tar.zst`, which is decompressed to a temporary file) are indexed, not unpacked; samples come in the order of shards and members. The label is the text of
/// `.cls`: a class index, identifier or name. Class names come from `classnames.txt` beside the shards or one folder
/// above, where none are given.
public struct WebDatasetTar: ImageDataset {
  public let name: String
  public let role: DatasetRole
  public let classes: [DatasetClass]
  private let storage: ShardStorage
  private let samples: [Sample]
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
  /// shards `0.tar`, `1.tar`, ….
  public init(
    pattern: String, name: String, role: DatasetRole, classes: [DatasetClass]? = nil
  ) throws(DatasetError) {
    let shards = try Self.shards(of: pattern)
    for shard in shards where !DirectoryListing.exists(shard) {
      throw .notFound(what: "shard", path: shard, advice: "check the pattern \(pattern) and the data root")
    }
    let storage = try ShardStorage(shards: shards)
    var samples: [Sample] = []
    var labelTexts: [String] = []
    for (number, archive) in storage.archives.enumerated() {
      for group in try SampleGroup.groups(of: storage.index(archive).members, archive: archive.path) {
        let label = try storage.read(
          archive, offset: group.label.offset, count: min(group.label.size, Self.largestLabel))
        labelTexts.append(
          String(decoding: label, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        let image = group.image
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
    self.samples = samples
    labelsByImage = resolved.labels
  }

  public var count: Int { samples.count }
  public func label(at index: Int) -> Int { Int(labelsByImage[index]) }
  public func path(at index: Int) -> String {
    storage.archives[Int(samples[index].shard)].path.lastPathComponent + "/" + samples[index].path
  }
  public func bytes(at index: Int) throws(DatasetError) -> Data {
    let sample = samples[index]
    return try storage.read(storage.archives[Int(sample.shard)], offset: sample.offset, count: sample.size)
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
    return (0..<count).map { pattern.appendingPath("\($0).tar") }
  }

  private static func classNames(beside shards: [String]) throws(DatasetError) -> [DatasetClass]? {
    guard let folder = shards.first?.parentPath else { return nil }
    let files = [folder, folder.appendingPath("..")].map { $0.appendingPath("classnames.txt") }
    guard let file = files.first(where: DirectoryListing.exists) else { return nil }
    let text = String(decoding: try FileReading.contents(of: file, limit: 1 << 26), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).enumerated().map { index, line in
      DatasetClass(id: String(index), name: line.trimmingCharacters(in: .whitespaces))
    }
  }
}

/// The image and the label among neighbouring members that share a key.
private struct SampleGroup {
  let image: TarIndex.Member
  let label: TarIndex.Member

  /// The key is the path up to the first dot after the last slash; what follows, in lower case, is the suffix.
  static func groups(of members: [TarIndex.Member], archive: String) throws(DatasetError) -> [SampleGroup] {
    var groups: [SampleGroup] = []
    var key: String?
    var suffixes: [String: TarIndex.Member] = [:]
    func finish() throws(DatasetError) {
      guard let key, !suffixes.isEmpty else { return }
      guard
        let image = suffixes.first(where: { !$0.key.contains(".") && ImageDecoder.isImageFile("." + $0.key) }
        )?.value
      else {
        throw .badArchive(
          file: archive,
          problem: "sample \(key) has no image (.jpg, .jpeg or .png); a key ends at its first dot")
      }
      guard let label = suffixes["cls"] else {
        throw .badArchive(file: archive, problem: "sample \(key) has no label (.cls)")
      }
      groups.append(SampleGroup(image: image, label: label))
    }
    for member in members {
      let file = member.path.lastPathComponent
      if file.hasPrefix("__") && file.hasSuffix("__") { continue }
      guard let dot = file.firstIndex(of: "."), dot > file.startIndex else { continue }
      let memberKey = String(member.path.dropLast(file.count)) + file[..<dot]
      let suffix = file[file.index(after: dot)...].lowercased()
      if memberKey != key {
        try finish()
        key = memberKey
        suffixes = [:]
      }
      guard suffixes.updateValue(member, forKey: suffix) == nil else {
        throw .badArchive(file: archive, problem: "sample \(memberKey) has two members .\(suffix)")
      }
    }
    try finish()
    return groups
  }
}
