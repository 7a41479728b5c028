import CImageCodecs
import Foundation

/// JPEG, PNG and WebP to RGB, with exactly the pixels of Pillow's `Image.open(…).convert("RGB")`.
///
/// EXIF orientation and colour profiles are ignored, transparency is dropped. What Pillow
/// refuses is an error (data that end early; broken data, where the format allows to tell), and so is an image
/// of more than 178,956,970 pixels (a decompression bomb to Pillow). Animated WebP is refused by name.
public enum ImageDecoder {
  static let limits = ic_limits(pixels: 178_956_970, side: UInt32(PixelImage.largestSide))

  /// Suffixes of the files that are taken for images, in lower case.
  public static let suffixes = ["jpg", "jpeg", "png", "webp"]

  /// The same suffixes in words.
  public static var suffixList: String {
    suffixes.dropLast().map { "." + $0 }.joined(separator: ", ") + " or .\(suffixes.last ?? "")"
  }

  /// Whether the name ends like that of an image file: jpg, jpeg, png or webp, in any case.
  public static func isImageFile(_ name: String) -> Bool { suffixes.contains(suffix(of: name)) }

  /// Whether the name ends like that of an image of a kind that is not read.
  public static func isUnreadImageFile(_ name: String) -> Bool { unreadSuffixes.contains(suffix(of: name)) }

  /// What follows the last dot, in lower case; nothing where there is no dot.
  public static func suffix(of name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// Suffixes of pictures and photographs that other programs read.
  private static let unreadSuffixes: Set<String> = [
    "jpe", "jfif", "jfi", "jif", "ppm", "pgm", "pbm", "pnm", "bmp", "dib", "tif", "tiff", "gif", "heic",
    "heif", "hif", "avif", "avifs", "jxl", "jp2", "j2k", "j2c", "jpc", "jpf", "jpx", "jpg2000", "apng", "mpo",
    "svg", "tga", "ico", "exr", "hdr", "qoi", "dds", "pcx", "psd", "dng", "cr2", "cr3", "nef", "arw", "raf",
    "orf", "rw2", "pef", "srw", "nrw", "crw", "jxr", "wdp", "bpg", "jng", "xbm", "xpm", "cur", "heics",
  ]

  /// Decodes a file, told apart by content, not by name.
  public static func decode(contentsOf url: URL) throws(ImageError) -> PixelImage {
    try decode(read(url), name: url.path)
  }

  /// Decodes an image in memory; `name` is used in errors.
  public static func decode(_ bytes: Data, name: String) throws(ImageError) -> PixelImage {
    try bytes.withUnsafeBytes { decode($0, name: name) }.get()
  }

  static func read(_ url: URL) throws(ImageError) -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      guard FileManager.default.fileExists(atPath: url.path) else { throw .notFound(name: url.path) }
      throw .unreadable(name: url.path, reason: error.localizedDescription)
    }
  }

  private static func decode(_ bytes: UnsafeRawBufferPointer, name: String) -> Result<PixelImage, ImageError>
  {
    var error = ic_error()
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let reader = ic_reader_open(start, bytes.count, limits, &error) else {
      return .failure(ImageError(error, name: name))
    }
    defer { ic_reader_close(reader) }
    let width = Int(ic_reader_width(reader))
    let height = Int(ic_reader_height(reader))
    var complete = false
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { out, count in
      guard let rgb = out.baseAddress else { return }
      complete = ic_reader_read(reader, rgb, &error)
      count = complete ? width * height * 3 : 0
    }
    guard complete else { return .failure(ImageError(error, name: name)) }
    return .success(PixelImage(width: width, height: height, pixels: pixels))
  }
}
