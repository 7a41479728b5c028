import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

/// What the fixture script preprocessed.
private struct FixtureContents: Decodable {
  struct Case: Decodable {
    var width, height: Int
    var mode: Preprocessing.ResizeMode
    var interpolation: Preprocessing.Interpolation
  }
  var cases: [Case]
  /// Left, top, width, height.
  var crops: [[Int]]

  init(json: String?) throws {
    self = try JSONDecoder().decode(FixtureContents.self, from: Data(try #require(json).utf8))
  }
}

@Suite struct PreprocessingTests {
  @Test func pixelsAreThoseOfTorchvisionAndOpenCLIP() throws {
    let fixture = try Fixture.load("preprocessed.safetensors", bundle: .module)
    let cases = try FixtureContents(json: fixture.metadata["made_of"]).cases
    let expected = try #require(fixture["pixels"])
    #expect(cases.count == expected.shape[0])
    for (index, item) in cases.enumerated() {
      var preprocessing = Preprocessing.clip(size: 8)
      preprocessing.resizeMode = item.mode
      preprocessing.interpolation = item.interpolation
      let problem = difference(
        preprocessing.pixels(of: pattern(item.width, item.height)),
        image(expected.rows(index..<index + 1).reshaped([8, 8, 3])))
      #expect(problem == nil, "\(item): \(problem ?? "")")
    }
  }

  @Test func normalizationIsThatOfTorchBitForBit() throws {
    let expected = try #require(try Fixture.load("preprocessed.safetensors", bundle: .module)["normalized"])
    let ramp = PixelImage(width: 16, height: 16, pixels: (0..<256 * 3).map { UInt8($0 / 3) })
    let preprocessing = Preprocessing.clip(size: 16)
    #expect(preprocessing.pixels(of: ramp) == ramp)
    let actual = Tensor(uninitialized: [3, 16, 16])
    preprocessing.normalize(ramp, into: try #require(actual.mutableFloats.baseAddress))
    #expect(actual.array == expected.array)
  }

  @Test func aCropIsTheSameAsCroppingTheWholeResizedImage() {
    var random = SeededRandom(3)
    for _ in 0..<60 {
      let source = pattern(1 + random.int(below: 90), 1 + random.int(below: 90))
      let (width, height) = (1 + random.int(below: 120), 1 + random.int(below: 120))
      let interpolation: Preprocessing.Interpolation = random.chance(0.5) ? .bicubic : .bilinear
      let whole = resize(source, width: width, height: height, interpolation: interpolation)
      var window = PixelBox(
        left: random.int(below: width), top: random.int(below: height), width: 0, height: 0)
      window.width = 1 + random.int(below: width - window.left)
      window.height = 1 + random.int(below: height - window.top)
      let everything = PixelBox(left: 0, top: 0, width: source.width, height: source.height)
      let part = resize(everything, of: source, to: (width, height), keeping: window, interpolation)
      var cut: [UInt8] = []
      for y in window.top..<window.top + window.height {
        let start = (y * width + window.left) * 3
        cut += whole.pixels[start..<start + window.width * 3]
      }
      #expect(part.pixels == cut, "\(source.width) × \(source.height) to \(width) × \(height), \(window)")
    }
  }

  @Test func resizingToTheSameSizeChangesNothing() {
    let source = pattern(45, 31)
    #expect(resize(source, width: 45, height: 31, interpolation: .bicubic) == source)
  }

  @Test func oneColourStaysThatColour() {
    let gray = PixelImage(width: 201, height: 77, pixels: [UInt8](repeating: 200, count: 201 * 77 * 3))
    let resized = resize(gray, width: 64, height: 100, interpolation: .bicubic)
    #expect(resized.pixels.allSatisfy { $0 == 200 })
  }

  @Test func extremeShapesAreNoProblem() {
    let thread = PixelImage(width: 1, height: 200_000, pixels: [UInt8](repeating: 9, count: 600_000))
    for mode in [Preprocessing.ResizeMode.shortest, .squash, .longest] {
      var preprocessing = Preprocessing.clip(size: 32)
      preprocessing.resizeMode = mode
      let seen = preprocessing.pixels(of: thread)
      #expect(seen.width == 32 && seen.height == 32)
      #expect(seen.pixels[(16 * 32 + 15) * 3] == 9)
    }
  }
}

@Suite struct TrainAugmentationTests {
  let preprocessing = Preprocessing.clip(size: 6)

  @Test func aPartIsCutOutAndResizedAsTorchvisionDoesIt() throws {
    let fixture = try Fixture.load("preprocessed.safetensors", bundle: .module)
    let boxes = try FixtureContents(json: fixture.metadata["made_of"]).crops
    let expected = try #require(fixture["crops"])
    let window = PixelBox(left: 0, top: 0, width: 6, height: 6)
    for (index, box) in boxes.enumerated() {
      let part = PixelBox(left: box[0], top: box[1], width: box[2], height: box[3])
      let problem = difference(
        resize(part, of: pattern(37, 53), to: (6, 6), keeping: window, .bicubic),
        image(expected.rows(index..<index + 1).reshaped([6, 6, 3])))
      #expect(problem == nil, "\(part): \(problem ?? "")")
    }
  }

  @Test func theSameSeedGivesTheSamePixels() {
    let augmentation = TrainAugmentation(scale: 0.2...1, flip: true)
    func pixels(_ seed: UInt64) -> PixelImage {
      var random = SeededRandom(seed)
      return augmentation.pixels(of: pattern(40, 30), preprocessing: preprocessing, random: &random)
    }
    #expect(pixels(5) == pixels(5))
    #expect(Set((0..<20).map { pixels($0).pixels }).count > 15)
  }

  @Test func partsHaveThePermittedAreaAndShapeAndLieAnywhere() {
    let augmentation = TrainAugmentation(scale: 0.3...0.6)
    var random = SeededRandom(8)
    var lefts = Set<Int>()
    for _ in 0..<2000 {
      let box = augmentation.crop(width: 400, height: 300, random: &random)
      #expect(box.left >= 0 && box.top >= 0 && box.left + box.width <= 400 && box.top + box.height <= 300)
      let area = Double(box.width * box.height) / (400 * 300)
      let shape = Double(box.width) / Double(box.height)
      #expect((0.295...0.605).contains(area))
      #expect((0.74...1.35).contains(shape))
      lefts.insert(box.left)
    }
    #expect(lefts.count > 150)
  }

  @Test func aShapeThatCannotFitIsCutFromTheMiddle() {
    let augmentation = TrainAugmentation(scale: 1...1)
    var random = SeededRandom(1)
    #expect(
      augmentation.crop(width: 1000, height: 10, random: &random)
        == PixelBox(left: 493, top: 0, width: 13, height: 10))
    #expect(
      augmentation.crop(width: 9, height: 500, random: &random)
        == PixelBox(left: 0, top: 244, width: 9, height: 12))
    #expect(
      augmentation.crop(width: 1, height: 1, random: &random)
        == PixelBox(left: 0, top: 0, width: 1, height: 1))
  }

  @Test func halfOfTheImagesAreMirroredIfAskedFor() {
    let augmentation = TrainAugmentation(scale: 1...1, ratio: 1...1, flip: true)
    let source = pattern(6, 6)
    let mirrored = source.flippedHorizontally()
    var random = SeededRandom(2)
    var flips = 0
    for _ in 0..<400 {
      let seen = augmentation.pixels(of: source, preprocessing: preprocessing, random: &random)
      #expect(seen == source || seen == mirrored)
      flips += seen == mirrored ? 1 : 0
    }
    #expect((150...250).contains(flips))
    #expect(mirrored.flippedHorizontally() == source)
    #expect(mirrored.pixels[0..<3] == source.pixels[15..<18])
  }
}
