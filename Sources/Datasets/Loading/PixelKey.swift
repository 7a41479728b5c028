import Checkpoint
import Foundation
import ImageCodec

/// Which of the images that are made from a source.
enum PixelForm: Sendable, Equatable {
  /// The decoded image.
  case whole
  /// What a model sees of it before normalisation.
  case seen(Preprocessing)

  var text: String {
    switch self {
    case .whole: "whole"
    case .seen(let how): "\(how.size) \(how.resizeMode.rawValue) \(how.interpolation.rawValue)"
    }
  }

  /// Whether such an image can be so large.
  func fits(width: Int, height: Int) -> Bool {
    switch self {
    case .whole: (1...PixelImage.largestSide).contains(width) && (1...PixelImage.largestSide).contains(height)
    case .seen(let how): width == how.size && height == how.size
    }
  }
}

/// The name of pixels in a store: a hash of everything that they depend on but the arithmetic.
struct PixelKey: Hashable, Sendable {
  let high, low: UInt64

  init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  init(_ source: ImageSource, _ form: PixelForm) {
    let digest = ContentHash.sha256(of: Data("\(form.text)\n\(source.text)".utf8))
    // Half of the digest; these are always hexadecimal digits.
    high = UInt64(digest.prefix(16), radix: 16) ?? 0
    low = UInt64(digest.dropFirst(16).prefix(16), radix: 16) ?? 0
  }
}

/// What tells one way of decoding and resizing from another.
enum PixelArithmetic {
  /// To be raised when this program's own decoding or resizing comes to give other pixels.
  static let version = 1

  /// The version, and a hash of the pixels that this machine makes of a JPEG and a WebP file: libraries round in
  /// their own ways, which their versions do not tell.
  static func fingerprint() throws(DatasetError) -> String {
    do throws(ImageError) {
      let pixels = (0..<61 * 47 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 97 + $0 * 5) }
      let jpeg = try ImageEncoder.jpeg(PixelImage(width: 61, height: 47, pixels: pixels), quality: 85)
      var all = Data()
      for file in [jpeg, webp] {
        let image = try ImageDecoder.decode(file, name: "sample")
        all += image.pixels
        for (mode, filter) in [
          (Preprocessing.ResizeMode.shortest, Preprocessing.Interpolation.bicubic), (.squash, .bilinear),
        ] {
          let how = Preprocessing(
            size: 16, resizeMode: mode, interpolation: filter, mean: [0, 0, 0], std: [1, 1, 1])
          all += how.pixels(of: image).pixels
        }
      }
      return "\(version)-\(ContentHash.sha256(of: all).prefix(16))"
    } catch {
      throw .badImage(error)
    }
  }

  /// 19 × 17 pixels, lossy.
  private static let webp =
    Data(
      base64Encoded: """
        UklGRhoBAABXRUJQVlA4IA4BAAAwBwCdASoTABEAPrVQoUwnJKMiKAqo4BaJbACdMzRCv4K4EaA9QGYS/rNlyXPX/sB8KpERBF4v\
        WS3VWFA0ZN/sWgAA/vbxb3vaFsEHsWgfRM3tVE1GRJ0jxzTA3edav458ZoqUCBxq8vRHCL9wD8pXj8pGPnRV8al6ZmM0ZS99EG7h\
        SK+QL5HhscQgrmRz9phMke0Svqvol2DvxRdVK2l70pl+WNsqGPohk3MdOVU/bIlPGBY1SpC8SiP34wl7dJ9+Q9wp6/8f1/NsYvvn\
        xgzl5758+h8SjEqE/Tpv7mlpH2hwuV6P/anwjZ74pXfKz5UP7PpdgRJ8qDYQo/xpKaXqH/GkrKFuRursfzsQAAA=
        """) ?? Data()
}
