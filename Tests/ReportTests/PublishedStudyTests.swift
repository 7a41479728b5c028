import Report
import Testing

/// What is laid over a report is what the study's authors stored, and what its tables say.
@Suite("The published study")
struct PublishedStudyTests {
  private let shifts = ["imagenet-v2", "imagenet-r", "imagenet-sketch", "imagenet-a"]

  private func curve(_ name: String) throws -> PublishedCurves.Curve {
    try #require(PublishedStudy.curves().curves.first { $0.method == name })
  }

  private func average(_ curve: PublishedCurves.Curve, _ index: Int) throws -> Double {
    try shifts.map { try #require(curve.shifts[$0])[index] }.reduce(0, +) / 4 * 100
  }

  @Test(
    "has the fine-tuned accuracies and averages of its table",
    arguments: [
      ("linear", 74.28, 56.89), ("full", 74.95, 42.50), ("BitFit", 75.27, 55.45), ("LayerNorm", 74.80, 55.91),
      ("DiffFit", 75.39, 55.34), ("VPT-deep 50", 75.04, 55.17), ("Houlsby 32", 75.01, 56.93),
      ("AdaptFormer 32", 75.62, 56.12), ("ConvPass 32", 76.26, 54.66), ("RepAdapter 32", 76.50, 56.22),
      ("LoRA 32", 76.56, 55.94), ("FacT-TK 32", 74.69, 56.12),
    ])
  func fineTuned(name: String, target: Double, shifted: Double) throws {
    let curve = try curve(name)
    let end = try #require(curve.alphas.firstIndex(of: 1))
    #expect(abs(curve.target[end] * 100 - target) < 0.005)
    #expect(abs(try average(curve, end) - shifted) < 0.0051)
  }

  @Test("has whole curves, all from the same zero-shot model")
  func wholeCurves() throws {
    let full = try curve("full")
    let target = [67.69, 71.22, 73.98, 75.80, 77.04, 77.69, 77.73, 77.57, 77.02, 76.02, 74.95]
    let shifted = [58.67, 60.41, 60.84, 60.44, 59.37, 57.51, 55.02, 52.22, 49.18, 45.93, 42.50]
    for index in 0...10 {
      #expect(abs(full.alphas[index] - Double(index) / 10) < 1e-9)
      #expect(abs(full.target[index] * 100 - target[index]) < 0.005)
      #expect(abs(try average(full, index) - shifted[index]) < 0.0076)
    }
    for curve in try PublishedStudy.curves().curves where curve.alphas.count > 1 {
      #expect(curve.alphas.count == 11 && abs(curve.target[0] - 0.6769) < 1e-9)
    }
  }

  @Test("has the tasks of VTAB with their means, and the many-shot sweeps by tuned parameters")
  func tasks() throws {
    let tasks = try PublishedStudy.tasks().tasks
    #expect(tasks.count == 19)
    // Means of the three groups, as the study has them.
    func groups(_ name: String) throws -> [Double] {
      try ["natural", "specialised", "structured"].map { group in
        let own = tasks.filter { $0.group == group }
        return try own.map { try #require($0.efficient.first { $0.method == name }).accuracy }.reduce(0, +)
          / Double(own.count) * 100
      }
    }
    for (one, other) in zip(try groups("lora"), [82.61, 85.01, 60.27]) { #expect(abs(one - other) < 0.01) }
    for (one, other) in zip(try groups("convpass"), [82.95, 85.15, 62.35]) {
      #expect(abs(one - other) < 0.01)
    }
    let sizes = try PublishedStudy.sizes()
    #expect(sizes.map(\.dataset).count == 3)
    let lora = sizes[0].points.filter { $0.family == "lora (published)" }.sorted {
      $0.tunedParameters < $1.tunedParameters
    }
    #expect(
      lora.map { ($0.score.top1 * 10_000).rounded() / 100 } == [
        91.53, 92.00, 91.67, 92.43, 92.36, 92.40, 92.07, 92.58, 92.49,
      ])
    #expect(lora.map(\.tunedParameters).first == 36_864)
  }

  @Test("is drawn thin below one's own curves, marked as published, and says what differs")
  func overlay() throws {
    var document = SampleDocuments.two
    document.published = try PublishedStudy.curves()
    let plot = RobustnessFigure(document).plot()
    let own = try #require(plot.series.firstIndex { $0.name == "full" })
    #expect(
      own == 12 && plot.series[..<own].allSatisfy { $0.isBackground && $0.name.hasSuffix("(published)") })
    #expect(plot.series[own].link == 0)
    let figure = document.figures[0]
    #expect(
      figure.caption.contains("marked “published”")
        && figure.caption.contains("differ from those of this report"))
    #expect(figure.drawn(.narrow).svg().contains(">published</text>"))
    // A shift of another name has no published curve.
    #expect(!RobustnessFigure(document).plot(of: .shift("shapes-r")).series.contains { $0.isBackground })
    #expect(document.findings == SampleDocuments.two.findings)
  }

  @Test("shares no look with the methods it stands beside")
  func looks() throws {
    var document = CompleteDocument.document
    document.sizes = (document.sizes ?? []) + (try PublishedStudy.sizes())
    let free = document.freeStyles(8)
    #expect(Set(free).count == 8 && Set(free).isDisjoint(with: document.styles))
    let figure = try #require(document.figures.first { $0.name == "tuned-parameters" })
    #expect(figure.drawn(.page).svg().contains(">lora (published)</text>"))
  }
}
