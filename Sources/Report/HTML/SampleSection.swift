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
    let image = ImageMarkup.image(sample.png, label: sample.label)
    let predictions = sample.predictions.map(ImageMarkup.prediction)
    let list = predictions.isEmpty ? "" : "<ul class=\"predictions\">\(predictions.joined())</ul>"
    return "<li>\(image)<div class=\"label\">\(label)</div>\(list)</li>"
  }
}
