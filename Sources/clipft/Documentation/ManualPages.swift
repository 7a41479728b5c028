import Foundation

/// The reference of commands as manual pages, for `man`: roff with the macros of `man(7)`.
enum ManualPages {
  /// Texts by the names of their files: `clipft.1`, and one for each command.
  static func files(of program: CommandTable.Command) -> [String: String] {
    let pages = CommandPage.all(below: program)
    var files = ["clipft.1": overview(CommandPage(program, path: []))]
    for page in pages { files["clipft-\(page.fileName).1"] = text(of: page) }
    return files
  }

  private static func overview(_ page: CommandPage) -> String {
    var lines = opening(page, name: "clipft")
    lines += commands(of: page) + sections(of: page)
    lines += [".SH EXIT STATUS"] + entries(ProgramFacts.exitCodes)
    lines += ProgramFacts.exitNotes.flatMap { [".PP"] + filled($0) }
    lines += [".SH ENVIRONMENT"] + filled(ProgramFacts.settingsNote) + entries(ProgramFacts.variables)
    lines += [".SH FILES", ".TP", ".B clipft.yaml"] + filled("Settings, one a line. Its keys are:")
    lines += [".RS"] + entries(ProgramFacts.settings) + [".RE"]
    return finished(lines, seeAlso: page.subcommands.map { "clipft-" + $0.path.joined(separator: "-") })
  }

  private static func text(of page: CommandPage) -> String {
    var lines = opening(page, name: "clipft-\(page.fileName)")
    lines += commands(of: page) + sections(of: page)
    lines += [".SH EXIT STATUS"] + filled("0 where all is done; others are listed in") + [".BR clipft (1)."]
    let above = page.path.count > 1 ? ["clipft-\(page.path[0])"] : []
    return finished(
      lines, seeAlso: ["clipft"] + above + page.subcommands.map { "clipft-" + $0.path.joined(separator: "-") }
    )
  }

  /// Up to the description.
  private static func opening(_ page: CommandPage, name: String) -> [String] {
    let abstract = page.abstract.hasSuffix(".") ? String(page.abstract.dropLast()) : page.abstract
    var lines = [
      ".\\\" Made of the program's own table of commands.",
      ".TH \(name.uppercased().replacing("-", with: "\\-")) 1 \"\" \"clipft \(programVersion)\" \"clipft\"",
      ".SH NAME", "\(escaped(name)) \\- \(escaped(abstract))", ".SH SYNOPSIS", ".B \(escaped(page.title))",
      escaped(page.synopsis), ".SH DESCRIPTION",
    ]
    for (index, part) in page.discussion.enumerated() {
      switch part {
      case .paragraph(let text): lines += (index == 0 ? [] : [".PP"]) + filled(text)
      case .example(let text), .lines(let text): lines += (index == 0 ? [] : [".PP"]) + kept(text)
      case .list(let entries):
        lines += self.entries(entries.map { ProgramFacts.Row(name: $0.name, meaning: $0.meaning) })
      }
    }
    return page.discussion.isEmpty ? lines + filled(page.abstract) : lines
  }

  private static func commands(of page: CommandPage) -> [String] {
    guard !page.subcommands.isEmpty else { return [] }
    return [".SH COMMANDS"]
      + page.subcommands.flatMap { command in
        [".TP", ".BR \(escaped("clipft-" + command.path.joined(separator: "-"))) (1)"]
          + filled(command.abstract + (command.isDefault ? " The default." : ""))
      }
  }

  private static func sections(of page: CommandPage) -> [String] {
    page.sections.flatMap { section in
      [".SH \(escaped(section.title.uppercased()))"]
        + section.entries.flatMap { [".TP", ".B \(escaped($0.spelling))"] + filled($0.text) }
    }
  }

  private static func entries(_ rows: [ProgramFacts.Row]) -> [String] {
    rows.flatMap { [".TP", ".B \(escaped($0.name))"] + filled($0.meaning) }
  }

  private static func finished(_ lines: [String], seeAlso names: [String]) -> String {
    let references = names.enumerated().map { place, name in
      ".BR \(escaped(name)) (1)" + (place + 1 < names.count ? "," : "")
    }
    return (lines + [".SH SEE ALSO"] + references).joined(separator: "\n") + "\n"
  }

  /// A paragraph, whose lines the reader's program breaks: a sentence a line.
  private static func filled(_ text: String) -> [String] {
    text.replacing("`", with: "").replacing(". ", with: ".\n").split(separator: "\n").map { line in
      // A dot or quote at the beginning would be a request.
      let safe = escaped(String(line))
      return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
    }
  }

  private static func kept(_ lines: [String]) -> [String] {
    [".RS 4", ".nf"] + lines.map { "\\&" + escaped($0) } + [".fi", ".RE"]
  }

  /// Backslashes, dashes that are typed as such, quotes that would become typographic, and all that is not ASCII.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      case "-": "\\-"
      case "'": "\\(aq"
      case "`": "\\(ga"
      case "^": "\\(ha"
      case "~": "\\(ti"
      default: scalar.isASCII ? String(scalar) : "\\[u" + hexadecimal(scalar) + "]"
      }
    }.joined()
  }

  /// At least four digits.
  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
