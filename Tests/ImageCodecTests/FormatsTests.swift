import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

/// Small files of many variants of GIF, BMP, TIFF, Netpbm, and of what is animated, with Pillow's pixels of them.
@Suite struct FormatsTests {
  /// What the fixture says of its files.
  private struct Facts: Decodable {
    /// How many bytes of a file give all of its pixels.
    let enough: [String: Int?]
    /// Files that Pillow refuses.
    let refused: [String]
  }

  /// Files that Pillow misreads or reads by what is not decoded here, and that are therefore refused.
  private static let refusedHere: Set<String> = [
    "bmp-4-black-white", "bmp-4-one-black", "tiff-float-mm-deflate", "tiff-int16-mm-deflate",
    "tiff-int32-mm-deflate", "tiff-lab", "tiff-lab-mm-deflate", "tiff-rgb16-planes",
    "tiff-white-float-mm-deflate",
    "tiff-ycbcr-22-raw", "tiff-ycbcr-gray", "tiff-ycbcr-unsaid",
  ]

  private let expected: [String: Tensor]
  private let facts: Facts
  private let files: [String: Data]

  init() throws {
    let fixture = try Fixture.load("formats.safetensors", bundle: .module)
    facts = try JSONDecoder().decode(Facts.self, from: Data(try #require(fixture.metadata["made_of"]).utf8))
    expected = try Dictionary(
      uniqueKeysWithValues: fixture.names.map { ($0, try #require(fixture[$0])) })
    let folder = try Fixture.url("formats", bundle: .module)
    files = try Dictionary(
      uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder.path).map {
        ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
      })
  }

  private func error(_ bytes: Data, _ name: String) -> ImageError? {
    do {
      _ = try ImageDecoder.decode(bytes, name: name)
      return nil
    } catch {
      return error
    }
  }

  @Test func everyVariantHasThePixelsThatPillowGives() throws {
    #expect(Set(files.keys) == Set(expected.keys).union(facts.refused))
    for (name, pixels) in expected where !Self.refusedHere.contains(name) {
      let bytes = try #require(files[name])
      let problem = difference(try ImageDecoder.decode(bytes, name: name), image(pixels))
      #expect(problem == nil, "\(name): \(problem ?? "")")
    }
  }

  @Test func whatPillowRefusesOrMisreadsIsRefusedByName() throws {
    for name in facts.refused + Self.refusedHere {
      let error = error(try #require(files[name]), name)
      #expect(error?.kind == .badData, "\(name) is read")
      #expect(error?.description.hasPrefix(name + ": ") == true)
    }
    #expect(Self.refusedHere.isSubset(of: expected.keys))
  }

  @Test func everyBeginningOfAFileIsRefusedUntilItHasAllPixels() throws {
    for (name, enough) in facts.enough where !Self.refusedHere.contains(name) {
      let bytes = try #require(files[name])
      let whole = image(try #require(expected[name]))
      for count in 0..<bytes.count {
        let beginning = Data(bytes.prefix(count))
        do {
          let read = try ImageDecoder.decode(beginning, name: name)
          #expect(
            read == whole && count >= enough ?? 0, "\(name) decodes with \(count) of \(bytes.count) bytes")
        } catch {
          #expect(error.kind == .badData, "\(name), \(count) bytes: \(error)")
          // A directory or a tile must be there as a whole, though Pillow is content with a part.
          if let enough, count >= enough, !name.hasPrefix("tiff") {
            Issue.record("\(name) needs more than \(count) bytes")
          }
        }
      }
    }
  }

  @Test func theEndOfTheDataIsSaid() throws {
    for name in ["gif-bits4", "bmp-24", "bmp-8-rle8", "tiff-rgb", "tiff-jpeg-420", "netpbm-p6"] {
      let bytes = try #require(files[name])
      let error = error(Data(bytes.prefix(bytes.count * 3 / 4)), name)
      guard case .truncated = error else {
        Issue.record("\(name): \(error.map(\.description) ?? "is read")")
        continue
      }
    }
  }

  @Test func whatFollowsTheImageIsIgnored() throws {
    for (name, pixels) in expected where !Self.refusedHere.contains(name) {
      let bytes = try #require(files[name])
      #expect(try ImageDecoder.decode(bytes + Data("junk".utf8), name: name) == image(pixels), "\(name)")
    }
  }

  @Test func sizesThatAreTooLargeAreRefusedBeforeAnythingIsDecoded() throws {
    func claiming(_ name: String, _ changes: [Int: UInt8]) throws -> Data {
      var bytes = try #require(files[name])
      for (offset, byte) in changes { bytes[offset] = byte }
      return bytes
    }
    let claims = [
      try claiming("gif-bits4", [6: 255, 7: 255, 8: 255, 9: 255]),
      // The frame, behind the palette of 16 colours.
      try claiming("gif-bits4", [66: 255, 67: 255, 68: 255, 69: 255]),
      try claiming("bmp-24", [19: 255, 20: 0, 23: 255, 24: 0]),
      try claiming("bmp-24", [18: 0xFF, 19: 0xFF, 20: 0xFF]),
      Data("P6 100000 100000 255\n".utf8), Data("P5 4294967295 4294967295 255\n".utf8),
    ]
    for (index, bytes) in claims.enumerated() {
      guard case .tooLarge = error(bytes, "\(index)") else {
        Issue.record("bomb \(index) is not refused: \(error(bytes, "\(index)").map(\.description) ?? "")")
        continue
      }
    }
    // The field of the width comes first, then that of the height.
    let tiff = try claiming("tiff-black8", [18: 0xFF, 19: 0xFF, 20: 0x0F, 30: 0xFF, 31: 0xFF])
    #expect(error(tiff, "tiff")?.kind == .badData)
    for header in [
      "P6 0 5 255\n", "P5 5 5 0\n", "P5 5 5 65536\n", "P4 -5 5\n", "P6 5\n", "P6 99999999999 5 255\n",
    ] {
      #expect(error(Data(header.utf8), "netpbm")?.kind == .badData, "\(header)")
    }
  }

  /// The beginnings of files in Latin-1, so that each character is a byte.
  private static let unread: [String: String] = [
    "a JPEG 2000 image": "\0\0\0\u{c}jP  \r\n\u{87}\n", "an AVIF image": "\0\0\0\u{1c}ftypavif",
    "a HEIC image": "\0\0\0\u{18}ftypheic", "a Photoshop document": "8BPS\0\u{1}",
    "an icon": "\0\0\u{1}\0\u{1}\0",
    "a TGA image": "\0\0\u{2}\0\0\0\0\0TRUEVISION-XFILE.\0", "a QOI image": "qoif\0\0\0\u{1}",
    "a PPM image of plain text": "P3 1 1 255 1 2 3", "an SVG drawing": "<svg/>",
    "a JPEG XL image": "\u{ff}\n\0\0",
    "a big-endian BigTIFF": "MM\0+\0\u{8}",
  ]

  @Test(arguments: unread.keys.sorted())
  func otherFormatsAreNamedByTheirContent(name: String) throws {
    let bytes = try #require(Self.unread[name]?.data(using: .isoLatin1))
    let error = error(bytes, "photo.jpg")
    #expect(error == .unsupported(name: "photo.jpg", reason: "it is \(name)"))
    #expect(error?.description.contains("convert it") == true)
  }

  @Test func noSuffixIsBothReadAndUnread() {
    #expect(Set(ImageDecoder.suffixes).count == ImageDecoder.suffixes.count)
    for suffix in ImageDecoder.suffixes {
      #expect(!ImageDecoder.isUnreadImageFile("a." + suffix), "\(suffix)")
    }
    for suffix in ["heic", "avif", "jp2", "jxl", "psd", "tga", "ico", "dng", "CR2", "svg"] {
      #expect(ImageDecoder.isUnreadImageFile("a." + suffix), "\(suffix)")
    }
    #expect(
      ImageError.unrecognized(name: "a").description.contains("JPEG, PNG, WebP, GIF, BMP, TIFF or Netpbm"))
  }
}
