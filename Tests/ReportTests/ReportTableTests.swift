import Foundation
import Report
import Testing

/// One table, as a page, CSV, LaTeX and Markdown.
@Suite("The tables of a report")
struct ReportTableTests {
  private let document = CompleteDocument.document

  private func table(_ name: String, of document: ReportDocument? = nil) throws -> TableData {
    try #require((document ?? self.document).tables.first { $0.name == name })
  }

  @Test("are those of methods, rules and points")
  func names() {
    #expect(document.tables.map(\.name) == ["methods", "rules", "points"])
    #expect(ReportDocument(title: "").tables.isEmpty)
    #expect(SampleDocuments.two.tables.count == 3)
  }

  @Test("have in CSV the values as measured, with the ends of their intervals")
  func csv() throws {
    let lines = try table("methods").csv().split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("method,tuned_parameters,target,target_low,target_high,shift_photos-v2,"))
    #expect(lines.count == 8 && lines[1].hasPrefix("Zero-shot,0,0.677,0.67,0.684,"))
    #expect(lines[2].hasPrefix("full,85798656,0.752,"))
    let points = try table("points").csv().split(separator: "\n").map(String.init)
    #expect(points.count == 1 + 6 * 11)
    #expect(Set(points.map { $0.count { $0 == "," } }).count == 1)
    let rules = try table("rules").csv()
    #expect(rules.hasPrefix("method,one-standard-error_alpha,one-standard-error_target,"))
    #expect(!rules.contains("–,"), "what is missing is empty")
  }

  @Test("have in LaTeX one cell a column, balanced rules, and intervals below values")
  func latex() throws {
    for table in document.tables {
      let text = table.latex()
      #expect(
        text.contains("\\toprule") && text.contains("\\bottomrule")
          && text.contains("% Needs \\usepackage{booktabs}."))
      let body = text.components(separatedBy: "\\midrule").dropFirst().joined()
      for line in body.split(separator: "\n") where line.hasSuffix("\\\\") {
        #expect(line.components(separatedBy: " & ").count == table.columns.count + 1)
      }
      #expect(text.components(separatedBy: "\\begin{").count == text.components(separatedBy: "\\end{").count)
    }
    let methods = try table("methods").latex()
    #expect(
      methods.contains("\\multicolumn{8}{c}{Fine-tuned ($\\alpha$ = 1)}")
        && methods.contains("\\cmidrule(lr){3-10}"))
    #expect(methods.contains("\\textbf{76.3}") && methods.contains("{\\scriptsize 75.2--77.4}"))
    #expect(methods.contains("$-$16.0"))
  }

  @Test("let nothing that LaTeX or Markdown takes for a command through")
  func escapes() throws {
    var document = SampleDocuments.two
    document.methods[0].name = #"50%_a&b#c$d{e}~f^g\h|i"j<k>"#
    let latex = try table("methods", of: document).latex()
    #expect(
      latex.contains(
        ##"50\%\_a\&b\#c\$d\{e\}\textasciitilde{}f\textasciicircum{}g\textbackslash{}h\textbar{}i\textquotedbl{}j"##
          + ##"\textless{}k\textgreater{}"##))
    let markdown = try table("methods", of: document).markdown()
    #expect(markdown.contains(#"\\h\|i"#) && markdown.contains(#"j\<k"#))
    for line in markdown.split(separator: "\n") where line.hasPrefix("|") {
      let bars = line.replacing("\\\\", with: "").replacing("\\|", with: "").filter { $0 == "|" }.count
      let table = try table("methods", of: document)
      #expect(bars == table.columns.count + 2)
    }
    let hostile = SampleDocuments.hostile
    for table in hostile.tables {
      #expect(!table.latex().unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
      #expect(!table.markdown().unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
      #expect(!(try table.csv()).isEmpty)
    }
  }

  @Test("are written from every kind of document", arguments: SampleDocuments.names)
  func anyDocument(name: String) throws {
    for table in try #require(SampleDocuments.named(name)).tables {
      #expect(table.rows.allSatisfy { $0.cells.count == table.columns.count })
      #expect(!(try table.csv()).contains("nan") && !table.latex().contains("nan"))
    }
  }
}

@Suite("The paragraph on methods")
struct MethodsParagraphTests {
  @Test("states data, counts, prompts, rule, seeds, precision and version, shared settings once")
  func text() throws {
    let text = try #require(MethodsParagraph(CompleteDocument.document)).text
    for part in [
      "We start from CLIP ViT-B/16 (openai_vit_b16) (SHA-256 of the weights 0123abcd0123…).",
      "1,000 classes is initialised from text embeddings of 80 templates",
      "We fine-tune on 100,000 images of photos and validate on 10,000 images (10 of each class, by seed).",
      "full (learning rate 1e-05, 85,798,656 tuned parameters)", "lora (rank 4) (rank 4, learning rate 3e-05",
      "All are trained with AdamW, weight decay 0.005, batches of 256, 10 epochs.",
      "Each also trains the head, 906,216 parameters.",
      "Results are means over seeds: full, bitfit, convpass, lora (rank 4) and lora (rank 32) are trained with 3 seeds (1, 2 and 3); "
        + "linear is trained with seed 1.",
      "interpolated at 11 values of α from 0 to 1",
      "selected by one-standard-error (one-standard-error in words)",
      "on the target, photos (10,000 images), and under shift on photos-v2 (7,500 images)",
      "trained in bf16 and scored in fp32 (oneDNN) with clipft 1.0.",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(text.components(separatedBy: "AdamW").count == 2)
  }

  @Test("says of each method what it was trained on, and with which seeds, where that differs")
  func ownImages() throws {
    var document = CompleteDocument.document
    document.facts?.training[1].images = ExperimentFacts.Training.Images(
      data: "photos", training: 64, validation: 1, validationSplit: "4 a class at most")
    for place in document.methods.indices { document.methods[place].seeds = [place == 1 ? 1 : 0] }
    let text = try #require(MethodsParagraph(document)).text
    #expect(
      text.contains(
        "lora (rank 4) and lora (rank 32) on 100,000 images of photos and validate them on 10,000 images (10 of each class, by "
          + "seed); linear on 64 images of photos and validate it on 1 image (4 a class at most)."))
    #expect(!text.contains("We fine-tune on"))
    #expect(text.contains("Every method is trained once: ") && text.contains("; linear with seed 1."))
  }

  @Test("is the same in LaTeX, a sentence a line, with its commands")
  func latex() throws {
    let latex = try #require(MethodsParagraph(CompleteDocument.document)).latex
    #expect(latex.contains("openai\\_vit\\_b16") && latex.contains("values of $\\alpha$ from 0 to 1"))
    #expect(latex.contains("95\\%") && !latex.contains("…") && !latex.contains("α"))
  }

  @Test("is absent where the document does not say how its numbers came about")
  func absent() {
    #expect(MethodsParagraph(SampleDocuments.two) == nil)
    #expect(!HTMLReport.render(SampleDocuments.two).contains("Paragraph for a paper"))
    #expect(HTMLReport.render(CompleteDocument.document).contains("Paragraph for a paper"))
  }
}
