import Datasets
import EvalShift
import Foundation
import TestSupport
import Testing

/// What papers report beside top-1 accuracy, as scikit-learn computes it: `Tests/Fixtures/make_metrics.py`.
@Suite("Metrics that datasets name")
struct ReportedMetricTests {
  private struct Expected: Decodable {
    struct Case: Decodable {
      let classes: Int
      let targets: [Int32]
      let predicted: [Int]
      let macroF1: Double
      let meanPerClass: Double

      enum CodingKeys: String, CodingKey {
        case classes, targets, predicted
        case macroF1 = "macro_f1"
        case meanPerClass = "mean_per_class"
      }
    }
    let cases: [Case]
  }

  @Test("Macro F1 and the mean over classes equal scikit-learn's over the classes that have images")
  func golden() throws {
    let file = try Fixture.url("metrics.json", bundle: .module)
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
    #expect(expected.cases.count == 7)
    for one in expected.cases {
      let logits = one.predicted.flatMap { predicted in
        (0..<one.classes).map { $0 == predicted ? 1 : 0 as Float }
      }
      let scores = try Scores.compute(logits: logits, targets: one.targets)
      #expect(isClose(scores["macro_f1"], one.macroF1, within: 1e-12))
      #expect(isClose(scores["mean_per_class"], one.meanPerClass, within: 1e-12))
    }
  }

  @Test("Every manifest of the program names a metric that is known, and of which more is better")
  func registered() throws {
    let catalog = DatasetCatalog(environment: [:], workingDirectory: "/nonexistent")
    var named: Set<String> = []
    for name in catalog.names {
      guard let key = try catalog.manifest(named: name).metric else { continue }
      named.insert(key)
      #expect(MetricRegistry.named(key)?.direction == .higher, "\(name): \(key)")
    }
    #expect(named == ["mean_per_class", "macro_f1"])
  }

  @Test("Scores say which metric is reported where it is not top-1, and read back")
  func json() throws {
    let predictions = try Predictions(logits: SampleLogits.first, targets: SampleLogits.targets)
    let plain = DatasetScores(dataset: "a", role: .shift, predictions: predictions)
    #expect(plain.metric == "top1" && plain.ownMetric == nil)
    #expect(!String(decoding: try JSONEncoder().encode(plain), as: UTF8.self).contains("\"metric\""))
    let own = DatasetScores(dataset: "a", role: .shift, predictions: predictions, metric: "macro_f1")
    #expect(own.ownMetric?.key == "macro_f1" && own.top1 == plain.top1)
    let data = try JSONEncoder().encode(own)
    #expect(String(decoding: data, as: UTF8.self).contains("\"metric\":\"macro_f1\""))
    #expect(try JSONDecoder().decode(DatasetScores.self, from: data) == own)
  }
}
