import Datasets
import EvalShift
import Foundation
import Testing

@Suite("Robustness")
struct RobustnessTests {
  private struct Line: Decodable {
    let target, shift: [Double]
    let slope, intercept, determination, expected: Double

    var models: [(target: Double, shift: Double)] { zip(target, shift).map { ($0, $1) } }
  }

  @Test("the line through standard models equals SciPy's regression of logits")
  func line() throws {
    for one in try StatisticsFixture.cases("lines", as: [Line].self) {
      let line = try AccuracyLine(through: one.models)
      #expect(agrees(line.slope, with: one.slope) && agrees(line.intercept, with: one.intercept))
      #expect(agrees(line.determination, with: one.determination))
      #expect(agrees(line.expectedShift(atTarget: 0.6), with: one.expected))
      #expect(agrees(line.effectiveRobustness(target: 0.6, shift: 0.5), with: 0.5 - one.expected))
    }
  }

  @Test("the interval of effective robustness holds its value, and narrows to nothing on a perfect line")
  func effective() throws {
    let one = try #require(try StatisticsFixture.cases("lines", as: [Line].self).last)
    let result = try EffectiveRobustness(target: 0.6, shift: 0.5, models: one.models)
    let bounds = try #require(result.bounds)
    #expect(agrees(result.value, with: 0.5 - one.expected) && result.undefined == 0)
    #expect(bounds.lower < result.value && result.value < bounds.upper && bounds.upper - bounds.lower < 0.1)
    let exact = [0.3, 0.5, 0.7].map { (target: $0, shift: $0) }
    let perfect = try EffectiveRobustness(target: 0.6, shift: 0.7, models: exact)
    let narrow = try #require(perfect.bounds)
    #expect(isClose(narrow.lower, 0.1, within: 1e-12) && isClose(narrow.upper, 0.1, within: 1e-12))
    // Three equal draws of three, which happens one time in nine, have no line.
    #expect(abs(Double(perfect.undefined) - 1_000.0 / 9) < 5 * (1_000.0 * 8 / 81).squareRoot())
    #expect(throws: EvaluationError.self) { try EffectiveRobustness(target: 60, shift: 0.5, models: exact) }
  }

  @Test("accuracies of 0 and 1 do not break the line")
  func extremes() throws {
    let line = try AccuracyLine(through: [(0, 0), (1, 1)])
    #expect(isClose(line.expectedShift(atTarget: 0.5), 0.5))
  }

  @Test("a line needs two different models, and fractions")
  func degenerate() {
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(0.5, 0.4)]) }
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(0.5, 0.4), (0.5, 0.3)]) }
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(50, 40), (60, 30)]) }
    #expect(throws: EvaluationError.self) { try AccuracyLine(through: [(0.5, .nan), (0.6, 0.4)]) }
  }

  @Test(
    "a drop is measured from the target's images of the shift's classes, and its interval holds both draws")
  func drop() throws {
    let twin = try #require(
      TwinScore(
        dataset: "t", predictions: try Predictions(logits: [1, 0, 1, 0, 0, 1, 1, 0], targets: [0, 0, 0, 0])))
    #expect(twin.n == 4 && twin.correct == 3)
    let shift = ConfidenceBounds.clopperPearson(successes: 30, trials: 100)
    let drop = twin.drop(to: 0.3, shift)
    #expect(isClose(drop.value, 0.45, within: 1e-12))
    let own = ConfidenceBounds.clopperPearson(successes: 3, trials: 4)
    let lower =
      0.45
      - ((0.75 - own.lower) * (0.75 - own.lower) + (shift.upper - 0.3) * (shift.upper - 0.3)).squareRoot()
    #expect(isClose(drop.interval.lower, lower, within: 1e-12))
    #expect(try JSONDecoder().decode(TwinScore.self, from: JSONEncoder().encode(twin)) == twin)
  }

  private struct Frontier: Decodable {
    let points: [[Double]]
    let reference: [Double]
    let frontier: [[Double]]
    let hypervolume, area: Double
  }

  @Test("the frontier, its hypervolume and its area equal NumPy's cell by cell")
  func frontier() throws {
    for one in try StatisticsFixture.cases("frontiers", as: [Frontier].self) {
      let models = one.points.map { (target: $0[0], shift: $0[1]) }
      let frontier = try TargetShiftFrontier(models)
      #expect(frontier.points.map { [$0.target, $0.shift] } == one.frontier)
      for point in frontier.points { #expect(models[point.index] == (point.target, point.shift)) }
      let reference = (target: one.reference[0], shift: one.reference[1])
      #expect(agrees(frontier.hypervolume(beyond: reference), with: one.hypervolume), "\(one)")
      #expect(agrees(frontier.area, with: one.area))
    }
    #expect(try TargetShiftFrontier([(0.5, 0.5), (0.5, 0.5)]).points.map(\.index) == [0])
    #expect(throws: EvaluationError.self) { try TargetShiftFrontier([]) }
    #expect(throws: EvaluationError.self) { try TargetShiftFrontier([(0.5, .nan)]) }
  }

  private struct Corruption: Decodable {
    let names: [String]
    let errors: [[Double]]
    let clean: Double
    let ce: [Double]
    let mce, relative: Double

    func rates() throws -> [ImageNetCorruption: [Int: Double]] {
      Dictionary(
        uniqueKeysWithValues: try zip(names, errors).map { name, errors in
          let bySeverity = errors.enumerated().map { ($0.offset + 1, $0.element) }
          return (
            try #require(ImageNetCorruption(rawValue: name)), Dictionary(uniqueKeysWithValues: bySeverity)
          )
        })
    }
  }

  @Test("corruption errors equal NumPy's, and AlexNet's own are 1")
  func corruption() throws {
    let one = try StatisticsFixture.cases("corruption", as: Corruption.self)
    let result = try CorruptionError(one.rates(), clean: one.clean)
    #expect(result.missing.isEmpty && agrees(result.mean, with: one.mce))
    #expect(agrees(result.relativeMean, with: one.relative))
    #expect(agree(ImageNetCorruption.allCases.compactMap { result.errors[$0] }, with: one.ce))
    var alexNet: [ImageNetCorruption: [Int: Double]] = [:]
    for corruption in ImageNetCorruption.allCases {
      for severity in 1...5 { alexNet[corruption, default: [:]][severity] = corruption.alexNetError }
    }
    let reference = try CorruptionError(alexNet, clean: ImageNetCorruption.alexNetCleanError)
    #expect(agrees(reference.mean, with: 1) && agrees(reference.relativeMean, with: 1))
  }

  @Test("there is no mean over some of the corruptions, and what is missing is named")
  func incompleteCorruption() throws {
    var rates = try StatisticsFixture.cases("corruption", as: Corruption.self).rates()
    rates[.fog] = nil
    rates[.snow]?[5] = nil
    let result = try CorruptionError(rates)
    #expect(result.missing == [.snow, .fog] && result.errors.count == 13)
    #expect(result.mean == nil && result.relativeMean == nil && result.relativeErrors == nil)
    #expect(throws: EvaluationError.self) { try CorruptionError([.fog: [6: 0.5]]) }
    #expect(throws: EvaluationError.self) { try CorruptionError([.fog: [1: 50]]) }
    #expect(throws: EvaluationError.self) { try CorruptionError([:], clean: .nan) }
  }
}

