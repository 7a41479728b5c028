import Foundation

/// Renders a report as one HTML file that loads nothing, works without scripts and prints well.
public enum HTMLReport {
  /// The page of `document`; the same document always gives the same bytes.
  public static func render(_ document: ReportDocument) -> String {
    let main = document.mainFigures
    let sections = [
      cautions(document), findings(document), FigureSections(figures: main, first: 1).html(),
      TableSections(document).html(),
      FigureSections(figures: document.furtherFigures, first: main.count + 1).html(),
      RepairedSection(document).html(), SampleSection(document).html(), NotesSections(document).html(),
    ]
    return HTMLPage.render(
      title: document.title, subtitle: document.subtitle, facts: facts(document), sections: sections)
  }

  private static func facts(_ document: ReportDocument) -> [String] {
    var parts: [String] = []
    if let generated = document.generated, let date = dateText(generated) { parts.append(date) }
    parts.append(counted(document.methods.count, "method"))
    let shifts = document.shiftNames.count
    if let target = document.targetName { parts.append("target \(escapedMarkup(target))") }
    if shifts > 0 { parts.append(counted(shifts, "shift")) }
    return parts
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
    HTMLPage.cautions(document.marks() + document.cautions)
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
