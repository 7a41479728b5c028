import Datasets
import EvalShift
import Testing

/// A metric of a resample is what it would be of the images that were drawn.
@Suite("Metrics of resamples")
struct SampleStatisticTests {
  @Test("Counting an image twice is having it twice, for every metric that is resampled")
  func weights() throws {
    let scaling = try SampleLogits.scaling
    let counts: [Int32] = [2, 0, 1, 1, 3, 0, 1, 2, 1, 0, 1, 2]
    let drawn = counts.indices.flatMap { Array(repeating: $0, count: Int(counts[$0])) }
    let groups = SampleLogits.targets.map { $0 % 2 == 0 ? "even" : "odd" }
    let all = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets, scaling: scaling)
      .grouped(ImageGroups(groups))
    let resample = try Predictions(
      logits: SampleLogits.rows(drawn), targets: drawn.map { SampleLogits.targets[$0] }, scaling: scaling
    ).grouped(ImageGroups(drawn.map { groups[$0] }))
    for metric in MetricRegistry.all {
      if case .none = metric.interval { continue }
      let weighted = try #require(metric.statistic(of: all)?.value(counting: counts))
      let direct = try #require(metric.value(of: resample))
      #expect(isClose(weighted, direct, within: 1e-12), "\(metric.key): \(weighted) against \(direct)")
    }
  }

  @Test("No image drawn, no value")
  func nothing() throws {
    let all = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets)
    for metric in MetricRegistry.all where metric.needs.isSubset(of: [.probabilities]) {
      if case .none = metric.interval { continue }
      #expect(metric.statistic(of: all)?.value(counting: [Int32](repeating: 0, count: 12)) == nil)
    }
  }
}
