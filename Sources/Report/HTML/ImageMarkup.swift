import Foundation

/// Images of datasets, and what is seen in them.
enum ImageMarkup {
  /// An image of the page itself; what is no PNG or JPEG file says so.
  static func image(_ bytes: Data, label: String) -> String {
    mediaType(of: bytes).map {
      "<img src=\"data:\($0);base64,\(bytes.base64EncodedString())\" alt=\"\(escapedMarkup(label))\">"
    } ?? "<div class=\"unreadable\">not a PNG or JPEG file</div>"
  }

  /// A prediction with a sign of whether it is right, under who or what predicts.
  static func prediction(_ prediction: SamplePrediction) -> String {
    let mark =
      prediction.isCorrect
      ? "<span class=\"right\" role=\"img\" aria-label=\"right\">✓</span>"
      : "<span class=\"wrong\" role=\"img\" aria-label=\"wrong\">✗</span>"
    let method = prediction.method.map { "<span class=\"by\">\(escapedMarkup($0))</span> " } ?? ""
    let sure = prediction.confidence?.ifPlottable.map {
      " <span class=\"sure\">\(NumberText.percent($0, decimals: 0))%</span>"
    }
    let guess = "<span class=\"guess\">\(escapedMarkup(prediction.label))</span>"
    return "<li>\(mark)<span>\(method)\(guess)\(sure ?? "")</span></li>"
  }

  /// The type of an image file by its first bytes.
  private static func mediaType(of bytes: Data) -> String? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    return nil
  }
}
