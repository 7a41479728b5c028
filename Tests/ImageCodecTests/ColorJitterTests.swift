import Checkpoint
import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite("Colour jitter")
struct ColorJitterTests {
  /// [name, factor]
  private struct Adjustment: Decodable {
    let adjustment: ColorAdjustment

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      let name = try values.decode(String.self)
      let factor = try values.decode(Float.self)
      switch name {
      case "brightness": adjustment = .brightness(factor)
      case "contrast": adjustment = .contrast(factor)
      case "saturation": adjustment = .saturation(factor)
      case "hue": adjustment = .hue(factor)
      default:
        throw DecodingError.dataCorruptedError(in: values, debugDescription: "no adjustment \(name)")
      }
    }
  }

  @Test("Every adjustment, and several in a row, give torchvision's pixels")
  func pixels() throws {
    let fixture = try Fixture.load("jittered.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["cases"])
    let cases = try JSONDecoder().decode([[Adjustment]].self, from: Data(json.utf8))
    let expected = try #require(fixture["pixels"])
    #expect(cases.count == expected.shape[0])
    for (index, item) in cases.enumerated() {
      let adjustments = item.map(\.adjustment)
      let result = adjustments.reduce(pattern(20, 17)) { $1.applied(to: $0) }
      let problem = difference(result, image(expected.rows(index..<index + 1).reshaped([17, 20, 3])))
      #expect(problem == nil, "\(adjustments): \(problem ?? "")")
    }
  }

  @Test("Hues of all 16.8 million colours move as Pillow moves them")
  func everyColor() throws {
    let fixture = try Fixture.load("jittered.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["hues"])
    let digests = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
    #expect(digests.count == 3)
    var colors: [UInt8] = []
    colors.reserveCapacity(3 << 24)
    for number in 0..<1 << 24 {
      for shift in [16, 8, 0] { colors.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    let everything = PixelImage(width: 4096, height: 4096, pixels: colors)
    for (text, digest) in digests {
      let factor = try #require(Float(text))
      let moved = ColorAdjustment.hue(factor).applied(to: everything)
      #expect(ContentHash.sha256(of: moved.pixels) == digest, "hue factor \(text)")
    }
  }

  @Test("Factors fill their ranges evenly, in every order equally often, and what is 0 is left alone")
  func distribution() {
    let jitter = ColorJitter(brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1)
    var orders: [[Int]: Int] = [:]
    var factors: [[Float]] = [[], [], [], []]
    for seed in 0..<12_000 {
      var random = SeededRandom(UInt64(seed))
      let order = jitter.adjustments(random: &random).map { adjustment in
        let (kind, factor): (Int, Float) =
          switch adjustment {
          case .brightness(let factor): (0, factor)
          case .contrast(let factor): (1, factor)
          case .saturation(let factor): (2, factor)
          case .hue(let shift): (3, shift)
          }
        factors[kind].append(factor)
        return kind
      }
      orders[order, default: 0] += 1
    }
    #expect(orders.count == 24)
    #expect(orders.values.allSatisfy { (400...600).contains($0) }, "\(orders)")
    // Contrast of 1.5 would begin below 0.
    for (found, range) in zip(factors, [0.6...1.4, 0...2.5, 0.8...1.2, -0.1...0.1] as [ClosedRange<Float>]) {
      #expect(found.allSatisfy(range.contains))
      var bins = [Int](repeating: 0, count: 8)
      let width = range.upperBound - range.lowerBound
      for factor in found { bins[min(7, Int(8 * (factor - range.lowerBound) / width))] += 1 }
      #expect(bins.allSatisfy { (1300...1700).contains($0) }, "\(range): \(bins)")
    }
    var random = SeededRandom(1)
    #expect(ColorJitter().adjustments(random: &random).isEmpty)
    #expect(ColorJitter(contrast: 0.3).adjustments(random: &random).count == 1)
  }

  @Test("A seed gives the same pixels, and as many images are left alone as asked")
  func drawing() {
    let source = pattern(20, 17)
    func jittered(_ seed: UInt64, probability: Double = 1) -> PixelImage {
      var random = SeededRandom(seed)
      return ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, probability: probability)(
        source, random: &random)
    }
    #expect(jittered(5) == jittered(5))
    #expect(Set((0..<100).map { jittered($0).pixels }).count == 100)
    let untouched = (0..<400).count { jittered(UInt64($0), probability: 0.8) == source }
    #expect((50...115).contains(untouched), "\(untouched)")
  }
}
