/// Images that fine-tuning broke and the selected alpha repaired.
struct RepairedSection {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  func html() -> String {
    let shown = (document.repaired ?? []).filter { !$0.images.isEmpty }
    guard !shown.isEmpty else { return "" }
    return """
      <section>
      <h2>Broken by fine-tuning, repaired by interpolation</h2>
      \(shown.map(strip).joined(separator: "\n"))
      <p class="note">Images that zero-shot has right, the fine-tuned model wrong, and the model at the selected α right \
      again. They were picked for that; others go the other way.\(escapedMarkup(document.leftOut(besides: shown.map(\.dataset))))</p>
      </section>
      """
  }

  private func strip(_ set: RepairedImages) -> String {
    let images = set.images.map { image in
      let predictions = [
        named(image.zeroShot, "α = 0"), named(image.selected, "α = \(NumberText.alpha(set.alpha))"),
        named(image.fineTuned, "α = 1"),
      ].map(ImageMarkup.prediction)
      return """
        <li>\(ImageMarkup.image(image.png, label: image.label))<div class="label">\(escapedMarkup(image.label))</div>\
        <ul class="predictions">\(predictions.joined())</ul></li>
        """
    }
    return """
      <div class="domain">
      <div><h3>\(escapedMarkup(set.method)) on \(escapedMarkup(set.dataset))</h3>
      <p class="facts"><span>selected α = \(NumberText.alpha(set.alpha))</span> \
      <span>\(NumberText.grouped(set.count)) such images</span></p></div>
      <ul>\(images.joined(separator: "\n"))</ul>
      </div>
      """
  }

  private func named(_ prediction: SamplePrediction, _ name: String) -> SamplePrediction {
    var prediction = prediction
    prediction.method = name
    return prediction
  }
}
