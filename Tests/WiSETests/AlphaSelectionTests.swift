import Testing
import WiSE

/// Rules that choose an alpha without looking at a test image, and the oracle that looks.
@Suite("Selection of alpha")
struct AlphaSelectionTests {
  private func choice(
    _ rule: AlphaSelection.Rule, _ points: [(Double, Double?)], images: Int
  ) -> AlphaSelection.Choice? {
    AlphaSelection.select(points.map { ($0.0, $0.1) }, images: images).first { $0.rule == rule }
  }

  @Test("The best on validation is the smallest alpha of the highest accuracy")
  func bestValidation() {
    let points = [(0, 0.5), (0.5, 0.8), (0.7, 0.8), (1, 0.7)].map { ($0.0, Optional($0.1)) }
    #expect(
      choice(.bestValidation, points, images: 100) == .init(alpha: 0.5, rule: .bestValidation, score: 0.8))
  }

  @Test("One standard error below the best is near enough, and the nearest to the pre-trained model wins")
  func oneStandardError() {
    // At 0.8 over 100 images, one standard error is √(0.8 · 0.2 / 100) = 0.04.
    let points = [(0, 0.5), (0.2, 0.7599), (0.3, 0.7601), (0.5, 0.79), (0.9, 0.8), (1, 0.78)].map {
      ($0.0, Optional($0.1))
    }
    #expect(choice(.oneStandardError, points, images: 100)?.alpha == 0.3)
    #expect(choice(.oneStandardError, points, images: 100)?.score == 0.7601)
    // The more images, the smaller the error: at 10,000 it is 0.004.
    #expect(choice(.oneStandardError, points, images: 10_000)?.alpha == 0.9)
    // Where all are right there is no error, and only equals are near enough.
    #expect(choice(.oneStandardError, [(0, 0.99), (0.4, 1), (1, 1)], images: 10)?.alpha == 0.4)
  }

  @Test("The fixed alpha is WiSE-FT's, and looks at nothing")
  func fixed() {
    #expect(
      choice(.fixed, [(0, nil), (0.5, nil), (1, nil)], images: 0)
        == .init(alpha: 0.5, rule: .fixed, score: nil))
    #expect(choice(.fixed, [(0, 0.1), (0.4, 0.2), (1, 0.3)], images: 10) == nil)
  }

  @Test("Without validation images, no rule that needs them chooses")
  func withoutValidation() {
    #expect(AlphaSelection.select([(0, nil), (0.5, nil)], images: 0).map(\.rule) == [.fixed])
    #expect(AlphaSelection.select([], images: 10).isEmpty)
    #expect(choice(.bestValidation, [(0, .nan), (1, 0)], images: 3)?.alpha == 1)
  }

  @Test("Rules are named as the command line and JSON have them")
  func names() {
    #expect(AlphaSelection.Rule.honest.map(\.rawValue) == ["one-standard-error", "best-validation", "fixed"])
  }

  @Test("The best on the shifts is an oracle, and called so")
  func oracle() throws {
    let choice = try #require(AlphaSelection.oracle([(0, 0.5), (0.3, 0.9), (1, 0.7)]))
    #expect(choice.alpha == 0.3 && choice.rule.rawValue == "oracle")
    #expect(AlphaSelection.oracle([]) == nil)
  }
}
