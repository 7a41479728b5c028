import Foundation
import ImageCodec

/// Images, decoded and made ready for a model.
enum ImageReaders {
  private static let preprocessing = Preprocessing.clip(size: 32)

  static func all() throws -> [FuzzReader] {
    let folder = "Tests/ImageCodecTests/Fixtures/files"
    func seeds(_ suffix: String) throws -> [FuzzFiles] {
      try Repository.names(in: folder).filter { $0.hasSuffix(suffix) }.map {
        try Repository.file("\(folder)/\($0)")
      }
      // Some show what is refused.
      .filter { (try? ImageDecoder.decode($0, name: "seed")) != nil }.map { ["image": $0] }
    }
    return [
      FuzzReader(
        name: "jpeg", seeds: try seeds(".jpg"), targets: ["image"],
        words: [
          "\u{ff}\u{d8}", "\u{ff}\u{d9}", "\u{ff}\u{da}", "\u{ff}\u{c0}", "Adobe", "JFIF", "Exif",
          "ICC_PROFILE",
        ]
      ) { try read($0) },
      FuzzReader(
        name: "png", seeds: try seeds(".png"), targets: ["image"],
        words: ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "gAMA", "iCCP", "zTXt", "eXIf", "fdAT", "acTL"],
        damage: { Damage.png(&$0, $1, &$2) },
        read: { try read($0) }),
      FuzzReader(
        name: "webp", seeds: try seeds(".webp"), targets: ["image"],
        words: ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP", "EXIF", "XMP "]
      ) { try read($0) },
    ]
  }

  private static func read(_ folder: URL) throws {
    _ = preprocessing.pixels(of: try ImageDecoder.decode(contentsOf: folder.appendingPathComponent("image")))
  }
}
