import Datasets
import Foundation
import TestSupport
import Testing

/// What CPython drew: `Tests/Fixtures/make_python_random.py`.
private struct PythonRandom: Decodable {
  struct Draws: Decodable {
    var seed: Int
    /// Numbers up to 64 bits, as text.
    var bits: [String]
    var below: [Int]
    var after1300: UInt32
  }

  struct Samples: Decodable {
    var count: Int
    var population: Int
    var drawn: [[Int]]
  }

  struct FewShot: Decodable {
    var shots: Int
    var seed: Int
    var train: [Int]
    var validation: [Int]
  }

  var widths: [Int]
  var bounds: [Int]
  var draws: [Draws]
  var samples: [Samples]
  var trainLabels: [Int]
  var validationLabels: [Int]
  var fewShot: [FewShot]

  static func load() throws -> PythonRandom {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      Self.self, from: Data(contentsOf: Fixture.url("python_random.json", bundle: .module)))
  }
}

@Suite("What CPython draws at random")
struct MersenneTwisterTests {
  @Test("the first words of seeds 0 and 42 are as known")
  func known() {
    var zero = MersenneTwister(seed: 0)
    #expect((0..<3).map { _ in zero.word() } == [3_626_764_237, 1_654_615_998, 3_255_389_356])
    var other = MersenneTwister(seed: 42)
    #expect(other.word() == 2_746_317_213)
  }

  @Test(
    "bits of every width and numbers below every bound are CPython's, for small, large and negative seeds")
  func draws() throws {
    let python = try PythonRandom.load()
    for expected in python.draws {
      var random = MersenneTwister(seed: expected.seed)
      var bits: [String] = []
      var below: [Int] = []
      for _ in 0..<3 {
        bits += python.widths.map { String(random.bits($0)) }
        below += python.bounds.map { random.int(below: $0) }
      }
      #expect(bits == expected.bits && below == expected.below, "seed \(expected.seed)")
      for _ in 0..<1300 { _ = random.word() }
      #expect(random.word() == expected.after1300, "seed \(expected.seed), after two states")
    }
  }

  @Test("samples are CPython's from populations on both sides of where it changes its algorithm")
  func samples() throws {
    for expected in try PythonRandom.load().samples {
      var random = MersenneTwister(seed: expected.count + expected.population)
      for drawn in expected.drawn {
        #expect(random.sample(expected.count, of: expected.population) == drawn)
      }
    }
  }
}

@Suite("CoOp's few-shot lists")
struct FewShotSamplerTests {
  @Test("the images are CoOp's, for 1 to 16 shots, several seeds, and classes smaller and larger than that")
  func lists() throws {
    let python = try PythonRandom.load()
    for expected in python.fewShot {
      let sampler = try FewShotSampler(shots: expected.shots, seed: expected.seed)
      let chosen = sampler.sample(train: python.trainLabels, validation: python.validationLabels)
      #expect(chosen.train == expected.train, "\(expected.shots) shots, seed \(expected.seed)")
      #expect(chosen.validation == expected.validation, "\(expected.shots) shots, seed \(expected.seed)")
    }
  }

  @Test(
    "classes come in the order in which they first appear; a class with too few images gives them as listed")
  func order() throws {
    let labels = [7, 2, 7, 0, 7, 0]
    let chosen = try FewShotSampler(shots: 3, seed: 1).sample(train: labels).train
    #expect(chosen.map { labels[$0] } == [7, 7, 7, 2, 0, 0])
    #expect(Set(chosen[..<3]) == [0, 2, 4] && Array(chosen[3...]) == [1, 3, 5])
  }

  @Test("what trains does not depend on what validates, which is four a class at most")
  func validation() throws {
    let labels = (0..<200).map { $0 % 5 }
    let sampler = try FewShotSampler(shots: 16, seed: 2)
    let (train, validation) = sampler.sample(train: labels, validation: labels)
    #expect(train == sampler.sample(train: labels).train && train.count == 80)
    #expect(validation.count == 20 && sampler.sample(train: labels).validation.isEmpty)
    #expect(throws: DatasetError.self) { try FewShotSampler(shots: 0, seed: 2) }
  }
}
