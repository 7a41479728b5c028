import TensorCore
import Testing

@Suite("Seeded random streams")
struct SeededRandomTests {
  private func draw(_ random: SeededRandom, _ count: Int = 8) -> [UInt64] {
    var random = random
    return (0..<count).map { _ in random.next() }
  }

  @Test("A seed and a path name one stream, on every machine")
  func streams() {
    #expect(draw(SeededRandom(7)) == draw(SeededRandom(7)))
    #expect(draw(SeededRandom(7, 1, 2)) == draw(SeededRandom(7, 1, 2)))
    let all = [
      SeededRandom(7), SeededRandom(8), SeededRandom(7, 0), SeededRandom(7, 1), SeededRandom(7, 1, 2),
      SeededRandom(7, 2, 1), SeededRandom(0), SeededRandom(0, 0), SeededRandom(.max),
    ]
    #expect(Set(all.map { draw($0) }).count == all.count)
    #expect(Set(all.flatMap { draw($0) }).count == 8 * all.count)
  }

  @Test("Names name streams")
  func names() {
    let seeds = ["", "a", "b", "ab", "ba", "dropout"].map { SeededRandom.seed(1, named: $0) }
    #expect(Set(seeds).count == seeds.count)
    #expect(SeededRandom.seed(1, named: "a") != SeededRandom.seed(2, named: "a"))
    #expect(SeededRandom.seed(1, named: "a") == SeededRandom.seed(1, named: "a"))
  }

  @Test("Uniform numbers lie in [0, 1) and fill it evenly")
  func uniform() {
    var random = SeededRandom(3)
    var bins = [Int](repeating: 0, count: 10)
    for _ in 0..<50_000 {
      let value = random.uniform()
      #expect(value >= 0 && value < 1)
      bins[Int(value * 10)] += 1
    }
    #expect(bins.allSatisfy { abs($0 - 5000) < 350 }, "\(bins)")
  }

  @Test("Whole numbers below a bound are as likely each")
  func integers() {
    var random = SeededRandom(4)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<35_000 { counts[random.int(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 5000) < 350 }, "\(counts)")
    #expect((0..<100).allSatisfy { _ in random.int(below: 1) == 0 })
  }

  @Test("Normal numbers have mean 0, deviation 1, and are finite")
  func normal() {
    var random = SeededRandom(5)
    let values = (0..<50_000).map { _ in Double(random.normal()) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03)
    #expect(values.allSatisfy { $0.isFinite })
  }

  @Test("A permutation holds each index once, and is hardly ever the identity")
  func permutation() {
    for count in [0, 1, 2, 100] {
      var random = SeededRandom(6, UInt64(count))
      #expect(random.permutation(count).sorted() == Array(0..<count))
    }
    var random = SeededRandom(6)
    #expect(random.permutation(100) != Array(0..<100))
    var firsts = [Int](repeating: 0, count: 4)
    for _ in 0..<8000 { firsts[random.permutation(4)[0]] += 1 }
    #expect(firsts.allSatisfy { abs($0 - 2000) < 250 }, "\(firsts)")
  }

  @Test("A chance is taken as often as it says")
  func chance() {
    var random = SeededRandom(9)
    let taken = (0..<20_000).filter { _ in random.chance(0.3) }.count
    #expect(abs(taken - 6000) < 350)
    #expect((0..<100).allSatisfy { _ in !random.chance(0) && random.chance(1) })
  }
}
