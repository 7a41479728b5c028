import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite struct HostileImageTests {
  private func error(_ bytes: Data, _ name: String = "file.jpg") -> ImageError? {
    do {
      _ = try ImageDecoder.decode(bytes, name: name)
      return nil
    } catch {
      return error
    }
  }

  @Test func aTruncatedFileIsAnErrorThatNamesIt() throws {
    for (name, bytes) in try imageFiles() {
      // A PNG's pixels are complete with its last data chunk, and all that can be missing then is the end
      // chunk.
      let needed = name.hasSuffix(".png") ? bytes.count - 12 : bytes.count
      for length in stride(from: 0, to: needed, by: name.hasSuffix(".png") ? 1 : 3) {
        guard let error = error(bytes.prefix(length), name) else {
          Issue.record("\(name) decodes with \(length) of \(bytes.count) bytes")
          continue
        }
        #expect(error.kind == .badData)
        #expect(error.description.hasPrefix("\(name): "))
      }
    }
  }

  @Test func aPNGWithoutItsEndChunkHasAllItsPixels() throws {
    for (name, bytes) in try imageFiles() where name.hasSuffix(".png") {
      #expect(
        try ImageDecoder.decode(bytes.dropLast(12), name: name) == ImageDecoder.decode(bytes, name: name))
    }
  }

  @Test func garbageNeverCrashes() throws {
    let files = try imageFiles()
    var random = SeededRandom(1)
    for _ in 0..<4000 {
      var bytes = [UInt8](files[random.int(below: files.count)].bytes)
      switch random.int(below: 4) {
      case 0: bytes.removeSubrange(random.int(below: bytes.count)...)
      case 1: bytes.remove(at: random.int(below: bytes.count))
      default: break
      }
      for _ in 0..<random.int(below: 8) where !bytes.isEmpty {
        bytes[random.int(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      if let error = error(Data(bytes)) { #expect(error.kind == .badData) }
    }
  }

  @Test func aDamagedPNGIsAnError() throws {
    let bytes = try #require(try imageFiles().first { $0.name == "rgb8.png" }).bytes
    for offset in 8..<bytes.count - 12 {
      var damaged = bytes
      damaged[offset] ^= 1
      #expect(error(damaged) != nil, "byte \(offset)")
    }
  }

  @Test func textIsNoImage() {
    let error = error(Data("not an image at all".utf8), "photos/cat.jpg")
    #expect(error == .unrecognized(name: "photos/cat.jpg"))
    #expect(error?.description.contains("photos/cat.jpg") == true)
  }

  @Test(arguments: [0, 1, 2, 3, 8]) func aFewBytesAreNoImage(count: Int) {
    #expect(error(Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46].prefix(count)))?.kind == .badData)
    #expect(error(Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A].prefix(count)))?.kind == .badData)
    #expect(error(Data("RIFF".utf8) + Data(count: count) + Data("WEBP".utf8))?.kind == .badData)
  }

  /// A JPEG header that claims a size; nothing else of the file matters.
  private func jpegClaiming(_ width: Int, _ height: Int, in file: Data) throws -> Data {
    var bytes = file
    let frame = try #require(bytes.range(of: Data([0xFF, 0xC0, 0, 17]))).lowerBound
    bytes[frame + 5] = UInt8(height >> 8)
    bytes[frame + 6] = UInt8(height & 255)
    bytes[frame + 7] = UInt8(width >> 8)
    bytes[frame + 8] = UInt8(width & 255)
    return bytes
  }

  @Test func aDecompressionBombIsRefusedBeforeItIsDecoded() throws {
    let jpeg = try #require(try imageFiles().first { $0.name == "pattern-q75-420.jpg" }).bytes
    guard case .tooLarge = error(try jpegClaiming(65500, 65500, in: jpeg)) else {
      Issue.record("a JPEG of 4 gigapixels is not refused")
      return
    }
    guard case .tooLarge = error(pngHeader(width: 60000, height: 60000)) else {
      Issue.record("a PNG of 3.6 gigapixels is not refused")
      return
    }
    #expect(error(pngHeader(width: 2_000_000, height: 1))?.kind == .badData)
    #expect(error(pngHeader(width: 0, height: 5))?.kind == .badData)
  }

  private func pngHeader(width: UInt32, height: UInt32) -> Data {
    var header = Data("IHDR".utf8)
    for value in [width, height] {
      header.append(contentsOf: withUnsafeBytes(of: value.bigEndian, Array.init))
    }
    header.append(contentsOf: [8, 2, 0, 0, 0])
    var checksum: UInt32 = .max
    for byte in header {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    let empty: [UInt8] = [0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E]
    return Data(signature) + header + withUnsafeBytes(of: (~checksum).bigEndian, Array.init) + Data(empty)
  }

  @Test func aWebPBombIsRefusedBeforeItIsDecoded() throws {
    for name in ["lossless.webp", "lossy-alpha.webp"] {
      var bytes = try #require(try imageFiles().first { $0.name == name }).bytes
      if name == "lossless.webp" {
        // 14 bits each for the width and the height, less one, after the chunk's header and the signature.
        bytes.replaceSubrange(21..<24, with: [0xFF, 0xFF, 0xFF])
      } else {
        // 24 bits each for the canvas, less one.
        bytes.replaceSubrange(24..<30, with: [0xFF, 0x3F, 0, 0xFF, 0x3F, 0])
      }
      guard let error = error(bytes, name) else {
        Issue.record("\(name) of a quarter of a gigapixel is not refused")
        continue
      }
      #expect(error.kind == .badData)
    }
    guard case .tooLarge = error(losslessWebPHeader(width: 16384, height: 16384)) else {
      Issue.record("a WebP of 268 megapixels is not refused")
      return
    }
  }

  /// The beginning of a lossless WebP file, with no pixels.
  private func losslessWebPHeader(width: UInt32, height: UInt32) -> Data {
    let size = (width - 1) | (height - 1) << 14
    let chunk =
      Data("VP8L".utf8) + Data([16, 0, 0, 0, 0x2F]) + withUnsafeBytes(of: size.littleEndian, Array.init)
    return Data("RIFF".utf8) + Data([28, 0, 0, 0]) + Data("WEBP".utf8) + chunk + Data(count: 11)
  }

  @Test func aMissingFileIsToldFromAnUnreadableOne() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("missing.png")
    #expect(throws: ImageError.notFound(name: missing.path)) { try ImageDecoder.decode(contentsOf: missing) }
    do {
      _ = try ImageDecoder.decode(contentsOf: folder.url)
      Issue.record("a folder decodes")
    } catch {
      #expect(error.kind == .ioFailure)
      #expect(error.description.contains(folder.url.path))
    }
  }
}
