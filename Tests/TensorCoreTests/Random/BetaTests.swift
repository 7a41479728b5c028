import TensorCore
import Testing

@Suite("Numbers from the beta distribution")
struct BetaTests {
  private func draw(_ alpha: Double, _ count: Int, seed: UInt64 = 12) -> [Double] {
    var random = SeededRandom(seed)
    return (0..<count).map { _ in random.beta(alpha) }
  }

  @Test(
    "Mean, variance and fourth moment are the distribution's",
    arguments: [0.05, 0.2, 0.4, 0.8, 1, 1.5, 8, 200])
  func moments(alpha: Double) {
    let values = draw(alpha, 60_000)
    func moment(_ power: Int) -> Double {
      values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * (x - 0.5) } }
        / Double(values.count)
    }
    let variance = 1 / (4 * (2 * alpha + 1))
    let fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3))
    #expect(abs(moment(1)) < 5 * (variance / 60_000).squareRoot())
    #expect(abs(moment(2) / variance - 1) < 0.03)
    #expect(abs(moment(4) / fourth - 1) < 0.06)
    #expect(values.allSatisfy { (0...1).contains($0) })
  }

  @Test("With parameter 1 they are uniform")
  func uniform() {
    var bins = [Int](repeating: 0, count: 10)
    for value in draw(1, 50_000) { bins[min(9, Int(value * 10))] += 1 }
    #expect(bins.allSatisfy { abs($0 - 5000) < 350 }, "\(bins)")
  }

  @Test("With a tiny parameter they are 0 or 1, and never not a number")
  func tiny() {
    let values = draw(0.001, 4000)
    #expect(values.allSatisfy { (0...1).contains($0) })
    #expect((1700...2300).contains(values.count { $0 > 0.5 }))
    #expect(values.count { $0 > 1e-6 && $0 < 1 - 1e-6 } < 150)
  }

  @Test func aSeedGivesTheSameNumbers() {
    #expect(draw(0.4, 20) == draw(0.4, 20))
    #expect(draw(0.4, 20) != draw(0.4, 20, seed: 13))
  }
}
