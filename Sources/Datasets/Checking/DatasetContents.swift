import Checkpoint
import Foundation
import ImageCodec
import TensorCore

/// What the files of a set hold: which cannot be read, which are the same, and how large they are.
public struct DatasetContents: Sendable {
  /// Paths of images of one content, in order.
  public struct Copies: Sendable, Encodable {
    public let paths: [String]
    /// Whether they are of several classes, of which all but one must be wrong.
    public let contradicts: Bool
  }

  /// The smallest, the middle and the largest of something.
  public struct Range: Sendable, Encodable {
    public let least: Int
    public let median: Int
    public let most: Int

    init?(_ values: [Int]) {
      let sorted = values.sorted()
      guard let first = sorted.first, let last = sorted.last else { return nil }
      (least, median, most) = (first, sorted[sorted.count / 2], last)
    }
  }

  /// Images that cannot be read, or decoded where that was tried, in order.
  public let bad: [SkippedImage]
  /// Images that are there several times.
  public let copies: [Copies]
  /// Bytes of the files.
  public let bytes: Range?
  /// The shorter side of the images in pixels, and the longer one; nil unless they were decoded.
  public let shorterSide: Range?
  public let longerSide: Range?
  /// By content, the first path.
  let paths: [ContentKey: String]

  /// Images under several classes; nil where there are none.
  public var contradictions: ContradictingLabels? {
    let contradicting = copies.filter(\.contradicts)
    return contradicting.first.map {
      ContradictingLabels(count: contradicting.count, example: Array($0.paths.prefix(2)))
    }
  }

  /// Images of one class that are there more than once, the first of each not counted.
  public var surplus: Int { copies.filter { !$0.contradicts }.reduce(0) { $0 + $1.paths.count - 1 } }

  private static let atOnce = 256

  /// Reads every file of a set once, and decodes it where that is asked for, unless a journal knows it.
  init(of dataset: any ImageDataset, called name: String, _ options: CheckOptions) throws {
    options.onStart(name, dataset.count)
    let findings = Findings(count: dataset.count)
    let decodes = options.decodes
    let files = ReadAhead(dataset)
    for start in stride(from: 0, to: dataset.count, by: Self.atOnce) {
      let part = Array(start..<min(start + Self.atOnce, dataset.count))
      var sources: [Int: ImageSource] = [:]
      for index in part {
        guard let source = dataset.source(at: index) else { continue }
        if let known = options.journal?.finding(source, decoded: options.decodes) {
          findings.record(.success(known), at: index)
        } else if source.isSettled {
          sources[index] = source
        }
      }
      let fresh = part.filter { !findings.has($0) }
      files.announce(fresh)
      parallelFor(count: fresh.count) { range in
        for index in range.map({ fresh[$0] }) {
          findings.record(
            Result { () throws(DatasetError) in
              try CheckFinding(files.take(index), at: index, of: dataset, decoding: decodes)
            }, at: index)
        }
      }
      for index in fresh {
        guard let source = sources[index], case .success(let found) = findings[index] else { continue }
        // A file that was written to meanwhile is looked at again next time.
        if dataset.source(at: index) == source { options.journal?.add(found, of: source) }
      }
      options.journal?.save()
      try options.onProgress(part.count)
    }
    self.init(findings, dataset)
  }

  private init(_ findings: Findings, _ dataset: any ImageDataset) {
    var bad: [SkippedImage] = []
    var places: [ContentKey: [Int]] = [:]
    var found: [CheckFinding] = []
    // A path that a list names again is no copy.
    var paths: Set<String> = []
    for index in 0..<dataset.count {
      switch findings[index] {
      case .success(let finding):
        found.append(finding)
        if paths.insert(dataset.path(at: index)).inserted {
          places[finding.content, default: []].append(index)
        }
      case .failure(let error):
        bad.append(SkippedImage(path: dataset.path(at: index), problem: error.description))
      case nil: break
      }
    }
    self.bad = bad
    copies = places.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.map { indices in
      let other = indices.first { dataset.label(at: $0) != dataset.label(at: indices[0]) }
      // The first two tell what is wrong.
      let order =
        other.map { other in [indices[0], other] + indices.dropFirst().filter { $0 != other } } ?? indices
      return Copies(paths: order.map(dataset.path(at:)), contradicts: other != nil)
    }
    self.paths = places.mapValues { dataset.path(at: $0[0]) }
    bytes = Range(found.map(\.bytes))
    let sides = found.compactMap(\.sides)
    shorterSide = Range(sides.map { min($0.width, $0.height) })
    longerSide = Range(sides.map { max($0.width, $0.height) })
  }

  private final class Findings: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [Result<CheckFinding, DatasetError>?]

    init(count: Int) { all = Array(repeating: nil, count: count) }

    func record(_ finding: Result<CheckFinding, DatasetError>, at index: Int) {
      lock.withLock { all[index] = finding }
    }
    func has(_ index: Int) -> Bool { lock.withLock { all[index] != nil } }
    subscript(index: Int) -> Result<CheckFinding, DatasetError>? { lock.withLock { all[index] } }
  }
}

/// Half of a SHA-256 of a file, by which contents are compared.
struct ContentKey: Hashable, Sendable {
  let high, low: UInt64

  init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  init(_ bytes: Data) {
    let digest = ContentHash.sha256(of: bytes)
    // These are always hexadecimal digits.
    high = UInt64(digest.prefix(16), radix: 16) ?? 0
    low = UInt64(digest.dropFirst(16).prefix(16), radix: 16) ?? 0
  }
}

/// What a check finds of a file that it can read.
struct CheckFinding: Sendable, Equatable {
  let content: ContentKey
  let bytes: Int
  /// Nil unless the image was decoded.
  let sides: (width: Int, height: Int)?

  init(content: ContentKey, bytes: Int, sides: (width: Int, height: Int)?) {
    (self.content, self.bytes, self.sides) = (content, bytes, sides)
  }

  init(
    _ file: Data, at index: Int, of dataset: any ImageDataset, decoding: Bool
  ) throws(DatasetError) {
    let image = decoding ? try dataset.image(from: file, at: index) : nil
    self.init(
      content: ContentKey(file), bytes: file.count, sides: image.map { ($0.width, $0.height) })
  }

  static func == (a: CheckFinding, b: CheckFinding) -> Bool {
    a.content == b.content && a.bytes == b.bytes && a.sides?.width == b.sides?.width
      && a.sides?.height == b.sides?.height
  }
}

/// Images that two sets share by content: what is scored on one was seen in the other.
public struct SharedImages: Sendable, Encodable {
  /// The sets, as their checks are called.
  public let sets: [String]
  /// Of each image its path in the one set and in the other.
  public let paths: [[String]]

  /// Between any two of the sets whose files were read.
  public static func among(_ checks: [DatasetCheck]) -> [SharedImages] {
    var shared: [SharedImages] = []
    for (position, one) in checks.enumerated() {
      for other in checks[(position + 1)...] {
        guard let mine = one.contents?.paths, let theirs = other.contents?.paths else { continue }
        let paths = mine.compactMap { content, path in theirs[content].map { [path, $0] } }
        guard !paths.isEmpty else { continue }
        shared.append(
          SharedImages(
            sets: [one.dataset, other.dataset], paths: paths.sorted { String.bytewise($0[0], $1[0]) }))
      }
    }
    return shared
  }

  /// The same in a clause.
  public var words: String {
    let images = paths.count == 1 ? "1 image is" : "\(paths.count) images are"
    return "\(images) in both \(sets[0]) and \(sets[1]), such as \(paths[0].joined(separator: " and "))"
  }
}
