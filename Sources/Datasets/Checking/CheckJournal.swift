import Checkpoint
import Foundation

/// What checks found of files, kept in a file: one that goes on, or comes again, looks at none twice that has not changed.
///
/// Files are known by all that tells that they changed (`ImageSource`). It is a cache: a line that is damaged, or cut off as
/// its writer was killed, counts for nothing, and what cannot be kept is found again.
public final class CheckJournal: @unchecked Sendable {
  private let file: URL
  private let lock = NSLock()
  private var known: [PixelKey: CheckFinding] = [:]
  private var unsaved = ""
  private var hasFailed = false

  /// What the first line says: another version's findings are not taken.
  private static let heading = "clipft check 1, decoder \(PixelArithmetic.version)"
  private static let largestFile = 1 << 30

  /// Reads the journal of a dataset argument in a folder, if there is one.
  public init(of dataset: String, in folder: URL) {
    let name = ContentHash.sha256(of: Data(dataset.utf8)).prefix(32)
    file = folder.appendingPathComponent("\(name).txt")
    guard let data = try? FileReading.contents(of: file.path, limit: Self.largestFile) else { return }
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    // What follows the last line feed was not written to its end.
    guard lines.popLast() != nil,
      lines.popFirst().map({ String(decoding: $0, as: UTF8.self) }) == Self.heading
    else {
      // Of another version, or damaged at its start: begun anew.
      unlink(file.path)
      return
    }
    for line in lines {
      guard let (key, finding) = Self.parse(String(decoding: line, as: UTF8.self)) else { continue }
      known[key] = finding
    }
  }

  func finding(_ source: ImageSource, decoded: Bool) -> CheckFinding? {
    let key = PixelKey(source, .whole)
    return lock.withLock {
      guard let finding = known[key], !decoded || finding.sides != nil else { return nil }
      return finding
    }
  }

  func add(_ finding: CheckFinding, of source: ImageSource) {
    let key = PixelKey(source, .whole)
    lock.withLock {
      known[key] = finding
      unsaved += Self.line(key, finding)
    }
  }

  /// Whether all that was to be kept is.
  public var isKept: Bool { lock.withLock { !hasFailed } }

  /// Appends what was added. What cannot be written is looked at again the next time.
  func save() {
    let lines = lock.withLock {
      defer { unsaved = "" }
      return unsaved
    }
    guard !lines.isEmpty else { return }
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return lock.withLock { hasFailed = true } }
    defer { close(descriptor) }
    var status = stat()
    let isNew = fstat(descriptor, &status) == 0 && status.st_size == 0
    // One call: lines of two processes do not mix.
    let bytes = Array(((isNew ? Self.heading + "\n" : "") + lines).utf8)
    if write(descriptor, bytes, bytes.count) != bytes.count { lock.withLock { hasFailed = true } }
  }

  private static func line(_ key: PixelKey, _ finding: CheckFinding) -> String {
    let numbers = [key.high, key.low, finding.content.high, finding.content.low].map { String($0, radix: 16) }
    let sides = finding.sides.map { "\($0.width) \($0.height)" } ?? "0 0"
    let line = numbers.joined(separator: " ") + " \(finding.bytes) \(sides)"
    return "\(line) \(check(line))\n"
  }

  private static func parse(_ line: String) -> (PixelKey, CheckFinding)? {
    guard let space = line.lastIndex(of: " "),
      line[line.index(after: space)...] == check(String(line[..<space]))
    else { return nil }
    let fields = line[..<space].split(separator: " ")
    let hashes = fields.prefix(4).compactMap { UInt64($0, radix: 16) }
    let numbers = fields.dropFirst(4).compactMap { Int($0) }
    guard hashes.count == 4, numbers.count == 3, fields.count == 7 else { return nil }
    return (
      PixelKey(high: hashes[0], low: hashes[1]),
      CheckFinding(
        content: ContentKey(high: hashes[2], low: hashes[3]), bytes: numbers[0],
        sides: numbers[1] > 0 ? (numbers[1], numbers[2]) : nil)
    )
  }

  /// Of a line without it: bits that flipped on the disk do not pass.
  private static func check(_ line: String) -> String {
    String(ContentHash.sha256(of: Data(line.utf8)).prefix(8))
  }
}
