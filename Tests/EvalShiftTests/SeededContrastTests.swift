import EvalShift
import Foundation
import Testing

/// Differences of methods with the chance of images and seeds in them.
@Suite("Contrasts over seeds and images")
struct SeededContrastTests {
  private func contrast(only first: Int, _ second: Int, of images: Int) throws -> SeededContrast {
    let scores = (0..<images).map { $0 < first ? 1.0 : $0 < first + second ? -1 : 0 }
    return try SeededContrast(
      ofSeeds: [Double(first - second) / Double(images)], sets: [.init(scores: scores, bound: 1)])
  }

  @Test("The chance of images is that of Bonett and Price")
  func images() throws {
    let found = try contrast(only: 12, 5, of: 98)
    let (one, two) = (13.0 / 100, 6.0 / 100)
    #expect(abs(found.imageVariance - ((one + two) - (one - two) * (one - two)) / 100) < 1e-15)
    #expect(found.seedVariance == nil && found.seeds == 1 && found.images == 98)
    let half = StudentInterval.quantile(degreesOfFreedom: 97) * found.imageVariance.squareRoot()
    #expect(abs(try found.bounds().upper - (7.0 / 98 + half)) < 1e-12)
  }

  @Test("Images that all speak alike are not certainty")
  func alike() throws {
    let found = try contrast(only: 8, 0, of: 8)
    #expect(try found.bounds().lower < 0.95 && found.value == 1)
    let same = try contrast(only: 0, 0, of: 8)
    #expect(same.value == 0 && same.pValue == 1)
    #expect(try same.bounds().lower < 0 && same.bounds().upper > 0)
  }

  @Test("The chance of seeds is added in squares, and the interval of level 1 − p reaches 0")
  func seeds() throws {
    let scores = [Double](repeating: 0.1, count: 500) + [Double](repeating: -0.05, count: 500)
    let values = [0.01, 0.03, 0.035]
    let found = try SeededContrast(ofSeeds: values, sets: [.init(scores: scores, bound: 1)])
    let ofSeeds = try #require(StudentInterval.halfWidth(values))
    let ofImages = StudentInterval.quantile(degreesOfFreedom: 999) * found.imageVariance.squareRoot()
    let half = (ofSeeds * ofSeeds + ofImages * ofImages).squareRoot()
    #expect(abs(try found.bounds().lower - (0.025 - half)) < 1e-12)
    let p = found.pValue
    #expect(p > 0 && p < 1)
    #expect(abs(try found.bounds(level: 1 - p).lower) < 1e-6)
  }

  @Test("Nothing is no contrast")
  func nothing() {
    #expect(throws: EvaluationError.self) { try SeededContrast(ofSeeds: [0], sets: []) }
    #expect(throws: EvaluationError.self) {
      try SeededContrast(ofSeeds: [], sets: [.init(scores: [1], bound: 1)])
    }
  }
}
