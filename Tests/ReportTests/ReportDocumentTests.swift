import Foundation
import Report
import Testing

@Suite("A report document")
struct ReportDocumentTests {
  @Test("survives being written as JSON and read again")
  func roundTrip() throws {
    let document = SampleDocuments.two
    let data = try JSONEncoder().encode(document)
    #expect(try JSONDecoder().decode(ReportDocument.self, from: data) == document)
  }

  @Test("writes what was not measured as null, since JSON has no NaN")
  func notANumber() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(Score.missing), as: UTF8.self)
    #expect(text == #"{"n":0,"top1":null}"#)
    #expect(try JSONDecoder().decode(Score.self, from: Data(text.utf8)).measuredTop1 == nil)
    let point = try encoder.encode(MetricPoint(step: 3, value: .nan))
    #expect(try JSONDecoder().decode(MetricPoint.self, from: point).value.isNaN)
  }

  @Test("reads scores as eval-shift prints them")
  func commandLineKeys() throws {
    let text =
      #"{"dataset":"d","n":4,"correct":3,"top1":0.75,"top1_ci95":[0.3,0.95],"top5":1,"ece":0.1,"nll":0.6}"#
    let score = try JSONDecoder().decode(Score.self, from: Data(text.utf8))
    #expect(
      score
        == Score(
          top1: 0.75, ci95: ConfidenceInterval(lower: 0.3, upper: 0.95), n: 4, top5: 1, ece: 0.1, nll: 0.6))
  }

  @Test("averages over shifts only where all of them were measured")
  func averages() throws {
    let point = CurvePoint(
      alpha: 1, target: .missing,
      shifts: ["a": SampleDocuments.score(0.4), "b": SampleDocuments.score(0.6), "c": .missing])
    let average = try #require(point.averageShift(over: ["a", "b"]))
    #expect(abs(average.top1 - 0.5) < 1e-12)
    #expect(average.n == 2000)
    let interval = try #require(average.ci95)
    #expect(abs(interval.upper - (0.5 + 0.02 / 2.0.squareRoot())) < 1e-12)
    #expect(point.averageShift(over: ["a", "b", "c"]) == nil)
    #expect(point.averageShift(over: ["a", "absent"]) == nil)
    #expect(point.averageShift(over: []) == nil)
  }

  @Test("takes its shifts in the order of its datasets, else by name")
  func shiftOrder() {
    #expect(SampleDocuments.two.shiftNames == SampleDocuments.shifts)
    var document = SampleDocuments.two
    document.datasets = []
    #expect(document.shiftNames == SampleDocuments.shifts.sorted())
  }
}

@Suite("Findings")
struct FindingsTests {
  @Test("begin with what full fine-tuning gains and loses")
  func tradeOff() throws {
    let findings = SampleDocuments.two.findings
    #expect(
      findings.first?.lead
        == "Full fine-tuning gains 15.0 points on the target but loses 20.0 on the shift average.")
    #expect(findings.first?.detail.hasPrefix("Target 70.0 → 85.0, shift average 55.0 → 35.0.") == true)
  }

  @Test("name the method that loses least, and what it tunes")
  func mostRobust() {
    let finding = SampleDocuments.two.findings[1]
    #expect(finding.lead == "Of 2 fine-tuned methods, all lose under shift; LoRA loses least.")
    #expect(finding.detail.contains("20.0\u{202F}k tuned parameters, 2.0% of full’s"))
  }

  @Test("count the methods that beat zero-shot on both sides at the selected alpha")
  func interpolation() {
    let finding = SampleDocuments.two.findings[2]
    #expect(finding.lead.contains("1 of 2 methods beat zero-shot"))
    #expect(finding.detail.hasPrefix("Best balance: LoRA at α = 0.5, target 80.0 (+10.0)"))
  }

  @Test("say when a change is within the intervals")
  func overlap() {
    let document = SampleDocuments.document(methods: [
      SampleDocuments.method("full", gain: 0.01, loss: 0.01)
    ])
    #expect(document.findings.first?.detail.contains("The 95% intervals on the target overlap.") == true)
  }

  @Test("are none where there is nothing to compare")
  func none() {
    #expect(ReportDocument(title: "").findings.isEmpty)
    #expect(SampleDocuments.document(methods: []).findings.isEmpty)
  }
}
