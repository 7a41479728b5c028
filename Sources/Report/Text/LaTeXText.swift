/// Text made safe for LaTeX, with the signs that reports use as commands.
package enum LaTeXText {
  /// `text` as LaTeX prints it in any encoding of fonts.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if let command = commands[scalar] {
        result += command
      } else if scalar == "\n" || scalar == "\t" || scalar == "\r" {
        result += " "
      } else if !scalar.isUnprintable {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let commands: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "_": "\\_",
    "%": "\\%",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}",
    "|": "\\textbar{}", "\"": "\\textquotedbl{}", "α": "$\\alpha$", "θ": "$\\theta$", "Δ": "$\\Delta$",
    "→": "$\\rightarrow$", "−": "$-$", "–": "--", "±": "$\\pm$", "×": "$\\times$", "·": "$\\cdot$",
    "√": "$\\surd$",
    "≤": "$\\leq$", "≥": "$\\geq$", "…": "\\ldots{}", "“": "``", "”": "''", "’": "'", "\u{202F}": "\\,",
    "\u{A0}": "~",
  ]
}
