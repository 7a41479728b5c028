import Foundation
import TensorCore

/// What to do about an image that cannot be read or decoded.
public enum BadImagePolicy: String, Sendable, Codable, CaseIterable {
  /// Stop, naming the image.
  case fail
  /// Leave it out, and say so.
  case skip
}

/// An image that was left out, and why.
public struct SkippedImage: Sendable, Codable, Equatable {
  /// Path as the dataset shows it.
  public let path: String
  public let problem: String
}

extension ImageDataset {
  /// Decodes every image and leaves out those that cannot be; all of them bad is an error.
  public func skippingBadImages() throws(DatasetError) -> (dataset: SubsetDataset, skipped: [SkippedImage]) {
    let files = ReadAhead(self)
    return try skippingBadImages(announcing: files.announce) { (index) throws(DatasetError) in
      _ = try image(from: files.take(index), at: index)
    }
  }

  /// Leaves out the images for which `check` fails; `announce` is told which will be checked next.
  func skippingBadImages(
    announcing announce: ([Int]) -> Void, _ check: @Sendable (Int) throws(DatasetError) -> Void
  ) throws(DatasetError) -> (dataset: SubsetDataset, skipped: [SkippedImage]) {
    let failed = failures(announcing: announce, check)
    if failed.count == count, let first = failed[0] { throw first }
    let skipped = skippedImages(failed)
    let good = (0..<count).filter { failed[$0] == nil }
    return (
      SubsetDataset(base: self, indices: good, derivation: "\(skipped.count) bad images left out"), skipped
    )
  }

  private func failures(
    announcing announce: ([Int]) -> Void, _ check: @Sendable (Int) throws(DatasetError) -> Void
  ) -> [Int: DatasetError] {
    let failures = FailuresByIndex()
    let atOnce = 256
    for start in stride(from: 0, to: count, by: atOnce) {
      announce(Array(start..<min(start + 2 * atOnce, count)))
      parallelFor(count: min(atOnce, count - start)) { range in
        for index in range {
          do throws(DatasetError) {
            try check(start + index)
          } catch {
            failures.record(error, at: start + index)
          }
        }
      }
    }
    return failures.all
  }

  private func skippedImages(_ failures: [Int: DatasetError]) -> [SkippedImage] {
    failures.sorted { $0.key < $1.key }.map {
      SkippedImage(path: path(at: $0.key), problem: $0.value.description)
    }
  }
}

private final class FailuresByIndex: @unchecked Sendable {
  private let lock = NSLock()
  private var failures: [Int: DatasetError] = [:]

  func record(_ error: DatasetError, at index: Int) { lock.withLock { failures[index] = error } }
  var all: [Int: DatasetError] { lock.withLock { failures } }
}
