import Foundation
import Report
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("The figures of a report")
struct FigureTests {
  private let document = CompleteDocument.document
  private static let names = [
    "target-against-shift", "each-shift", "effective-robustness", "retention", "tuned-parameters",
    "relative-accuracy", "reliability", "agreement", "confident-predictions", "changed-classes",
    "training-loss",
  ]

  private func figure(_ name: String) throws -> ReportFigure {
    try #require(document.figures.first { $0.name == name })
  }

  private func texts(_ svg: String) throws -> [(x: Double, y: Double, size: Double, words: String)] {
    let reader = SVGTexts()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    try #require(parser.parse())
    return reader.texts
  }

  @Test("Panels that show some of the sets, or one of several seeds, say so in their captions; others do not")
  func leftOut() throws {
    func captions(_ document: ReportDocument) -> String { HTMLReport.render(document) }
    var document = SampleDocuments.two
    let shifts = document.shiftNames
    document.reliability = [
      Reliability(
        method: document.methods[0].name, dataset: shifts[0],
        before: .init(bins: [.init(lower: 0, upper: 1, n: 4, confidence: 0.5, accuracy: 0.5)]))
    ]
    let others = shifts.dropFirst()
    try #require(!others.isEmpty)
    #expect(captions(document).contains("Not shown: \(others.joined(separator: ", "))."))
    #expect(!captions(document).contains("Of several seeds"))
    document.methods[0].seeds = [1, 2]
    #expect(captions(document).contains("Of several seeds the first is shown."))
  }

