import Foundation

/// Renders a report as one HTML file that loads nothing, works without scripts and prints well.
public enum HTMLReport {
  /// The page of `document`; the same document always gives the same bytes.
  public static func render(_ document: ReportDocument) -> String {
    let title = escapedMarkup(document.title)
    let main = document.mainFigures
    let sections = [
      cautions(document), findings(document), FigureSections(figures: main, first: 1).html(),
      TableSections(document).html(),
      FigureSections(figures: document.furtherFigures, first: main.count + 1).html(),
      RepairedSection(document).html(), SampleSection(document).html(), NotesSections(document).html(),
    ]
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
      style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(PageStyle.css)</style>
      </head>
      <body>
      \(themeChoice)
      <header>
      <h1>\(title)</h1>
      \(document.subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(escapedMarkup(document.subtitle))</p>")
      <p class="facts">\(facts(document))</p>
      </header>
      <main>
      \(sections.filter { !$0.isEmpty }.joined(separator: "\n"))
      </main>
      <script>
      \(PageScript.javaScript)</script>
      </body>
      </html>

      """
  }

  /// Plain style sheet controls, so that the choice works without scripts, too.
  private static let themeChoice = """
    <fieldset class="theme">
    <legend>Theme</legend>
    <label><input type="radio" name="theme" id="theme-auto" checked><span>Auto</span></label>
    <label><input type="radio" name="theme" id="theme-light"><span>Light</span></label>
    <label><input type="radio" name="theme" id="theme-dark"><span>Dark</span></label>
    </fieldset>
    """

  private static func facts(_ document: ReportDocument) -> String {
    var parts: [String] = []
    if let generated = document.generated, let date = dateText(generated) { parts.append(date) }
    parts.append(counted(document.methods.count, "method"))
    let shifts = document.shiftNames.count
    if let target = document.targetName { parts.append("target \(escapedMarkup(target))") }
    if shifts > 0 { parts.append(counted(shifts, "shift")) }
    return parts.map { "<span>\($0)</span>" }.joined(separator: " ")
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The date and time in UTC, or nil for a date no calendar can hold.
  private static func dateText(_ date: Date) -> String? {
    guard date.timeIntervalSince1970.magnitude < 2e11, let utc = TimeZone(secondsFromGMT: 0) else {
      return nil
    }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = utc
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    guard let year = parts.year, let month = parts.month, let day = parts.day, let hour = parts.hour,
      let minute = parts.minute
    else { return nil }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let day8601 = "\(year)-\(two(month))-\(two(day))"
    let clock = "\(two(hour)):\(two(minute))"
    return "<time datetime=\"\(day8601)T\(clock)Z\">\(day8601) \(clock) UTC</time>"
  }

  /// What makes numbers of this report other than those of new images, before any of them.
  private static func cautions(_ document: ReportDocument) -> String {
    let all = document.marks() + document.cautions
    guard !all.isEmpty else { return "" }
    let items = all.map { "<li>\(escapedMarkup($0))</li>" }
    return
      "<section class=\"cautions\"><h2>Before you read</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul></section>"
  }

  private static func findings(_ document: ReportDocument) -> String {
    let findings = document.findings
    guard !findings.isEmpty else {
      return """
        <section class="findings"><h2>Findings</h2>
        <p>There is nothing to compare yet: findings need zero-shot scores, and a method scored at α = 1 \
        on the target and on every shift.</p></section>
        """
    }
    let items = findings.map { finding in
      "<li><p class=\"lead\">\(escapedMarkup(finding.lead))</p>"
        + (finding.detail.isEmpty ? "" : "<p>\(escapedMarkup(finding.detail))</p>") + "</li>"
    }
    return
      "<section class=\"findings\"><h2>Findings</h2>\n<ol>\n\(items.joined(separator: "\n"))\n</ol></section>"
  }
}
