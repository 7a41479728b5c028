import Foundation
import Report
import Testing

/// A method is recognised from report to report.
@Suite("The looks of methods")
struct LookTests {
  private func document(_ looks: [MethodLook?]) -> ReportDocument {
    SampleDocuments.document(
      methods: looks.enumerated().map { index, look in
        var method = SampleDocuments.method("method \(index)", gain: 0.1, loss: 0.1)
        method.look = look
        return method
      })
  }

  private func looks(_ looks: [MethodLook?]) -> [PlotStyle] { document(looks).styles }

  @Test("are the same in every report, whatever stands beside them and in which order")
  func stable() {
    let (full, lora, bitfit) = (MethodLook(method: 0), MethodLook(method: 15), MethodLook(method: 2))
    let alone = looks([lora])[0]
    #expect(looks([full, lora])[1] == alone)
    #expect(looks([lora, bitfit, full])[0] == alone)
    #expect(looks((0..<34).map { MethodLook(method: $0) })[15] == alone)
    let variant = MethodLook(method: 15, variant: "rank 4")
    #expect(looks([variant, full])[0] == looks([bitfit, full, lora, variant])[3])
  }

  @Test("are never shared by two methods of one report")
  func distinct() {
    let registry = (0..<34).map { MethodLook(method: $0) as MethodLook? }
    let variants = ["rank 4", "rank 16", "rank 64", "rank 4", ""].map { MethodLook(method: 15, variant: $0) }
    let all = looks(registry + variants.map { $0 as MethodLook? } + [nil, nil, nil])
    #expect(Set(all.map(\.pattern)).count == all.count)
    let clashing = looks([MethodLook(method: 3), MethodLook(method: 73), MethodLook(method: -67), nil])
    #expect(Set(clashing).count == 4)
  }

  @Test(
    "differ in their marks for the methods that are used most: full, linear, bitfit, ssf, adaptformer and lora"
  )
  func marks() {
    let most = looks([0, 1, 2, 5, 12, 15].map { MethodLook(method: $0) })
    #expect(Set(most.map(\.symbol)).count == most.count)
  }

  @Test("have one colour for all variants of a method")
  func variants() {
    let all = looks(["", "rank 4", "rank 16"].map { MethodLook(method: 15, variant: $0) })
    #expect(Set(all.map(\.colour)).count == 1 && Set(all).count == 3)
  }

  @Test("are those of the table, the legend and the curve alike")
  func everywhere() throws {
    let document = document([MethodLook(method: 21)])
    let style = try #require(document.style(of: "method 0"))
    let shape = PlotMarkers.shape(.symbol, style: style, theme: .page)
    let page = HTMLReport.render(document)
    // Nine points between the ends, twice for two widths and three shifts; legends; the tables.
    #expect(page.components(separatedBy: shape).count > 70)
    for other in (0..<PlotStyle.patternCount).filter({ $0 != 21 }) {
      let foreign = PlotMarkers.shape(.symbol, style: PlotStyle(other), theme: .page)
      #expect(foreign == shape || !page.contains("<g transform=\"translate(14 0)\">\(foreign)"))
    }
  }

  @Test("are kept in the document")
  func kept() throws {
    let data = try JSONEncoder().encode(document([MethodLook(method: 4, variant: "r 2")]))
    #expect(try JSONDecoder().decode(ReportDocument.self, from: data).methods[0].look?.variant == "r 2")
  }
}
