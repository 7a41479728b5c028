import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite("What training makes of an image")
struct AugmentationOrderTests {
  private let preprocessing = Preprocessing.clip(size: 6)

  @Test("Either way of mirroring happens as often as asked, each on its own")
  func flips() {
    let augmentation = TrainAugmentation(
      scale: 1...1, ratio: 1...1, horizontalFlip: 0.2, verticalFlip: 0.7)
    let source = pattern(6, 6)
    let (across, over) = (source.flippedHorizontally(), source.flippedVertically())
    var counts: [[UInt8]: Int] = [:]
    var random = SeededRandom(6)
    for _ in 0..<2000 {
      counts[
        augmentation.pixels(of: source, preprocessing: preprocessing, random: &random).pixels, default: 0] +=
        1
    }
    #expect(counts.count == 4)
    #expect((420...540).contains(counts[source.pixels] ?? 0))
    #expect((80...160).contains(counts[across.pixels] ?? 0))
    #expect((1040...1200).contains(counts[over.pixels] ?? 0))
    #expect((230...330).contains(counts[over.flippedHorizontally().pixels] ?? 0))
  }

  @Test("Upside down, the first row is the last, and twice is as before")
  func upsideDown() {
    let source = pattern(5, 4)
    let turned = source.flippedVertically()
    #expect(turned.flippedVertically() == source)
    #expect(turned.pixels.prefix(15) == source.pixels.suffix(15))
  }

  @Test("Crops with padding are torchvision's")
  func paddedCrops() throws {
    let fixture = try Fixture.load("cropped.safetensors", bundle: .module)
    let json = try #require(fixture.metadata["cases"])
    let cases = try JSONDecoder().decode([[Int]].self, from: Data(json.utf8))
    let expected = try #require(fixture["pixels"])
    #expect(cases.count == expected.shape[0])
    for (index, item) in cases.enumerated() {
      let (width, height, padding) = (item[0], item[1], item[2])
      let target = PaddedCrop.target(width: width, height: height, size: 16)
      let result = PaddedCrop(padding: padding).cut(
        pattern(width, height), scaledTo: target, left: item[4] - padding, top: item[3] - padding, size: 16,
        .bicubic)
      let problem = difference(result, image(expected.rows(index..<index + 1).reshaped([16, 16, 3])))
      #expect(problem == nil, "\(item): \(problem ?? "")")
    }
  }

  @Test("A crop with padding lies anywhere, and without padding is the image where that is square")
  func paddedCropPlaces() {
    func pixels(_ padding: Int, _ seed: UInt64) -> PixelImage {
      var random = SeededRandom(seed)
      var augmentation = TrainAugmentation()
      augmentation.paddedCrop = PaddedCrop(padding: padding)
      return augmentation.pixels(of: pattern(6, 6), preprocessing: preprocessing, random: &random)
    }
    #expect(Set((0..<300).map { pixels(1, $0).pixels }).count == 9)
    #expect(pixels(0, 3) == pattern(6, 6))
  }

  @Test("Jitter follows RandAugment and mirroring, and a seed gives the same pixels")
  func order() {
    let jitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)
    let augmentation = TrainAugmentation(
      scale: 1...1, ratio: 1...1, horizontalFlip: 1, verticalFlip: 1, randAugment: RandAugment(),
      colorJitter: jitter)
    for seed in 0..<40 as Range<UInt64> {
      var random = SeededRandom(seed)
      let found = augmentation.pixels(of: pattern(6, 6), preprocessing: preprocessing, random: &random)
      var again = SeededRandom(seed)
      _ = augmentation.crop(width: 6, height: 6, random: &again)
      _ = (again.chance(1), again.chance(1))
      let turned = pattern(6, 6).flippedHorizontally().flippedVertically()
      let augmented = RandAugment()(turned, fill: [123, 117, 104], interpolation: .bicubic, random: &again)
      #expect(found == jitter(augmented, random: &again))
    }
  }

  @Test("What is not said is off, and everything is read as it was written")
  func records() throws {
    func read(_ json: String) throws -> TrainAugmentation {
      try JSONDecoder().decode(TrainAugmentation.self, from: Data(json.utf8))
    }
    #expect(try read("{}") == TrainAugmentation(scale: 1...1, ratio: 1...1))
    #expect(
      try read(#"{"crop":[0.08,1],"ratio":[0.75,1.25],"flip":true,"randaugment":"rand-m9-mstd0.5-inc1"}"#)
        == TrainAugmentation(scale: 0.08...1, ratio: 0.75...1.25, flip: true, randAugment: RandAugment()))
    #expect(throws: DecodingError.self) { try read(#"{"randaugment":"rand-m99"}"#) }
    let new = TrainAugmentation(
      scale: 0.5...1, paddedCrop: PaddedCrop(padding: 4), horizontalFlip: 0.3, verticalFlip: 0.1,
      randAugment: try RandAugment(timm: "rand-m5-n3-p0.25"),
      colorJitter: ColorJitter(brightness: 0.4, hue: 0.1, probability: 0.8), erasing: RandomErasing())
    let json = String(decoding: try JSONEncoder().encode(new), as: UTF8.self)
    #expect(try read(json) == new)
    #expect(new.flip && !TrainAugmentation().flip)
  }

  @Test("Values out of range are refused, with their name")
  func validation() throws {
    try TrainAugmentation(
      paddedCrop: PaddedCrop(padding: 5), horizontalFlip: 1, colorJitter: ColorJitter(hue: 0.5)
    )
    .validate(size: 6)
    for (wrong, word) in [
      (TrainAugmentation(paddedCrop: PaddedCrop(padding: 6)), "padding"),
      (TrainAugmentation(paddedCrop: PaddedCrop(padding: -1)), "padding"),
      (TrainAugmentation(horizontalFlip: 1.5), "flip"),
      (TrainAugmentation(verticalFlip: .nan), "vertical_flip"),
      (TrainAugmentation(randAugment: RandAugment(probability: -1)), "randaugment"),
      (TrainAugmentation(colorJitter: ColorJitter(brightness: -1)), "brightness"),
      (TrainAugmentation(colorJitter: ColorJitter(saturation: .infinity)), "saturation"),
      (TrainAugmentation(colorJitter: ColorJitter(hue: 0.6)), "hue"),
      (TrainAugmentation(colorJitter: ColorJitter(probability: 2)), "probability"),
      (TrainAugmentation(scale: 0...1), "crop"), (TrainAugmentation(ratio: 0...1), "ratio"),
      (TrainAugmentation(erasing: RandomErasing(probability: 2)), "erasing.probability"),
      (TrainAugmentation(erasing: RandomErasing(area: 0...2)), "erasing.area"),
      (TrainAugmentation(erasing: RandomErasing(ratio: 0...1)), "erasing.ratio"),
    ] {
      let error = #expect(throws: AugmentationError.self) { try wrong.validate(size: 6) }
      #expect(error?.description.contains(word) == true && error?.kind == .usage)
    }
  }
}