@Suite("Table of models")
struct AccuracyTableTests {
  @Test("the published models are there, with what open_clip reports, and their lines fit")
  func published() throws {
    let table = try AccuracyTable.published()
    #expect(
      table.datasets == [
        "imagenet", "imagenet-v2", "imagenet-r", "imagenet-a", "imagenet-sketch", "objectnet",
      ])
    #expect(table.models.count == 93)
    #expect(Set(table.models.map { $0.name + " " + $0.pretrained }).count == 93)
    let clip = try #require(table.models.first { $0.name == "ViT-B-16" && $0.pretrained == "openai" })
    #expect(
      table.datasets.map { clip.accuracies[$0] } == [0.6834, 0.6188, 0.7770, 0.4995, 0.4824, 0.5531])
    // ImageNet-V2 is the shift whose line is all but exact.
    let line = try AccuracyLine(through: table.accuracies(target: "imagenet", shift: "imagenet-v2"))
    #expect(line.determination > 0.98 && line.slope > 0.8 && line.slope < 1.2)
    for shift in table.datasets.dropFirst() {
      #expect(
        try AccuracyLine(through: table.accuracies(target: "imagenet", shift: shift)).determination > 0.5)
    }
  }

  private func table(_ text: String) throws(DatasetError) -> AccuracyTable {
    try AccuracyTable(Array(text.utf8), file: "mine.csv")
  }

  @Test("a user's table has columns in any order, remarks, quotes, and empty fields for what was not scored")
  func own() throws {
    let table = try table(
      "\u{feff}# mine\n#\nshapes,model,shapes-r,pretrained\n0.5,\"a, b\",0.4,x\n\n0.7,c,,y\r\n1,d, 0 ,z\n")
    #expect(table.datasets == ["shapes", "shapes-r"] && table.models.map(\.name) == ["a, b", "c", "d"])
    let pairs = try table.accuracies(target: "shapes", shift: "shapes-r")
    #expect(pairs.map(\.target) == [0.5, 1] && pairs.map(\.shift) == [0.4, 0])
    #expect(throws: EvaluationError.self) { try table.accuracies(target: "shapes", shift: "imagenet") }
  }

  @Test(
    "each error says the line and the column",
    arguments: [
      ("# r\nmodel,pretrained,imagenet\na,b,68.3\n", "line 3: column imagenet has 68.3"),
      ("model,pretrained,imagenet\na,b,0.5\nc,d,x\n", "line 3: column imagenet has x"),
      ("model,pretrained,imagenet\na,b,nan\n", "line 2: column imagenet has nan"),
      ("model,pretrained,imagenet\na,b,-0.1\n", "line 2: column imagenet has -0.1"),
      ("model,imagenet\na,0.5\n", "line 1: there is no column pretrained"),
      ("#\n#\nname,pretrained,imagenet\na,b,0.5\n", "line 3: there is no column model"),
      ("model,pretrained,imagenet\n", "line 1: it has no models"),
      ("model,pretrained,\na,b,0.5\n", "line 1: column 3 has no name"),
      ("model,pretrained,imagenet\na,b\n", "line 2: it has 2 fields"),
      ("model,pretrained,a,a\nx,y,1,1\n", "line 1: two columns have one name"),
      ("# only a remark", "line 2: it is empty"), ("", "line 1: it is empty"),
      ("model,pretrained,imagenet\n\"a,b,0.5\n", "line 2: a double quote is never closed"),
    ])
  func errors(text: String, expected: String) {
    let error = #expect(throws: DatasetError.self) { try table(text) }
    #expect(error?.description.contains("mine.csv, " + expected) == true, "\(error?.description ?? "")")
  }

  @Test("bytes that are no text, and files that are not there, are errors")
  func unreadable() {
    #expect(throws: DatasetError.self) { try AccuracyTable([0xFF, 0xFE, 0x00], file: "mine.csv") }
    #expect(throws: DatasetError.self) { try AccuracyTable([35, 0xFF, 10, 0xFF], file: "mine.csv") }
    #expect(throws: DatasetError.self) { try AccuracyTable(file: "/nowhere/mine.csv") }
  }
}
