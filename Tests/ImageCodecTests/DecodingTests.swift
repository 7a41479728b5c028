import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite struct DecodingTests {
  @Test func everyKindOfFileHasThePixelsPillowGives() throws {
    let expected = try Fixture.load("pixels.safetensors", bundle: .module)
    let files = try imageFiles()
    #expect(files.map(\.name) == expected.names.sorted())
    for (name, bytes) in files {
      let pixels = try #require(expected[name])
      let problem = difference(try ImageDecoder.decode(bytes, name: name), image(pixels))
      #expect(problem == nil, "\(name): \(problem ?? "")")
    }
  }

  @Test func contentDecidesTheFormatNotTheName() throws {
    let files = Dictionary(uniqueKeysWithValues: try imageFiles())
    let folder = try TemporaryFolder()
    let png = try #require(files["rgb8.png"])
    let jpeg = try #require(files["gray.jpg"])
    let disguised = try folder.write(png, to: "photo.jpg")
    #expect(try ImageDecoder.decode(contentsOf: disguised) == ImageDecoder.decode(png, name: "rgb8.png"))
    let webp = try #require(files["lossy.webp"])
    let renamed = try folder.write(webp, to: "photo.png")
    #expect(try ImageDecoder.decode(contentsOf: renamed) == ImageDecoder.decode(webp, name: "lossy.webp"))
    let nameless = try folder.write(jpeg, to: "photo")
    #expect(try ImageDecoder.decode(contentsOf: nameless) == ImageDecoder.decode(jpeg, name: "gray.jpg"))
  }

  @Test func whatFollowsTheImageIsIgnored() throws {
    for (name, bytes) in try imageFiles() {
      let plain = try ImageDecoder.decode(bytes, name: name)
      #expect(try ImageDecoder.decode(bytes + Data("junk".utf8), name: name) == plain, "\(name)")
    }
  }

  @Test func aSliceOfAnotherBufferDecodes() throws {
    let bytes = try #require(try imageFiles().first { $0.name == "rgb8.png" }).bytes
    let slice = (Data("before".utf8) + bytes).dropFirst(6)
    #expect(try ImageDecoder.decode(slice, name: "slice") == ImageDecoder.decode(bytes, name: "whole"))
  }

  @Test(arguments: [
    ("a.jpg", true), ("a.JPEG", true), ("b.c.Png", true), (".png", true), ("jpg", false),
    ("a.jpg.txt", false),
    ("a.WebP", true), ("a.gif", true), ("a.TIFF", true), ("a.bmp", true), ("a.pgm", true), ("a.psd", false),
    ("", false), ("a.", false), ("folder.png/a", false),
  ])
  func imageFilesAreKnownByTheirExtension(name: String, isImage: Bool) {
    #expect(ImageDecoder.isImageFile(name) == isImage)
  }
}

@Suite struct EncodingTests {
  @Test(arguments: [(1, 1), (7, 5), (64, 33)])
  func pngLosesNothing(width: Int, height: Int) throws {
    let original = pattern(width, height)
    #expect(try ImageDecoder.decode(ImageEncoder.png(original), name: "png") == original)
  }

  @Test func jpegHasThePixelsOfAFileThatPillowSaves() throws {
    let saved = try #require(try imageFiles().first { $0.name == "pattern-q75-420.jpg" }).bytes
    let encoded = try ImageEncoder.jpeg(pattern(17, 17), quality: 75)
    let problem = difference(
      try ImageDecoder.decode(encoded, name: "encoded"), try ImageDecoder.decode(saved, name: "saved"))
    #expect(problem == nil, "\(problem ?? "")")
  }

  @Test func betterQualityIsCloser() throws {
    let gradient = (0..<32 * 32 * 3).map { (index: Int) -> UInt8 in UInt8(index / 96 * 4 + index % 96) }
    let original = PixelImage(width: 32, height: 32, pixels: gradient)
    let errors = try [10, 50, 100].map { quality in
      let decoded = try ImageDecoder.decode(ImageEncoder.jpeg(original, quality: quality), name: "jpeg")
      return zip(decoded.pixels, original.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    }
    #expect(errors[0] > errors[1] && errors[1] > errors[2])
    #expect(errors[2] < original.pixels.count * 2)
  }

  @Test(arguments: [0, 101, -5]) func qualityHasBounds(quality: Int) {
    #expect(throws: ImageError.self) { try ImageEncoder.jpeg(pattern(2, 2), quality: quality) }
  }

  @Test func jpegRefusesSidesItCannotWrite() {
    let long = PixelImage(width: 70000, height: 1, pixels: [UInt8](repeating: 0, count: 210_000))
    #expect(throws: ImageError.self) { try ImageEncoder.jpeg(long, quality: 75) }
  }
}
