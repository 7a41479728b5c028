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

  @Test("writes every metric and interval under the keys of eval-shift, and reads them back")
  func commandLineKeys() throws {
    let score = Score(
      n: 4, values: ["top1": 0.75, "ece": 0.1, "nll": 0.6, "new_metric": 3],
      intervals: [
        "top1": ConfidenceInterval(lower: 0.3, upper: 0.95), "ece": ConfidenceInterval(lower: 0, upper: 0.2),
      ])
    let data = try JSONEncoder().encode(score)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["top1"] as? Double == 0.75 && object["new_metric"] as? Double == 3)
    #expect(object["top1_ci95"] as? [Double] == [0.3, 0.95] && object["n"] as? Int == 4)
    #expect(try JSONDecoder().decode(Score.self, from: data) == score)
  }

  @Test("averages over shifts only where all of them were measured")
  func averages() throws {
    let point = CurvePoint(
      alpha: 1, target: .missing,
      shifts: ["a": SampleDocuments.score(0.4), "b": SampleDocuments.score(0.6), "c": .missing])
    let average = try #require(point.averageShift(over: ["a", "b"]))
    #expect(abs(average.top1 - 0.5) < 1e-12)
    #expect(average.n == 2000)
    let interval = try #require(average.measuredInterval)
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

/// A number that is made of marked numbers is marked.
@Suite("Marks of a report")
struct MarkTests {
  private var document: ReportDocument {
    var document = CompleteDocument.document
    document.datasets[1].marks = ["12 images are test images of the run's own data, which are no shift"]
    return document
  }

  @Test("stand at every finding, in the paragraph on methods, and at the columns that they touch")
  func everywhere() throws {
    let mark = "photos-v2: 12 images are test images"
    #expect(!document.findings.isEmpty)
    for finding in document.findings { #expect(finding.lead.hasSuffix("*") && finding.detail.contains(mark)) }
    #expect(try #require(MethodsParagraph(document)).text.contains(mark))
    for table in document.tables {
      #expect(table.caption.contains(mark))
      let titles = Set(table.columns.map(\.title))
      #expect(titles.contains("Shift average *") && !titles.contains("photos *"))
    }
  }

  @Test("are nowhere where there are none")
  func none() throws {
    let document = CompleteDocument.document
    for finding in document.findings { #expect(!finding.lead.hasSuffix("*")) }
    for table in document.tables { #expect(!table.caption.contains("*")) }
  }

  @Test("of a target that is not what was trained for are obeyed by the words that explain it")
  func foreignTarget() {
    var document = document
    #expect(HTMLReport.render(document).contains("The distribution that was trained for, photos"))
    document.datasets[0].isTrainedFor = false
    #expect(!HTMLReport.render(document).contains("The distribution that was trained for"))
  }
}
