import Checkpoint
import Foundation
import ImageCodec
import TensorCore

/// The embedded world as real image files: `ROOT/shapes-r/test-800/star/00012.png` and the like.
///
/// A set is drawn when it is first asked for, into a folder that appears under its name when it is whole.
public struct WorldFiles: Sendable {
  /// Folder that holds the sets of one world.
  public let root: String
  public let world: World

  public init(root: String, seed: UInt64) {
    self.root = root
    self.world = World(seed: seed)
  }

  /// Opens sets in `dataRoot` if a world was drawn there, else in a folder of `cache`.
  public static func opener(cache: String, seed: UInt64 = 0) -> DatasetCatalog.WorldOpener {
    { (manifest, split, dataRoot) throws(DatasetError) in
      let files =
        try WorldFiles.drawn(in: dataRoot)
        ?? WorldFiles(root: folder(inCache: cache, seed: seed), seed: seed)
      return try files.dataset(manifest, split: split)
    }
  }

  /// Where a world lies in the cache; each version and seed has a folder of its own.
  public static func folder(inCache cache: String, seed: UInt64) -> String {
    URL(fileURLWithPath: cache).appendingPathComponent("world-\(World.version)-\(seed)/data").path
  }

  /// The world that was drawn in a folder, if one was; of another version, or marked by a damaged file, it is an error.
  public static func drawn(in root: String) throws(DatasetError) -> WorldFiles? {
    let file = root.appendingPath(markerName)
    guard DirectoryListing.exists(file) else { return nil }
    let data = try FileReading.contents(of: file, limit: 1 << 16)
    guard let marker = try? JSONDecoder().decode(Marker.self, from: data) else {
      throw .unreadable(
        path: file, reason: "it does not say which world was drawn there; draw it again elsewhere")
    }
    guard marker.version == World.version else {
      throw .unreadable(
        path: file,
        reason: "it marks version \(marker.version) of the embedded world, where this program draws "
          + "\(World.version); name another data root, or draw it again")
    }
    return WorldFiles(root: root, seed: marker.seed)
  }

  /// The images of a split of a manifest, drawn now if they are not there yet.
  public func dataset(_ manifest: DatasetManifest, split: DatasetSplit) throws(DatasetError)
    -> any ImageDataset
  {
    guard let source = manifest.splits[split.rawValue], let name = source.domain,
      let domain = World.Domain(rawValue: name), let worldSplit = World.Split(rawValue: split.rawValue),
      let count = source.count
    else {
      throw .badManifest(
        file: manifest.name + ".yaml",
        problem: "split \(split.rawValue) needs a domain of the world and a count")
    }
    let folder = try draw(domain, worldSplit, count: count, name: manifest.name)
    return try FolderDataset(
      path: folder, name: manifest.name, role: manifest.role, classes: manifest.datasetClasses, naming: .id,
      allowPartial: true)
  }

  /// Throws if the folder holds the world of another seed, or another version.
  public func requireSameWorld() throws(DatasetError) {
    _ = try drawnHere()
  }

  /// Whether a set of this very world was drawn here before.
  private func drawnHere() throws(DatasetError) -> Bool {
    guard let there = try WorldFiles.drawn(in: root) else { return false }
    guard there.world.seed == world.seed else {
      throw .cannotWrite(
        path: root,
        reason: "the world of seed \(there.world.seed) was drawn there, not that of seed \(world.seed); "
          + "choose another --out, or --seed \(there.world.seed)")
    }
    return true
  }

  /// Draws a set unless it is there; the path of its folder. Throws if the folder holds the world of another seed.
  @discardableResult
  public func draw(
    _ domain: World.Domain, _ split: World.Split, count: Int, name: String
  ) throws(DatasetError) -> String {
    let folder = URL(fileURLWithPath: root).appendingPathComponent("\(name)/\(split.rawValue)-\(count)")
    let isMarked = try drawnHere()
    guard !FileManager.default.fileExists(atPath: folder.path) else {
      // The marker is written before any set: without one, nobody knows whose images these are.
      guard isMarked else {
        throw .cannotWrite(
          path: folder.path,
          reason:
            "it is there, and no \(Self.markerName) says which world was drawn in \(root); choose another --out"
        )
      }
      return folder.path
    }
    do {
      let marker = try JSONEncoder().encode(Marker(version: World.version, seed: world.seed))
      try NewOutput.folder(at: folder) { unfinished in
        for name in World.classNames {
          try FileManager.default.createDirectory(
            at: unfinished.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try AtomicFile.write(marker, to: URL(fileURLWithPath: root).appendingPathComponent(Self.markerName))
        try parallelForEach(count: count) { (index) throws(WriteFailure) in
          let sample = world.sample(domain: domain, split: split, index: index)
          let digits = String(index)
          let file = unfinished.appendingPathComponent(World.classNames[sample.label])
            .appendingPathComponent(
              String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".png")
          do {
            try ImageEncoder.png(sample.image).write(to: file)
          } catch {
            throw WriteFailure()
          }
        }
      }
    } catch {
      // Another process may have drawn the same set meanwhile.
      guard FileManager.default.fileExists(atPath: folder.path) else {
        throw .cannotWrite(path: folder.path, reason: "images of the embedded world cannot be written there")
      }
    }
    return folder.path
  }

  private struct WriteFailure: Error {}
  private struct Marker: Codable {
    var version: Int
    var seed: UInt64
  }
  private static let markerName = "world.json"
}
