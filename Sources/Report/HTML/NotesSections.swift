/// How to read the report, how the methods were trained, and where the numbers come from.
struct NotesSections {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

  func html() -> String {
    [definitions(), training(), paragraph(), provenance()].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func definitions() -> String {
    let target = document.targetName.map { ", \($0)" } ?? ""
    let own = document.datasets.first { $0.role == .target }
    let isTest = own?.marks.isEmpty ?? true
    let looksAtTarget = own?.isSelectionSet ?? false
    let seeds = document.methods.contains { $0.seeds.count > 1 }
    let terms = [
      (
        "Target",
        (own?.isTrainedFor == false
          ? "What was named as the target\(target), although the methods were trained for another distribution"
          : "The distribution that was trained for\(target)")
          + (isTest
            ? ": test images that no method was trained or selected on."
            : ". Not all of its images are new to the methods, or not all are there: see the top of this page.")
      ),
      (
        "Shift",
        "A dataset with the same classes whose images come from elsewhere: another draw, another rendition, "
          + "harder cases."
          + (document.datasets.contains { $0.role == .shift && !$0.marks.isEmpty }
            ? "" : " No method was trained or selected on it.")
      ),
      (
        "Shift average",
        "The plain mean of the accuracies on all shifts, each counting the same whatever its size."
      ),
      ("Zero-shot", "The pre-trained model with a classifier built from class names alone."),
      (
        "α",
        "The weight of the fine-tuned end: θ(α) = (1 − α)·θ(zero-shot) + α·θ(fine-tuned), classifier "
          + "included. 0 is zero-shot, 1 is fine-tuned. Modules that a method inserts are scaled by α."
      ),
      (
        "Selected α",
        looksAtTarget
          ? "Chosen on the very images that stand for the target here: accuracy on the target at the selected α is "
            + "optimistic. No shift was looked at."
          : "Chosen on validation images of the target only, without looking at any test image or any shift."
      ),
      (
        "Oracle",
        "The α of the best average over the shifts’ test images. It shows what is possible, not what can be had."
      ),
      (
        "95% interval",
        "A range found in such a way that, over repeated draws of as many images, it holds the true accuracy "
          + "95% of the time. That of the shift average takes the shifts as independent. Methods are scored "
          + "on the same images, so two intervals may overlap although one method is reliably better. Findings state a "
          + "difference only where intervals do not overlap"
          + (document.paired?.isEmpty ?? true
            ? "."
            : ", or, where the difference itself was measured on the same images, its interval excludes zero.")
          + (seeds
            ? " Of several seeds, it holds both the chance of the images and, by Student’s t, that of the seeds."
            : "")
      ),
      ("Tuned", "Trained parameters of the image tower, or added to it, without the head."),
      (
        "Head",
        "The classifier, a vector of weights and a bias for each class, with the visual projection before it. Every method "
          + "trains it as well, and linear nothing else."
      ),
    ]
    return HTMLPage.definitions("How to read this", terms)
  }

  private func training() -> String {
    let facts = document.methods.map(\.training)
    let columns: [(String, (TrainingFacts) -> String?)] = [
      ("Epochs", { $0.epochs.map { NumberText.trimmed($0, decimals: 2) } }),
      ("Steps", { $0.steps.map { NumberText.grouped($0) } }),
      ("Time", { $0.seconds.map { NumberText.duration(seconds: $0) } }),
      ("Images/s", { $0.imagesPerSecond.map { NumberText.fixed($0, decimals: 1) } }),
      ("Memory (MB)", { $0.peakMegabytes.map { NumberText.fixed($0, decimals: 0) } }),
    ]
    let known = columns.filter { column in facts.contains { column.1($0) != nil } }
    guard !known.isEmpty else { return "" }
    let rows = document.methods.map { method in
      let cells =
        [NumberText.grouped(method.tunedParameters), NumberText.grouped(method.headParameters)]
        + known.map { $0.1(method.training) ?? NumberText.missing }
      return "<tr><th scope=\"row\">\(escapedMarkup(method.name))</th>"
        + cells.map { "<td>\(escapedMarkup($0))</td>" }.joined() + "</tr>"
    }
    let heads = (["Tuned", "Head"] + known.map(\.0)).map { "<th scope=\"col\">\($0)</th>" }
    return """
      <details><summary>Training cost</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of training costs">
      <table class="points"><thead><tr><th scope="col">Method</th>\(heads.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      </div>
      </details>
      """
  }

  /// What a paper says of all this.
  private func paragraph() -> String {
    guard let text = MethodsParagraph(document)?.text else { return "" }
    return """
      <details><summary>Paragraph for a paper</summary>
      <p class="paragraph">\(escapedMarkup(text))</p>
      </details>
      """
  }

  private func provenance() -> String {
    guard !document.provenance.isEmpty else { return "" }
    var groups: [String] = []
    for entry in document.provenance where !groups.contains(entry.group ?? "") {
      groups.append(entry.group ?? "")
    }
    let tables = groups.map { group in
      let rows = document.provenance.filter { ($0.group ?? "") == group }.map {
        "<tr><th scope=\"row\">\(escapedMarkup($0.key))</th><td>\(escapedMarkup($0.value))</td></tr>"
      }
      let heading = group.isEmpty ? "" : "<h3>\(escapedMarkup(group))</h3>\n"
      return
        "\(heading)<table class=\"provenance\"><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>"
    }
    return """
      <details><summary>Configuration and provenance</summary>
      \(tables.joined(separator: "\n"))
      </details>
      """
  }
}
