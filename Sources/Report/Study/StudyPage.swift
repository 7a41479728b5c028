import Foundation

/// Renders what a study found as one HTML file that loads nothing, works without scripts and prints well.
public enum StudyPage {
  /// The page of `document`; the same document always gives the same bytes.
  public static func render(_ document: StudyDocument) -> String {
    let answers = document.answers
    var number = 1
    let questions = answers.questions.enumerated().map { place, question in
      let figures = document.figures(of: question.key)
      defer { number += figures.count }
      return section(question, place + 1, figures, first: number)
    }
    return HTMLPage.render(
      title: "What the study \(answers.study) found",
      subtitle: [answers.summary, answers.source.map { "Source: \($0)." } ?? ""].filter { !$0.isEmpty }
        .joined(separator: " "),
      facts: facts(answers),
      sections: [cautions(answers), overview(answers), guide(answers)] + questions
        + [means(answers), notes])
  }

  private static func facts(_ answers: StudyAnswers) -> [String] {
    var parts = ["\(NumberText.grouped(answers.done)) of \(NumberText.grouped(answers.runs)) runs"]
    if let most = answers.units.map(\.seeds).max() { parts.append("\(most) seed\(most == 1 ? "" : "s")") }
    return parts
  }

  private static func paragraph(_ text: String, _ kind: String = "") -> String {
    text.isEmpty ? "" : "<p\(kind.isEmpty ? "" : " class=\"\(kind)\"")>\(escapedMarkup(text))</p>"
  }

  // MARK: Sections

  private static let mostListed = 20

  private static func cautions(_ answers: StudyAnswers) -> String {
    var all = answers.cautions
    func listed(_ items: [String], _ lead: String) {
      guard !items.isEmpty else { return }
      let rest = items.count - mostListed
      all.append(
        "\(lead): \(items.prefix(mostListed).joined(separator: "; "))"
          + (rest > 0 ? "; and \(rest) more" : ""))
    }
    listed(
      answers.failed.map { "\($0.run) (\($0.reason))" },
      "\(NumberText.grouped(answers.failed.count)) of \(NumberText.grouped(answers.runs)) runs failed")
    listed(
      answers.missing,
      "\(NumberText.grouped(answers.missing.count)) of \(NumberText.grouped(answers.runs)) runs are not done")
    return HTMLPage.cautions(all)
  }

  private static func overview(_ answers: StudyAnswers) -> String {
    let items = answers.questions.flatMap { question in
      question.claims.map { claim in
        "<li><p class=\"lead\">\(escapedMarkup(claim.statement)): <span class=\"verdict\">"
          + "\(escapedMarkup(claim.verdict.rawValue))</span></p>\(paragraph(estimate(claim)))</li>"
      }
    }
    return items.isEmpty
      ? ""
      : "<section class=\"findings\"><h2>Answers</h2>\n<ol>\n\(items.joined(separator: "\n"))\n</ol></section>"
  }

  /// The number behind a verdict.
  private static func estimate(_ claim: StudyClaim) -> String {
    guard let estimate = claim.estimate, let interval = claim.ci95 else { return claim.detail }
    return "\(upperFirst(claim.quantity)): \(NumberText.points(estimate)) points, 95% interval "
      + "\(NumberText.points(interval.lower)) to \(NumberText.points(interval.upper))."
  }

  private static func upperFirst(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  private static func section(
    _ question: StudyQuestion, _ place: Int, _ figures: [ReportFigure], first: Int
  ) -> String {
    let claims = question.claims.map { claim in
      let number = claim.estimate == nil ? "" : estimate(claim)
      return "<li><h3>\(escapedMarkup(claim.statement)): <span class=\"verdict\">"
        + "\(escapedMarkup(claim.verdict.rawValue))</span></h3>\(paragraph(number))\(paragraph(claim.detail))"
        + "\(paragraph(claim.basis, "facts"))</li>"
    }
    return """
      <section class="question">
      <h2>\(place). \(escapedMarkup(question.title))</h2>
      \(paragraph(question.scope, "note"))
      <ul class="claims">
      \(claims.joined(separator: "\n"))
      </ul>
      \(FigureSections(figures: figures, first: first).html())
      </section>
      """
  }

  private static func guide(_ answers: StudyAnswers) -> String {
    guard !answers.guide.isEmpty else { return "" }
    let table = answers.guideTable
    let items = answers.guide.flatMap { advice -> [String] in
      let name = advice.setting.isEmpty ? "" : "<h3>\(escapedMarkup(advice.setting))</h3>"
      let words = [advice.target?.words, advice.shifts?.words].compactMap { $0 }
      return words.isEmpty ? [] : ["<li>\(name)\(words.map { paragraph($0) }.joined())</li>"]
    }
    return """
      <section>
      <h2>Which method to take</h2>
      <ul class="claims">
      \(items.joined(separator: "\n"))
      </ul>
      \(HTMLTable(table: table, kind: "methods", label: "Table of advice").html())
      <p class="note">\(escapedMarkup(table.caption))</p>
      </section>
      """
  }

  private static func means(_ answers: StudyAnswers) -> String {
    let table = answers.unitTable
    guard !table.rows.isEmpty else { return "" }
    return """
      <section>
      <h2>Means over seeds</h2>
      \(HTMLTable(table: table, kind: "methods", label: "Table of means", isSortable: true).html())
      <p class="note">\(escapedMarkup(table.caption))</p>
      </section>
      """
  }

  private static var notes: String {
    let terms = [
      (
        "Supported, contradicted",
        "The 95% interval of the estimate lies wholly on one side of what is claimed."
      ),
      (
        "Not resolved",
        "The interval holds both: these data do not tell. It does not say that there is no difference; more seeds or images may."
      ),
      ("Not asked", "The study has not the methods, sets or alphas that the claim speaks of."),
      (
        "Parameter-efficient",
        "Every method but full fine-tuning, which trains the whole tower, and linear probing, which trains the head alone. Their "
          + "mean weighs each method the same, whatever the number of its sizes."
      ),
      (
        "95% interval",
        "Of a difference on the same images: the chance of the images is that of the differences image by image, that of the seeds "
          + "is Student’s t over the differences seed by seed; their half-widths add in squares. With two seeds it is wide, and "
          + "rightly so. It speaks of these tasks and shifts, not of others."
      ),
      ("Points", "Percentage points of accuracy."),
    ]
    return HTMLPage.definitions("How to read this", terms)
  }
}
