import Foundation
import ImageCodec

/// Images, decoded and made ready for a model.
enum ImageReaders {
  private static let preprocessing = Preprocessing.clip(size: 32)

  static func all() throws -> [FuzzReader] {
    let fixtures = "Tests/ImageCodecTests/Fixtures"
    func seeds(_ suffix: String, _ format: String) throws -> [FuzzFiles] {
      let plain = try Repository.names(in: fixtures + "/files").filter { $0.hasSuffix(suffix) }
      let variants = try Repository.names(in: fixtures + "/formats").filter { $0.hasPrefix(format + "-") }
      return try (plain.map { "files/" + $0 } + variants.map { "formats/" + $0 }).map {
        try Repository.file("\(fixtures)/\($0)")
      }
      // Some show what is refused.
      .filter { (try? ImageDecoder.decode($0, name: "seed")) != nil }.map { ["image": $0] }
    }
    return [
      FuzzReader(
        name: "jpeg", seeds: try seeds(".jpg", "jpeg"), targets: ["image"],
        words: [
          "\u{ff}\u{d8}", "\u{ff}\u{d9}", "\u{ff}\u{da}", "\u{ff}\u{c0}", "Adobe", "JFIF", "Exif",
          "ICC_PROFILE",
        ]
      ) { try read($0) },
      FuzzReader(
        name: "png", seeds: try seeds(".png", "png"), targets: ["image"],
        words: ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "gAMA", "iCCP", "zTXt", "eXIf", "fdAT", "acTL"],
        damage: { Damage.png(&$0, $1, &$2) },
        read: { try read($0) }),
      FuzzReader(
        name: "webp", seeds: try seeds(".webp", "webp"), targets: ["image"],
        words: ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP", "EXIF", "XMP "]
      ) { try read($0) },
      FuzzReader(
        name: "gif", seeds: try seeds(".gif", "gif"), targets: ["image"],
        words: ["GIF87a", "GIF89a", "!\u{f9}\u{4}", "!\u{ff}\u{b}", "!\u{fe}", ",", ";", "\u{0}"]
      ) { try read($0) },
      FuzzReader(
        name: "bmp", seeds: try seeds(".bmp", "bmp"), targets: ["image"],
        words: ["BM", "\u{28}\u{0}\u{0}\u{0}", "\u{0}\u{1}", "\u{0}\u{2}", "\u{0}\u{0}", "\u{ff}\u{ff}"]
      ) { try read($0) },
      FuzzReader(
        name: "tiff", seeds: try seeds(".tif", "tiff"), targets: ["image"],
        words: [
          "II*\u{0}", "MM\u{0}*", "\u{6}\u{1}\u{3}\u{0}", "\u{3}\u{1}\u{3}\u{0}", "\u{2}\u{1}\u{3}\u{0}",
          "\u{15}\u{1}\u{3}\u{0}", "\u{3d}\u{1}", "\u{42}\u{1}", "\u{12}\u{2}", "\u{5b}\u{1}",
        ]
      ) { try read($0) },
      FuzzReader(
        name: "netpbm", seeds: try seeds(".ppm", "netpbm"), targets: ["image"],
        words: ["P4", "P5", "P6", "\n", " ", "#", "65535", "255", "0", "-1"]
      ) { try read($0) },
    ]
  }

  private static func read(_ folder: URL) throws {
    _ = preprocessing.pixels(of: try ImageDecoder.decode(contentsOf: folder.appendingPathComponent("image")))
  }
}