  @Test("are there where the document has their data, and absent where it has not")
  func presence() {
    #expect(document.figures.map(\.name) == Self.names)
    #expect(
      SampleDocuments.two.figures.map(\.name) == ["target-against-shift", "each-shift", "training-loss"])
    #expect(ReportDocument(title: "").figures.isEmpty)
    let page = HTMLReport.render(SampleDocuments.two)
    for heading in ["Reliability", "What is retained", "What models are sure of", "Broken by fine-tuning"] {
      #expect(!page.contains(heading))
      #expect(HTMLReport.render(document).contains(heading))
    }
  }

  @Test(
    "are well-formed files of the width asked for, the same bytes each time", arguments: FigureTests.names)
  func files(name: String) throws {
    for (form, inches) in [(FigureForm.single, 3.25), (.double, 6.75)] {
      let figure = try figure(name).drawn(form)
      let svg = figure.svg(inches: inches)
      #expect(svg == figure.svg(inches: inches))
      #expect(svg.contains("width=\"\(inches)in\""))
      #expect(XMLParser(data: Data(svg.utf8)).parse())
      #expect(!svg.contains("nan") && !svg.contains("var(--"))
    }
  }

  @Test("stay inside their frame, at every width", arguments: FigureTests.names)
  func frame(name: String) throws {
    for form in [FigureForm.page, .narrow, .single, .double] {
      let drawn = try figure(name).drawn(form)
      for text in try texts(drawn.svg()) {
        #expect(text.x >= -form.fontSize && text.x <= form.width + form.fontSize, "\(text.words) in \(name)")
      }
    }
  }

  @Test(
    "carry their legend, also narrow",
    arguments: ["target-against-shift", "each-shift", "effective-robustness"])
  func legend(name: String) throws {
    for form in [FigureForm.page, .narrow, .single, .double] {
      let words = try texts(figure(name).drawn(form).svg()).map(\.words)
      for method in document.methods { #expect(words.contains(method.name), "\(method.name)") }
      for sign in ["zero-shot", "fine-tuned (α = 1)", "selected α", "95% interval over seeds"] {
        #expect(words.contains(sign), "\(sign)")
      }
    }
  }

  @Test("are no higher than a page in one column of a paper", arguments: FigureTests.names)
  func height(name: String) throws {
    let svg = try figure(name).drawn(.single).svg(inches: 3.25)
    let text = try #require(svg.firstMatch(of: /height="([0-9.]+)in"/)?.1)
    #expect(try #require(Double(text)) <= 9)
  }

  @Test("with more classes than a page holds are several files, each no higher than a page")
  func manyClasses() throws {
    var document = document
    let one = try #require(document.classChanges?.first)
    let rows = (0..<10).map { ClassChanges.Change(name: "class \($0)", before: 0.5, after: 0.1, n: 20) }
    document.classChanges = (0..<12).map {
      ClassChanges(dataset: one.dataset, method: "method \($0)", classes: rows)
    }
    let drawn = document.figures.filter { $0.name.hasPrefix("changed-classes") }
    #expect(
      drawn.map(\.name) == [
        "changed-classes-1", "changed-classes-2", "changed-classes-3", "changed-classes-4",
      ])
    for figure in drawn {
      let svg = figure.drawn(.single).svg(inches: 3.25)
      let text = try #require(svg.firstMatch(of: /height="([0-9.]+)in"/)?.1)
      #expect(try #require(Double(text)) <= 9)
    }
  }

  @Test("of reliability with more panels than a page holds are a file a set, each no higher than a page")
  func manyPanels() throws {
    var document = document
    let one = try #require(document.reliability?.first)
    document.reliability = ["photos", "photos-hard"].flatMap { dataset in
      (0..<6).map {
        Reliability(method: "method \($0)", dataset: dataset, before: one.before, after: one.after)
      }
    }
    let drawn = document.figures.filter { $0.name.hasPrefix("reliability") }
    #expect(drawn.map(\.name) == ["reliability-1", "reliability-2"])
    for figure in drawn {
      let svg = figure.drawn(.single).svg(inches: 3.25)
      let text = try #require(svg.firstMatch(of: /height="([0-9.]+)in"/)?.1)
      #expect(try #require(Double(text)) <= 9)
    }
  }

  @Test("of agreement tell nothing of seeds of which there is a single pair")
  func onePair() throws {
    func caption(_ pairs: [Int]) throws -> String {
      var document = document
      var matrix = try #require(document.agreement?.first)
      for (place, count) in pairs.enumerated() { matrix.seeds[place].pairs = count }
      document.agreement = [matrix]
      return try #require(document.figures.first { $0.name == "agreement" }).caption
    }
    #expect(try !caption([1, 1, 1, 1, 1]).contains("chance of training"))
    #expect(try caption([1, 3, 3, 3, 3]).contains("of full, with one pair of seeds, there are none"))
    #expect(try caption([3, 3, 3, 3, 3]).hasSuffix("only where the bar lies left of the whiskers."))
  }

  @Test("have names of ticks that stand clear of each other, powers of ten before others")
  func ticks() {
    let scale = PlotScale(
      values: [15_000, 250_000], kind: .logarithmic, start: 0, end: 120, tickCount: 2)
    #expect(scale.ticks.count > 3)
    let named = scale.ticksWithRoom { _ in 40 }
    #expect(named.contains(100_000) && named.count < scale.ticks.count)
    let places = named.compactMap(scale.position).sorted()
    #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 40 })
    #expect(scale.ticksWithRoom { _ in 1 }.sorted() == scale.ticks)
  }

  @Test("say of the calibration error in which unit it is, above the panel and not over its curves")
  func calibrationError() throws {
    let words = try texts(figure("reliability").drawn(.single).svg()).map(\.words)
    #expect(words.contains { $0.hasPrefix("ECE ") && $0.hasSuffix("%") })
  }

  @Test("describe in their captions what is drawn, and nothing else")
  func captions() throws {
    var document = document
    #expect(try figure("tuned-parameters").caption.contains("dotted line"))
    for place in document.sizes?.indices ?? 0..<0 {
      document.sizes?[place].points.removeAll { $0.tunedParameters == 0 }
    }
    for place in document.methods.indices {
      for series in document.methods[place].training.series.indices {
        document.methods[place].training.series[series].points.removeLast(250)
      }
    }
    func caption(_ name: String) throws -> String {
      try #require(document.figures.first { $0.name == name }).caption
    }
    #expect(try !caption("tuned-parameters").contains("dotted"))
    #expect(try figure("training-loss").caption.contains("pale band"))
    #expect(try !caption("training-loss").contains("pale band"))
    // What stands below the panels is not said again.
    #expect(try !figure("each-shift").caption.contains("ertical axes differ"))
  }

  @Test("name the alphas along the curves, never one over another")
  func alphas() throws {
    for name in ["target-against-shift", "each-shift"] {
      for form in [FigureForm.page, .narrow, .single, .double] {
        let small = try texts(figure(name).drawn(form).svg()).filter {
          abs($0.size - form.fontSize * 0.8) < 0.01 && Double($0.words) != nil
        }
        #expect(small.count >= 4)
        #expect(Set(small.map(\.words)).isSubset(of: ["0.2", "0.4", "0.6", "0.8"]))
        for (index, one) in small.enumerated() {
          for other in small.dropFirst(index + 1) {
            #expect(
              abs(one.x - other.x) >= one.size * 1.2 || abs(one.y - other.y) >= one.size * 0.95,
              "\(one.words) and \(other.words) at \(one.x), \(one.y)")
          }
        }
      }
    }
  }

  @Test("draw several seeds as one curve with a band, and a single one with whiskers")
  func bands() throws {
    let plot = RobustnessFigure(document).plot()
    for (method, series) in zip(document.methods, plot.series) {
      #expect(series.intervals == (method.seeds.count > 1 ? .area : .whiskers))
      let withInterval = series.points.filter { $0.yInterval != nil && $0.xInterval != nil }.count
      #expect(withInterval == (method.seeds.count > 1 ? 11 : 1))
    }
    let svg = plot.svg()
    #expect(svg.components(separatedBy: "class=\"area\"").count == 1 + 5)
  }

  @Test("give every panel of the shifts the same horizontal axis, named, and say where vertical axes differ")
  func comparableAxes() throws {
    let drawn = try figure("each-shift").drawn(.page)
    let plots = CompleteDocument.shifts.map {
      RobustnessFigure(document).plot(of: .shift($0), naming: .none, hasShortTitles: true)
    }
    #expect(Set(plots.map(\.x.mustShow)).count == 1 && plots[0].x.mustShow.count == 2)
    let words = try texts(drawn.svg()).map(\.words)
    #expect(words.count { $0 == "photos (%) →" } == 4)
    #expect(words.count { $0 == "↑ accuracy (%)" } == 4)
    #expect(words.contains("Vertical axes differ from panel to panel."))
    var alike = document
    for index in alike.methods.indices {
      for point in alike.methods[index].curve.indices {
        let first = alike.methods[index].curve[point].shifts["photos-v2"]
        for name in CompleteDocument.shifts { alike.methods[index].curve[point].shifts[name] = first }
      }
    }
    alike.zeroShot = alike.methods[0].curve[0]
    let same = try #require(alike.figures.first { $0.name == "each-shift" })
    #expect(same.caption.contains("All panels have the same axes."))
    #expect(
      !(try texts(same.drawn(.page).svg()).map(\.words).contains("Vertical axes differ from panel to panel."))
    )
  }

  @Test("put the numbers of a document where they belong")
  func values() throws {
    func words(_ name: String) throws -> [String] { try texts(figure(name).drawn(.page).svg()).map(\.words) }
    let circles = try words("confident-predictions")
    #expect(circles.contains("photos: 5,000 most confident, correct"))
    for number in ["1,634", "1,559", "1,701", "988", "878", "930", "1,425"] {
      #expect(circles.contains(number))
    }
    let heat = try words("agreement")
    #expect(heat.count { $0 == "0.91" } >= 8 && heat.contains("one seed") && heat.contains("3 pairs"))
    #expect(try words("retention").contains("−21.0 [−22.0, −20.0]"))
    #expect(try words("changed-classes").contains("+40.0, n = 40"))
    #expect(try words("reliability").contains("full, T = 1.24"))
    #expect(try words("tuned-parameters").count { $0 == "linear" } == 6)
  }

  @Test("are left out where what they need is not finite or not whole")
  func unusable() {
    var document = SampleDocuments.two
    document.effectiveRobustness = [EffectiveRobustness(shift: nil, slope: .nan, intercept: 0, fittedTo: "")]
    document.retention = [
      Retention(method: "full", dataset: "d", before: .missing, after: SampleDocuments.score(0.5))
    ]
    document.tasks = TaskComparison(tasks: [.init(name: "t", linear: .nan, full: nil, efficient: [])])
    document.reliability = [Reliability(method: "full", dataset: "d", before: .init(bins: []))]
    document.agreement = [AgreementMatrix(dataset: "d", statistic: "s", methods: ["a"], values: [])]
    #expect(document.figures.map(\.name) == ["target-against-shift", "each-shift", "training-loss"])
    document.agreement = [
      AgreementMatrix(dataset: "d", statistic: "s", methods: ["a", "b"], values: [[.nan]])
    ]
    #expect(document.figures.contains { $0.name == "agreement" })
    #expect(HTMLReport.render(document).contains("How alike methods predict on d"))
    #expect(
      ConfidentOverlap(
        dataset: "d", k: 1, confidence: .most, outcome: .all, models: ["a", "b"], single: [], pairs: [],
        all: 0)
        == nil)
  }

  @Test("survive, with everything else, being written as JSON and read again")
  func roundTrip() throws {
    let data = try JSONEncoder().encode(document)
    #expect(try JSONDecoder().decode(ReportDocument.self, from: data) == document)
  }
}

