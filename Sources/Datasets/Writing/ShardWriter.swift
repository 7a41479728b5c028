import Checkpoint
import Foundation

/// Writes datasets as tar shards in the form of the CLIP benchmark: `SPLIT/0.tar`, …, `SPLIT/nshards.txt`, `classnames.txt`, and
/// the prompts; what the layout `wds` reads.
public enum ShardWriter {
  /// Images a shard has at most, by default: the CLIP benchmark's.
  public static let imagesPerShard = 10_000

  /// Writes the parts of a dataset to `folder`, which must not be there. Images keep their bytes and their order; those that
  /// are no files become PNG. `progress` is told of every image, and throws to end the work.
  public static func write(
    _ parts: [(split: DatasetSplit, dataset: any ImageDataset)], templates: [String]?, to folder: URL,
    imagesPerShard: Int = Self.imagesPerShard, progress: () throws -> Void
  ) throws {
    precondition(imagesPerShard > 0)
    guard let classes = parts.first?.dataset.classes else { return }
    for (_, dataset) in parts where dataset.classes != classes {
      throw DatasetError.badRequest(
        "dataset \(dataset.name): its splits have different classes; give them with --classes")
    }
    if let odd = classes.first(where: { $0.name.contains(where: \.isNewline) || $0.name.isEmpty }) {
      throw DatasetError.badRequest(
        "class '\(odd.id)' has a name that no line of classnames.txt can hold; rename it")
    }
    try NewOutput.folder(at: folder) { unfinished in
      try text(classes.map(\.name), to: unfinished.appendingPathComponent("classnames.txt"))
      if let templates {
        try text(
          templates.map { $0.replacing("{}", with: "{c}") },
          to: unfinished.appendingPathComponent("zeroshot_classification_templates.txt"))
      }
      for (split, dataset) in parts {
        let place = unfinished.appendingPathComponent(split.rawValue)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let shards = (dataset.count + imagesPerShard - 1) / imagesPerShard
        try text([String(shards)], to: place.appendingPathComponent("nshards.txt"))
        for shard in 0..<shards {
          let range = shard * imagesPerShard..<min((shard + 1) * imagesPerShard, dataset.count)
          try write(range, of: dataset, to: place.appendingPathComponent("\(shard).tar"), progress)
        }
      }
    }
  }

  private static func write(
    _ range: Range<Int>, of dataset: any ImageDataset, to file: URL, _ progress: () throws -> Void
  ) throws {
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw DatasetError.cannotWrite(path: file.path, reason: "the file cannot be made")
    }
    let output = try FileHandle(forWritingTo: file)
    defer { try? output.close() }
    for index in range {
      let (bytes, suffix) = try dataset.storedFile(at: index)
      let digits = String(index)
      let key = "s" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits
      do {
        try output.write(contentsOf: member("\(key).\(suffix)", bytes))
        try output.write(contentsOf: member("\(key).cls", Data("\(dataset.label(at: index))".utf8)))
      } catch {
        throw DatasetError.cannotWrite(path: file.path, reason: error.localizedDescription)
      }
      try progress()
    }
    // Two empty blocks end an archive.
    try output.write(contentsOf: Data(count: 2 * TarIndex.blockSize))
    try output.synchronize()
  }

  /// A regular file of an ustar archive (POSIX.1-1988), which anyone may read; `name` is short.
  private static func member(_ name: String, _ contents: Data) -> Data {
    var header = [UInt8](repeating: 0, count: TarIndex.blockSize)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, width: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    put(name, at: 0)
    put(octal(0o644, width: 7), at: 100)
    put(octal(0, width: 7), at: 108)
    put(octal(0, width: 7), at: 116)
    put(octal(contents.count, width: 11), at: 124)
    put(octal(0, width: 11), at: 136)
    put("        0", at: 148)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, width: 6) + "\u{0} ", at: 148)
    let padding = (TarIndex.blockSize - contents.count % TarIndex.blockSize) % TarIndex.blockSize
    return Data(header) + contents + Data(count: padding)
  }

  private static func text(_ lines: [String], to file: URL) throws {
    do {
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
    } catch {
      throw DatasetError.cannotWrite(path: file.path, reason: error.localizedDescription)
    }
  }
}
