import Foundation

/// What became of the inputs of one reader so far, kept in a file that outlives a crash.
struct FuzzRecord: Codable {
  /// Number of the next input; the one before is in the folder.
  var next: Int
  var accepted = 0
  var rejected = 0
  /// Processor seconds of the slowest input.
  var slowest = 0.0
  /// Bytes.
  var peakMemory = 0
  /// What went wrong with the last input.
  var failure: String?

  static let hangStatus: Int32 = 99
  private static let name = "record.json"

  init(next: Int) { self.next = next }

  /// Where the files of the current input lie.
  static func inputFolder(in folder: URL) throws -> URL {
    let place = folder.appendingPathComponent("input")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    return place
  }

  func save(in folder: URL) throws {
    try JSONEncoder().encode(self).write(to: folder.appendingPathComponent(Self.name))
  }

  static func load(from folder: URL) throws -> FuzzRecord {
    try JSONDecoder().decode(FuzzRecord.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
  }

  mutating func add(_ other: FuzzRecord) {
    next = other.next
    accepted += other.accepted
    rejected += other.rejected
    slowest = max(slowest, other.slowest)
    peakMemory = max(peakMemory, other.peakMemory)
  }
}
