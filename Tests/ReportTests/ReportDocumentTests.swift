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
