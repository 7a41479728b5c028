import CImageCodecs
import Foundation

/// Image files to RGB, with exactly the pixels of Pillow's `Image.open(…).convert("RGB")`.
///
/// EXIF orientation and colour profiles are ignored, but for the orientation of a TIFF; transparency is dropped; of an
/// animation, the first frame is the image, of several pages the first. What Pillow refuses is an error (data that end
/// early; broken data, where the format allows to tell), and so is an image of more than 178,956,970 pixels (a
/// decompression bomb to Pillow).
public enum ImageDecoder {
  static let limits = ic_limits(pixels: 178_956_970, side: UInt32(PixelImage.largestSide))

  private struct Format {
    let name: String
    let suffixes: [String]

    init(_ format: ic_format) {
      name = String(cString: format.name)
      suffixes = String(cString: format.suffixes).split(separator: " ").map(String.init)
    }
  }

  private static let formats = (0..<ic_format_count()).map { Format(ic_format_at($0)) }

  /// Suffixes of the files that are taken for images, in lower case.
  public static let suffixes = formats.flatMap(\.suffixes)

  /// The same suffixes in words.
  public static var suffixList: String { alternatives(suffixes.map { "." + $0 }) }

  /// The formats that are read, in words.
  public static var formatList: String { alternatives(formats.map(\.name)) }

  /// Whether the name ends like that of an image file, in any case.
  public static func isImageFile(_ name: String) -> Bool { suffixes.contains(suffix(of: name)) }

  /// Whether the name ends like that of an image of a kind that is not read.
  public static func isUnreadImageFile(_ name: String) -> Bool { unreadSuffixes.contains(suffix(of: name)) }

  /// What follows the last dot, in lower case; nothing where there is no dot.
  public static func suffix(of name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  private static let unreadSuffixes = Set(
    (0..<ic_unread_count()).flatMap { Format(ic_unread_at($0)).suffixes })

  private static func alternatives(_ words: [String]) -> String {
    words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
  }

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
