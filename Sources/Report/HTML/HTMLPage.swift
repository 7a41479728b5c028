/// The frame of a page: one file that loads nothing, in the light or dark that the reader has or chooses.
enum HTMLPage {
  /// The page of `sections`, which are markup as `facts` are; all else is text.
  static func render(title: String, subtitle: String, facts: [String], sections: [String]) -> String {
    let title = escapedMarkup(title)
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
      \(subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(escapedMarkup(subtitle))</p>")
      <p class="facts">\(facts.map { "<span>\($0)</span>" }.joined(separator: " "))</p>
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

  /// What a reader must know before any number; nothing where that is nothing.
  static func cautions(_ all: [String]) -> String {
    guard !all.isEmpty else { return "" }
    let items = all.map { "<li>\(escapedMarkup($0))</li>" }
    return
      "<section class=\"cautions\"><h2>Before you read</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul></section>"
  }

  /// Words and what they mean.
  static func definitions(_ heading: String, _ terms: [(String, String)]) -> String {
    let items = terms.map { "<dt>\(escapedMarkup($0.0))</dt><dd>\(escapedMarkup($0.1))</dd>" }
    return """
      <section>
      <h2>\(escapedMarkup(heading))</h2>
      <dl>
      \(items.joined(separator: "\n"))
      </dl>
      </section>
      """
  }
}
