import Datasets
import Foundation
import ImageCodec
import Testing

/// Files are fetched while a model computes on the images before.
@Suite struct ReadAheadTests {
  /// Notes which images are announced.
  private final class Announced: ImageDataset, @unchecked Sendable {
    private let base: any ImageDataset
    private let lock = NSLock()
    private var indices: [Int] = []

    init(_ base: any ImageDataset) { self.base = base }
    var name: String { base.name }
    var role: DatasetRole { base.role }
    var classes: [DatasetClass] { base.classes }
    var count: Int { base.count }
    func label(at index: Int) -> Int { base.label(at: index) }
    func path(at index: Int) -> String { base.path(at: index) }
    func bytes(at index: Int) throws(DatasetError) -> Data { try base.bytes(at: index) }
    func image(at index: Int) throws(DatasetError) -> PixelImage { try base.image(at: index) }
    func readAhead(at index: Int) { lock.withLock { indices.append(index) } }

    /// What was announced, once there are `count`.
    func announced(_ count: Int) async throws -> [Int] {
      for _ in 0..<500 where lock.withLock({ indices.count < count }) {
        try await Task.sleep(for: .milliseconds(10))
      }
      return lock.withLock { indices }
    }
  }

  @Test("In evaluation, the images after a range are announced, as far as there are any")
  func evaluation() async throws {
    let dataset = Announced(try SampleImages.dataset(count: 7))
    let prepared = try PreparedDataset(
      dataset: dataset, preprocessing: SampleImages.plain, cacheBudget: 0)
    for range in prepared.ranges(batchSize: 3) { _ = try prepared.batch(range) }
    #expect(try await dataset.announced(4) == [3, 4, 5, 6])
  }

  @Test("In training, those of the next batch of the epoch, unless they are kept in memory")
  func training() async throws {
    let dataset = Announced(try SampleImages.dataset(count: 8))
    let loader = try BatchLoader(dataset: dataset, preprocessing: SampleImages.plain, batchSize: 4, seed: 3)
    loader.readAhead(epoch: 0, batch: 1)
    loader.readAhead(epoch: 0, batch: 2)
    let next = loader.indices(epoch: 0, batch: 1)
    #expect(try await dataset.announced(4) == next)
    _ = try loader.batch(epoch: 0, batch: 1)
    loader.readAhead(epoch: 0, batch: 1)
    loader.readAhead(epoch: 0, batch: 0)
    #expect(try await dataset.announced(8) == next + loader.indices(epoch: 0, batch: 0))
  }
}
