import CImageCodecs
import Foundation

/// RGB to PNG and JPEG.
public enum ImageEncoder {
  /// A PNG file: 8-bit RGB, nothing lost.
  public static func png(_ image: PixelImage) throws(ImageError) -> Data {
    try encoded { bytes, count, error in
      ic_encode_png(image.pixels, UInt32(image.width), UInt32(image.height), &bytes, &count, &error)
    }
  }

  /// A JPEG file with 4:2:0 chroma subsampling; `quality` is 1...100, as libjpeg and Pillow scale it.
  public static func jpeg(_ image: PixelImage, quality: Int) throws(ImageError) -> Data {
    guard (1...100).contains(quality) else {
      throw .cannotEncode(reason: "JPEG quality is 1 to 100, not \(quality)")
    }
    return try encoded { bytes, count, error in
      ic_encode_jpeg(
        image.pixels, UInt32(image.width), UInt32(image.height), Int32(quality), &bytes, &count, &error)
    }
  }

  private static func encoded(
    by encode: (inout UnsafeMutablePointer<UInt8>?, inout Int, inout ic_error) -> Bool
  ) throws(ImageError) -> Data {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var error = ic_error()
    guard encode(&bytes, &count, &error), let bytes else {
      let reason = ImageError(error, name: "image").description
      throw .cannotEncode(reason: reason)
    }
    defer { ic_free(bytes) }
    return Data(bytes: bytes, count: count)
  }
}
