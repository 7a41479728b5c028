import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite("RandAugment in timm's words")
struct RandAugmentStringTests {
  private struct Reading: Decodable {
    let text: String
    let operations: Int
    let magnitude, probability, deviation: Double
    let increasing: Bool
  }

  @Test("Strings are read as timm reads them, and printed so that they are read as the same")
  func reading() throws {
    let fixture = try Fixture.load("augmented-plain.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["strings"])
    let readings = try JSONDecoder().decode([Reading].self, from: Data(json.utf8))
    #expect(readings.count == 9)
    for reading in readings {
      let found = try RandAugment(timm: reading.text)
      let expected = RandAugment(
        operations: reading.operations, magnitude: reading.magnitude, deviation: reading.deviation,
        probability: reading.probability, increasing: reading.increasing)
      #expect(found == expected, "\(reading.text)")
      #expect(try RandAugment(timm: found.timm) == found, "\(reading.text) as \(found.timm)")
    }
  }

  @Test("What is taken for granted is not printed")
  func printing() {
    #expect(RandAugment().timm == "rand-m9-mstd0.5-inc1")
    #expect(
      RandAugment(operations: 3, magnitude: 6.5, deviation: 0, probability: 0.75, increasing: false).timm
        == "rand-m6.5-n3-p0.75")
  }

  @Test(
    "What is not known, not done here or out of range is refused, and the part named",
    arguments: [
      ("", ""), ("augmix-m5", "augmix"), ("original-mstd0.5", "original"), ("rand-x3", "x3"), ("rand-m", "m"),
      ("rand-inc", "inc"), ("rand-m9-tweights", "tweights"), ("rand-m9-t3a", "t3a"),
      ("rand-m12-mmax12", "m12"),
      ("rand-mmax30", "mmax30"), ("rand-m9-m8", "m8"), ("rand-m9-", ""), ("rand--1", ""),
      ("rand-p1.5", "p1.5"),
      ("rand-n0", "n0"), ("rand-n2.5", "n2.5"), ("rand-n17", "n17"), ("rand-inc2", "inc2"),
      ("rand-m9.5.5", "m9.5.5"), ("rand-mstd1e3", "mstd1e3"), ("rand-m²", "m²"), ("rand-w0", "w0"),
      ("rand-9", "9"),
    ])
  func refusal(text: String, part: String) {
    let error = #expect(throws: AugmentationError.self) { try RandAugment(timm: text) }
    guard case .randAugment(text, part, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("“\(part)”") == true)
  }

  @Test("A deviation above 100 draws magnitudes evenly from 0; one of 0 draws none")
  func levels() {
    func levels(_ text: String) throws -> [Double] {
      var random = SeededRandom(3)
      let augment = try RandAugment(timm: text)
      return (0..<6000).map { _ in augment.level(random: &random) }
    }
    do {
      let even = try levels("rand-m6-mstd101")
      #expect(even.allSatisfy { (0...6).contains($0) })
      for third in 0..<3 {
        #expect((1850...2150).contains(even.count { Int($0 / 2) == third }))
      }
      #expect(try levels("rand-m6").allSatisfy { $0 == 6 })
      let around = try levels("rand-m6-mstd1")
      #expect(abs(around.reduce(0, +) / 6000 - 6) < 0.06)
    } catch {
      Issue.record(error)
    }
  }
}
