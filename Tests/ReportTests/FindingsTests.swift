import Foundation
import Report
import Testing

/// What a report says in words is what its numbers support, and no more.
@Suite("Findings")
struct FindingsTests {
  @Test("begin with what the method that tunes the most gains and loses")
  func tradeOff() throws {
    let finding = try #require(SampleDocuments.two.findings.first)
    #expect(
      finding.lead == "full gains 15.0 points on the target but loses 20.0 points on the shift average.")
    #expect(finding.detail.hasPrefix("Target 70.0 → 85.0, shift average 55.0 → 35.0."))
    #expect(finding.detail.contains("Lower on shapes-v2, shapes-r and shapes-sketch."))
    #expect(finding.detail.hasSuffix("full is named here because it tunes the most parameters."))
    let one = SampleDocuments.document(methods: [SampleDocuments.method("one", gain: 0.1, loss: 0.1)])
    #expect(one.findings.first?.detail.contains("named here") == false)
  }

  @Test("call a method the most robust only where no other interval reaches it")
  func mostRobust() {
    let apart = SampleDocuments.two.findings[1]
    #expect(apart.lead == "Of 2 fine-tuned methods, both lose under shift.")
    #expect(apart.detail.contains("The highest shift average is LoRA’s, 50.0"))
    #expect(
      apart.detail.hasSuffix("with 20.0\u{202F}k tuned parameters; no other is within reach of its interval.")
    )
    let close = SampleDocuments.document(methods: [
      SampleDocuments.method("one", gain: 0.1, loss: 0.10),
      SampleDocuments.method("two", gain: 0.1, loss: 0.11),
    ]).findings[1]
    #expect(
      close.detail.hasSuffix(
        "two is not told apart from it, so that it cannot be called the most robust."))
  }

  @Test("say what the selected alpha changes, by which rule")
  func interpolation() {
    let finding = SampleDocuments.two.findings[2]
    #expect(
      finding.lead
        == "Interpolated to the α selected by one-standard-error, under shift both methods are higher than at α = 1; "
        + "on the target both methods are not told apart from those at α = 1.")
    #expect(finding.detail.hasPrefix("full at α = 0.5: shift average 35.0 → 50.0, target 85.0 → 82.5"))
    #expect(
      finding.detail.contains("; on the target both methods are higher than zero-shot; under shift "))
  }

  @Test("count intervals that are apart, and deny no difference where they overlap")
  func counts() {
    var document = SampleDocuments.document(
      methods: (0..<5).map { SampleDocuments.method("m\($0)", gain: 0.1, loss: 0.1) })
    for index in document.methods.indices {
      let end = document.methods[index].fineTuned
      document.methods[index].selected?.point = end
    }
    func lead() -> String { document.findings.first { $0.lead.hasPrefix("Interpolated") }?.lead ?? "" }
    #expect(
      lead()
        == "Interpolated to the α selected by one-standard-error, under shift and on the target all methods "
        + "are not told apart from those at α = 1.")
    let better = Dictionary(
      uniqueKeysWithValues: SampleDocuments.shifts.map { ($0, SampleDocuments.score(0.7)) })
    document.methods[1].selected?.point?.shifts = better
    document.methods[2].selected?.point?.target = SampleDocuments.score(0.5)
    #expect(
      lead()
        == "Interpolated to the α selected by one-standard-error, under shift 1 of 5 methods is higher than at α = 1, "
        + "4 are not told apart; on the target 1 of 5 methods is lower than at α = 1, 4 are not told apart.")
    let words = document.findings.map { $0.lead + $0.detail }.joined()
    for denial in ["no method", "none is", "not differ"] { #expect(!words.contains(denial), "\(denial)") }
    let improved = document.methods[1]
    document.methods = [improved]
    #expect(
      lead()
        == "Interpolated to the α selected by one-standard-error, under shift the method is higher than at α = 1; "
        + "on the target the method is not told apart from those at α = 1.")
  }

  @Test("give the widest interval of the table as how well accuracies are known, zero-shot's included")
  func precision() {
    var document = SampleDocuments.two
    #expect(
      document.findings.last?.lead.contains("are known to ±2.0 points or better on the target") == true)
    document.zeroShot?.target.intervals["top1"] = ConfidenceInterval(lower: 0.65, upper: 0.73)
    #expect(
      document.findings.last?.lead.contains("are known to ±5.0 points or better on the target") == true)
  }

  @Test("state no difference that the intervals do not support")
  func support() {
    let document = SampleDocuments.document(methods: [
      SampleDocuments.method("full", gain: 0.01, loss: 0.01),
      SampleDocuments.method("lora", gain: 0.012, loss: 0.008),
    ])
    let findings = document.findings
    #expect(
      findings[0].lead
        == "Whether full changes anything, the intervals do not tell, neither on the target nor on the shift average."
    )
    #expect(
      findings[1].lead
        == "Of 2 fine-tuned methods, the intervals tell of none whether it loses or gains under shift.")
    #expect(!findings.contains { $0.lead.contains("oracle") })
    #expect(findings.last?.detail.contains("full is not told apart from lora") == true)
  }

  @Test("name methods, not numbers of them, where an oracle would do better")
  func oracle() {
    var document = SampleDocuments.two
    for index in document.methods.indices {
      let selected = document.methods[index].selectedPoint
      document.methods[index].oracle?.point = selected
    }
    #expect(!document.findings.contains { $0.lead.contains("oracle") })
    document.methods[0].oracle?.point?.shifts = Dictionary(
      uniqueKeysWithValues: SampleDocuments.shifts.map { ($0, SampleDocuments.score(0.7)) })
    #expect(
      document.findings.contains {
        $0.lead
          == "An oracle that picks α by the average over the shifts’ test images would do better there for full."
          && $0.detail.hasPrefix("The gap is ")
      })
  }

  @Test("and the page describe the oracle, and what is tuned and what is head, in one way")
  func descriptions() {
    let page = HTMLReport.render(SampleDocuments.two)
    #expect(!page.contains("on the test data") && page.contains("best average over the shifts’ test images"))
    #expect(page.contains("<dt>Head</dt>") && page.contains("visual projection"))
    #expect(page.contains("the highest of each column is bold, which does not say"))
    let one = HTMLReport.render(
      SampleDocuments.document(methods: [SampleDocuments.method("one", gain: 0.1, loss: 0.1)]))
    #expect(!one.contains("highest of each column") && one.contains("</b> The curve leads"))
  }

  @Test("rest on the paired difference where there is one, whichever way round it is given")
  func paired() {
    var document = SampleDocuments.document(methods: [
      SampleDocuments.method("full", gain: 0.01, loss: 0.01),
      SampleDocuments.method("lora", gain: 0.012, loss: 0.008),
    ])
    typealias Side = PairedDifference.Side
    func difference(_ value: Double, _ half: Double) -> PairedDifference {
      PairedDifference(
        dataset: "shapes", from: Side(.fineTuned, of: "full"), to: Side(.zeroShot), difference: value,
        ci95: ConfidenceInterval(lower: value - half, upper: value + half))
    }
    // Intervals of the scores overlap by far; on the same images the difference is plain.
    document.paired = [difference(-0.01, 0.004)]
    #expect(
      document.findings[0].lead
        == "full gains 1.0 points on the target and shows no change that the intervals tell on the shift average."
    )
    #expect(HTMLReport.render(document).contains("measured on the same images, its interval excludes zero"))
    // And a paired interval that holds zero outweighs scores whose own intervals are apart.
    var apart = SampleDocuments.two
    apart.paired = [difference(-0.15, 0.2)]
    #expect(
      apart.findings[0].lead
        == "full shows no change that the intervals tell on the target and loses 20.0 points on the shift average."
    )
    apart.paired?[0].ci95.upper = .nan
    #expect(apart.findings[0].lead.hasPrefix("full gains 15.0 points"))
  }

  @Test(
    "say nothing of scores whose intervals are not known, and no difference from zero-shot that is not told")
  func unknown() {
    var document = SampleDocuments.two
    for index in document.methods[1].curve.indices { document.methods[1].curve[index].target.intervals = [:] }
    let words = document.findings.map { $0.lead + $0.detail }.joined(separator: " ")
    #expect(!words.contains("LoRA") && words.contains("full gains"))
    let close = SampleDocuments.document(methods: [
      SampleDocuments.method("one", gain: 0.1, loss: -0.001),
      SampleDocuments.method("two", gain: 0.1, loss: 0.3),
    ])
    #expect(
      close.findings[1].detail.hasPrefix(
        "The highest shift average is one’s, 55.1 (not told apart from zero-shot)"))
    document.zeroShot?.target.intervals = [:]
    #expect(!document.findings.contains { $0.lead.contains("gains") })
  }

  @Test("are none where there is nothing to compare")
  func none() {
    #expect(ReportDocument(title: "").findings.isEmpty)
    #expect(SampleDocuments.document(methods: []).findings.isEmpty)
  }
}

/// The page warns before it shows a number that is not what it seems.
@Suite("Cautions of a report")
struct CautionTests {
  @Test("stand above the findings, and the definitions do not contradict them")
  func selectionSet() {
    var document = SampleDocuments.two
    #expect(!HTMLReport.render(document).contains("Before you read"))
    #expect(HTMLReport.render(document).contains("without looking at any test image or any shift"))
    document.datasets[0].marks = ["the validation images, on which alpha is selected"]
    document.datasets[0].isSelectionSet = true
    document.cautions = ["runs/b is left out"]
    let page = HTMLReport.render(document)
    let parts = page.components(separatedBy: "<h2>Findings</h2>")
    #expect(parts.count == 2)
    #expect(parts[0].contains("shapes: the validation images, on which alpha is selected"))
    #expect(page.contains("runs/b is left out"))
    #expect(!page.contains("without looking at any test image or any shift"))
    #expect(!page.contains("test images that no method was trained or selected on"))
  }

  @Test("every rule's choice stands beside the others'")
  func rules() {
    let page = HTMLReport.render(SampleDocuments.two)
    for rule in ["one-standard-error", "best-validation", "oracle"] { #expect(page.contains(rule)) }
    #expect(page.contains("best-validation in words"))
  }
}
