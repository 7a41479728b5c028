import Foundation

/// Images of every dataset with what methods see in them.
struct SampleSection {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  func html() -> String {
    guard document.datasets.contains(where: { !$0.samples.isEmpty || !$0.description.isEmpty }) else {
      return ""
    }
    return """
      <section>
      <h2>What the datasets look like</h2>
      \(document.datasets.map(domain).joined(separator: "\n"))
      </section>
      """
  }

  private func domain(_ dataset: ReportDataset) -> String {
    let description = dataset.description.isEmpty ? "" : "<p>\(escapedMarkup(dataset.description))</p>"
    let images =
      dataset.samples.isEmpty ? "" : "<ul>\(dataset.samples.map(sample).joined(separator: "\n"))</ul>"
    return """
      <div class="domain">
      <div><h3>\(escapedMarkup(dataset.name))</h3>
      <p class="facts"><span>\(dataset.role.rawValue)</span> \
      <span>\(NumberText.grouped(dataset.n)) images</span>\(marks(dataset))</p>
      \(description)</div>
      \(images)
      </div>
      """
  }

  private func marks(_ dataset: ReportDataset) -> String {
    dataset.marks.map { " <span class=\"mark\">\(escapedMarkup($0))</span>" }.joined()
  }

  private func sample(_ sample: SampleImage) -> String {
    let label = escapedMarkup(sample.label)
    let image =
      Self.mediaType(of: sample.png).map {
        "<img src=\"data:\($0);base64,\(sample.png.base64EncodedString())\" alt=\"\(label)\">"
      } ?? "<div class=\"unreadable\">not a PNG or JPEG file</div>"
    let predictions = sample.predictions.map(prediction)
    let list = predictions.isEmpty ? "" : "<ul class=\"predictions\">\(predictions.joined())</ul>"
    return "<li>\(image)<div class=\"label\">\(label)</div>\(list)</li>"
  }

  private func prediction(_ prediction: SamplePrediction) -> String {
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
