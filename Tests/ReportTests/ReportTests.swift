import Foundation
import Report
import Testing

@Suite("A report")
struct HTMLReportTests {
  @Test("is the same bytes for the same document")
  func deterministic() {
    let document = ReportDocument(
      title: "T",
      datasets: [
        ReportDataset(name: "t", role: .target, n: 10), ReportDataset(name: "s", role: .shift, n: 10),
      ],
      methods: [
        MethodResult(
          name: "LoRA", tunedParameters: 1, headParameters: 1,
          curve: [CurvePoint(alpha: 1, target: Score(top1: 0.5, n: 10), shifts: ["s": Score(top1: 0.4, n: 10)])])
      ])
    #expect(HTMLReport.render(document) == HTMLReport.render(document))
  }
}
