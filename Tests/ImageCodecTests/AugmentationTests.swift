import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

private struct AugmentationCase: Decodable {
  var operation: String
  var level: Double
  var negated: Bool
  var interpolation: Preprocessing.Interpolation
}

@Suite("Augmentation of training images")
struct AugmentationTests {
  /// Scaled, so that contrast has something to do.
  private let source: PixelImage = {
    var source = pattern(20, 17)
    source.pixels = source.pixels.map { UInt8(40 + Int($0) * 160 / 255) }
    return source
  }()

  @Test("Every operation of RandAugment gives timm's pixels, at every level and in both directions")
  func operationsAreThoseOfTimm() throws {
    let fixture = try Fixture.load("augmented.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["cases"])
    let cases = try JSONDecoder().decode([AugmentationCase].self, from: Data(json.utf8))
    let expected = try #require(fixture["pixels"])
    #expect(cases.count == expected.shape[0])
    #expect(Set(cases.map(\.operation)) == Set(ImageOperation.allCases.map(\.rawValue)))
    for (index, item) in cases.enumerated() {
      let operation = try #require(ImageOperation(rawValue: item.operation))
      let result = operation.applied(
        to: source, level: item.level, isNegated: item.negated, fill: [122, 116, 104],
        interpolation: item.interpolation)
      let problem = difference(result, image(expected.rows(index..<index + 1).reshaped([17, 20, 3])))
      #expect(problem == nil, "\(item): \(problem ?? "")")
    }
  }

  @Test("Operations that do not increase with their level give timm's pixels, too")
  func plainOperationsAreThoseOfTimm() throws {
    let fixture = try Fixture.load("augmented-plain.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["cases"])
    let cases = try JSONDecoder().decode([AugmentationCase].self, from: Data(json.utf8))
    let expected = try #require(fixture["pixels"])
    #expect(cases.count == expected.shape[0])
    #expect(Set(cases.map(\.operation)).count == 6)
    for (index, item) in cases.enumerated() {
      let operation = try #require(ImageOperation(rawValue: item.operation))
      for isNegated in [false, true] {
        let result = operation.applied(
          to: source, level: item.level, isNegated: isNegated, increasing: false, fill: [122, 116, 104],
          interpolation: item.interpolation)
        let problem = difference(result, image(expected.rows(index..<index + 1).reshaped([17, 20, 3])))
        #expect(problem == nil, "\(item): \(problem ?? "")")
      }
    }
  }

  @Test("RandAugment draws every operation, leaves a quarter of the images alone, and repeats itself")
  func drawing() {
    let source = pattern(20, 17)
    func augmented(_ seed: UInt64) -> PixelImage {
      var random = SeededRandom(seed)
      return RandAugment()(source, fill: [1, 2, 3], interpolation: .bicubic, random: &random)
    }
    #expect(augmented(5) == augmented(5))
    let results = (0..<400).map { augmented(UInt64($0)) }
    let untouched = results.count { $0 == source }
    #expect((70...130).contains(untouched), "\(untouched)")
    #expect(Set(results.map(\.pixels)).count > 150)
  }

  @Test("Erasing replaces one rectangle by noise in as many images as asked, of 2% to a third of the area")
  func erasing() {
    let size = 24
    var erased = 0
    for seed in 0..<400 {
      var random = SeededRandom(UInt64(seed))
      var planes = [Float](repeating: 100, count: 3 * size * size)
      planes.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        RandomErasing()(start, size: size, random: &random)
      }
      let changed = planes.indices.filter { planes[$0] != 100 }
      guard !changed.isEmpty else { continue }
      erased += 1
      let plane = changed.filter { $0 < size * size }
      #expect(changed.count == 3 * plane.count)
      let rows = Set(plane.map { $0 / size })
      let columns = Set(plane.map { $0 % size })
      #expect(rows.count * columns.count == plane.count, "a rectangle")
      #expect((0.01...0.4).contains(Double(plane.count) / Double(size * size)))
      #expect(changed.allSatisfy { abs(planes[$0]) < 10 })
    }
    #expect((70...130).contains(erased), "\(erased)")
  }
}