@Suite("Logit-scaled axes")
struct LogitScaleTests {
  @Test("stretch the ends, and have no place for none and all")
  func places() throws {
    let scale = PlotScale(values: [10, 90], kind: .logit, start: 0, end: 100, tickCount: 6)
    let middle = try #require(scale.position(50))
    #expect(abs(middle - 50) < 1e-9)
    let (eighty, ninety) = (try #require(scale.position(80)), try #require(scale.position(90)))
    #expect(ninety - eighty > (eighty - middle) / 3 * 1.5)
    #expect(scale.position(0) == nil && scale.position(100) == nil && scale.position(-3) == nil)
  }

  @Test(
    "have round ticks, apart from each other",
    arguments: [[42.0, 61], [1, 99], [70, 71], [0.5, 3], [98.2, 99.7]])
  func ticks(values: [Double]) throws {
    let scale = PlotScale(values: values, kind: .logit, start: 0, end: 300, tickCount: 5)
    #expect((2...8).contains(scale.ticks.count))
    let places = try scale.ticks.map { try #require(scale.position($0)) }
    for (one, next) in zip(places, places.dropFirst()) { #expect(next - one > 25) }
    #expect(places.allSatisfy { (-0.001...300.001).contains($0) })
  }
}

/// The words of a drawing with their places in it.
private final class SVGTexts: NSObject, XMLParserDelegate {
  var texts: [(x: Double, y: Double, size: Double, words: String)] = []
  private var moves: [(Double, Double)] = []
  private var sizes: [Double] = []
  private var current: (Double, Double)?
  private var words = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    let numbers = (attributes["transform"] ?? "").split { !"-.0123456789".contains($0) }.compactMap {
      Double($0)
    }
    let moved = attributes["transform"]?.hasPrefix("translate") == true && numbers.count >= 2
    moves.append(moved ? (numbers[0], numbers[1]) : (0, 0))
    sizes.append(attributes["font-size"].flatMap(Double.init) ?? sizes.last ?? 0)
    if name == "text" {
      current = (Double(attributes["x"] ?? "") ?? 0, Double(attributes["y"] ?? "") ?? 0)
      words = ""
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { if current != nil { words += text } }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if name == "text", let place = current {
      let moved = moves.reduce((0.0, 0.0)) { ($0.0 + $1.0, $0.1 + $1.1) }
      texts.append((place.0 + moved.0, place.1 + moved.1, sizes.last ?? 0, words))
      current = nil
    }
    moves.removeLast()
    sizes.removeLast()
  }
}
