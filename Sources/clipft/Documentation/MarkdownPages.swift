import Experiments

/// The reference of commands as Markdown, for `docs/`.
enum MarkdownPages {
  /// Texts by the paths of their files: a page a command, exit codes and settings, and below `parts` what stands within other
  /// pages.
  static func files(of program: CommandTable.Command) -> [String: String] {
    let pages = CommandPage.all(below: program)
    var files = [
      "parts/commands.md": list(of: pages), "parts/recipes.md": recipes, "exit-codes.md": exitCodes,
      "settings.md": settings,
    ]
    for page in pages { files["commands/\(page.fileName).md"] = text(of: page) }
    return files
  }

  private static let origin = "Made of the program's own table of commands by `make docs`."

  private static func list(of pages: [CommandPage]) -> String {
    let rows = pages.map { ["[`\($0.title)`](commands/\($0.fileName).md)", escaped($0.abstract)] }
    return document([table(["command", "does"], rows)])
  }

  private static var recipes: String {
    let rows = Recipe.all.map { ["`\($0.name)`", escaped($0.summary), escaped($0.source)] }
    return document([table(["recipe", "is", "source"], rows)])
  }

  private static func text(of page: CommandPage) -> String {
    var blocks = ["# \(page.title)", escaped(page.abstract), fenced(["\(page.title) \(page.synopsis)"])]
    for part in page.discussion {
      switch part {
      case .paragraph(let text): blocks.append(escaped(text))
      case .example(let lines): blocks.append(fenced(lines, "sh"))
      case .list(let entries):
        blocks.append(entries.map { "- `\($0.name)`: \(escaped($0.meaning))" }.joined(separator: "\n"))
      case .lines(let lines): blocks.append(fenced(lines))
      }
    }
    if !page.subcommands.isEmpty {
      let rows = page.subcommands.map {
        [
          "[`\($0.path.joined(separator: " "))`](\($0.path.joined(separator: "-")).md)",
          escaped($0.abstract) + ($0.isDefault ? " The default." : ""),
        ]
      }
      blocks += ["## Commands", table(["command", "does"], rows)]
    }
    for section in page.sections {
      blocks.append("## \(escaped(section.title))")
      blocks.append(
        table(
          ["", "says"],
          section.entries.map { ["`\($0.spelling)`", escaped($0.text)] }))
    }
    let above = page.path.count > 1 ? ["[\(page.path[0])](\(page.path[0]).md)"] : []
    let links =
      above + ["[exit codes](../exit-codes.md)", "[settings](../settings.md)", "[all pages](../README.md)"]
    return document(blocks + ["---", "See also: \(links.joined(separator: ", ")). \(origin)"])
  }

  private static var exitCodes: String {
    document(
      [
        "# Exit codes",
        table(["code", "means"], ProgramFacts.exitCodes.map { ["\($0.name)", escaped($0.meaning)] }),
      ]
        + ProgramFacts.exitNotes.map(escaped) + [origin])
  }

  private static var settings: String {
    func rows(_ rows: [ProgramFacts.Row]) -> [[String]] {
      rows.map { row in
        [row.name.split(separator: ", ").map { "`\($0)`" }.joined(separator: ", "), escaped(row.meaning)]
      }
    }
    return document([
      "# Settings", escaped(ProgramFacts.settingsNote), "## Environment",
      table(["variable", "says"], rows(ProgramFacts.variables)), "## clipft.yaml",
      table(["key", "value"], rows(ProgramFacts.settings)), fenced(ProgramFacts.settingsExample, "yaml"),
      origin,
    ])
  }

  private static func document(_ blocks: [String]) -> String { blocks.joined(separator: "\n\n") + "\n" }

  private static func fenced(_ lines: [String], _ language: String = "") -> String {
    (["```\(language)"] + lines + ["```"]).joined(separator: "\n")
  }

  /// A bar would end a cell, within code as well.
  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    let head = [titles, titles.map { _ in "---" }]
    let rows = rows.map { $0.map { $0.replacing("|", with: "\\|") } }
    return (head + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  /// Plain text, in which what is between backquotes is code.
  private static func escaped(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { place, piece in
      guard place.isMultiple(of: 2) else { return "`\(piece)`" }
      return ["*", "_", "[", "]", "<"].reduce(String(piece)) { $0.replacing($1, with: "\\\($1)") }
    }.joined()
  }
}
