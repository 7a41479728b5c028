import Foundation
import Report
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("The HTML report")
struct HTMLReportTests {
  @Test("is the same, byte for byte, for the same document")
  func deterministic() {
    let pages = (0..<3).map { _ in HTMLReport.render(SampleDocuments.two) }
    #expect(Set(pages).count == 1)
  }

  @Test("loads nothing from anywhere", arguments: SampleDocuments.names)
  func selfContained(name: String) throws {
    let page = HTMLReport.render(try #require(SampleDocuments.named(name)))
    for attribute in ["src", "href", "action", "srcset", "poster", "data", "formaction", "background"] {
      for rest in page.components(separatedBy: " \(attribute)=\"").dropFirst() {
        #expect(rest.hasPrefix("data:image/"), "\(attribute)")
      }
    }
    let withoutNamespace = page.replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
    for forbidden in ["http://", "https://", "//cdn", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"]
    {
      #expect(!withoutNamespace.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("default-src 'none'"))
  }

  @Test("holds only well-formed drawings", arguments: SampleDocuments.names)
  func wellFormed(name: String) throws {
    let document = try #require(SampleDocuments.named(name))
    for rest in HTMLReport.render(document).components(separatedBy: "<svg").dropFirst() {
      let end = try #require(rest.range(of: "</svg>")?.upperBound)
      let parser = XMLParser(data: Data(("<svg" + rest[..<end]).utf8))
      #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }
    let standalone = RobustnessFigure(document).plot().svg()
    #expect(XMLParser(data: Data(standalone.utf8)).parse())
    #expect(!standalone.contains("nan") && !standalone.contains("inf"))
  }

  @Test("lets nothing from outside become markup")
  func escapes() {
    let page = HTMLReport.render(SampleDocuments.hostile)
    #expect(!page.contains("<script>alert"))
    #expect(!page.contains("onload=alert(1)>"))
    #expect(!page.contains("\u{1B}") && !page.contains("\u{0}") && !page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
    #expect(page.components(separatedBy: "<script>").count == 2)
    #expect(page.components(separatedBy: "</script>").count == 2)
  }

  @Test("shows every point of every curve with its scores")
  func everyPoint() throws {
    let figure = RobustnessFigure(SampleDocuments.two)
    let plot = figure.plot()
    #expect(plot.series.map(\.link) == [0, 1, nil])
    // The start is shared; each method has ten further points.
    #expect(plot.series.map { $0.points.filter { $0.marker != .none }.count } == [10, 10, 1])
    #expect(plot.series[0].points.last?.marker == .star)
    #expect(plot.series[0].points.filter(\.isRinged).count == 1)
    #expect(plot.series[2].points.first?.marker == .square)
    #expect(abs((plot.series[1].points.last?.x ?? 0) - 80) < 1e-9)
    let page = HTMLReport.render(SampleDocuments.two)
    for tenth in 1...10 {
      #expect(page.contains("LoRA, α = \(tenth == 10 ? "1" : "0.\(tenth)")"), "\(tenth)")
    }
    #expect(page.contains("Average shift: 50.0 (48.8–51.2)"))
  }

  @Test("marks the best value of each column, and all that are shown as the same")
  func best() {
    var document = SampleDocuments.two
    #expect(HTMLReport.render(document).contains("<b>85.0</b>"))
    #expect(!HTMLReport.render(document).contains("<b>80.0</b>"))
    document.methods.append(SampleDocuments.method("twin", gain: 0.1500001, loss: 0.3))
    #expect(HTMLReport.render(document).components(separatedBy: "<b>85.0</b>").count == 3)
  }

  @Test("says of predictions whether they are right without relying on colour")
  func predictions() {
    var document = SampleDocuments.two
    let png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3])
    document.datasets[0].samples = [
      SampleImage(
        png: png, label: "circle",
        predictions: [
          SamplePrediction(label: "circle", isCorrect: true, confidence: 0.934, method: "LoRA"),
          SamplePrediction(label: "square", isCorrect: false, method: "full"),
        ])
    ]
    let page = HTMLReport.render(document)
    #expect(page.contains("aria-label=\"right\">✓"))
    #expect(page.contains("aria-label=\"wrong\">✗"))
    #expect(page.contains("93%"))
    #expect(page.contains("src=\"data:image/png;base64,\(png.base64EncodedString())\" alt=\"circle\""))
  }

  @Test("gives its date in UTC")
  func date() {
    #expect(HTMLReport.render(SampleDocuments.two).contains("2027-01-15 08:00 UTC"))
  }

  @Test("keeps one sign for what was not measured")
  func missing() throws {
    let page = HTMLReport.render(try #require(SampleDocuments.named("unmeasured")))
    #expect(!page.lowercased().contains(">nan") && !page.contains(">inf"))
    #expect(page.contains(">–</td>"))
  }
}
