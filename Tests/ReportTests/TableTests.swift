import Report
import Testing

@Suite("Delimited tables")
struct DelimitedTableTests {
  @Test("quote what a reader would take for structure")
  func quoting() throws {
    var table = DelimitedTable(columns: ["name", "note"])
    try table.append(["plain", "a, b"])
    try table.append(["say \"hi\"", "two\nlines"])
    try table.append(["", " padded "])
    try table.append(["carriage\r\nreturn", "naïve 猫"])
    let lines = [
      #"name,note"#, #"plain,"a, b""#, #""say ""hi""","two"#, #"lines""#, #"," padded ""#,
      "\"carriage\r\nreturn\",naïve 猫",
    ]
    #expect(table.text() == lines.map { $0 + "\n" }.joined())
  }

  @Test("end lines and separate fields as asked")
  func dialects() throws {
    var table = DelimitedTable(columns: ["a", "b"])
    try table.append(["1", "2\t3"])
    #expect(table.text(lineEnding: .carriageReturnLineFeed) == "a,b\r\n1,\"2\t3\"\r\n")
    #expect(table.text(separator: .tab) == "a\tb\n1\t\"2\t3\"\n")
  }

  @Test("keep a row whose only field is empty")
  func emptyField() throws {
    var table = DelimitedTable(columns: ["a"])
    try table.append([""])
    #expect(table.text() == "a\n\"\"\n")
  }

  @Test("refuse a row that does not fit the columns")
  func unevenRow() {
    var table = DelimitedTable(columns: ["a", "b"])
    #expect(throws: ReportError.unevenRow(fields: 1, columns: 2, row: 1)) { try table.append(["1"]) }
  }
}

@Suite("Text tables")
struct TextTableTests {
  @Test("align columns by the cells that text takes on a terminal")
  func alignment() {
    var table = TextTable(columns: [.init("method"), .init("top-1", .right)])
    table.append(["LoRA", "76.6"])
    table.append(["全部微调", "8.5"])
    table.append(["cafe\u{301} 👩‍🔬", "100.0"])
    #expect(
      table.text()
        == """
        method    top-1
        ────────  ─────
        LoRA       76.6
        全部微调    8.5
        cafe\u{301} 👩‍🔬   100.0

        """)
  }

  @Test("cut long text, wide characters included")
  func widthLimit() {
    var table = TextTable(columns: [.init("name", widthLimit: 6)])
    table.append(["abcdefghij"])
    table.append(["全部微调"])
    table.append(["abcdef"])
    #expect(table.text().split(separator: "\n").dropFirst(2) == ["abcde…", "全部…", "abcdef"])
  }

  @Test("let no text move the cursor or break a line")
  func controls() {
    var table = TextTable(columns: [.init("name")])
    table.append(["\u{1B}[2J evil\nname\u{202E}\u{0}\u{85}\r\n"])
    let text = table.text()
    #expect(text.split(separator: "\n").count == 3)
    #expect(
      text.unicodeScalars.allSatisfy {
        $0 == "\n" || ($0.value >= 0x20 && $0 != "\u{1B}" && $0 != "\u{202E}")
      })
  }

  @Test("hold rows shorter and longer than their titles")
  func uneven() {
    var table = TextTable(columns: [.init("a"), .init("b")])
    table.append(["1"])
    table.append(["1", "2", "3"])
    #expect(table.text() == "a  b\n─  ─  ─\n1\n1  2  3\n")
    #expect(TextTable(columns: []).text() == "")
  }

  @Test("can be Markdown")
  func markdown() {
    var table = TextTable(columns: [.init("name"), .init("n", .right)])
    table.append(["a|b *c* <d>", "1"])
    #expect(table.markdown() == "| name | n |\n| --- | ---: |\n| a\\|b \\*c\\* \\<d> | 1 |\n")
  }
}

@Suite("Numbers in reports")
struct NumberTextTests {
  @Test("are short, signed and never minus zero")
  func formats() {
    #expect(NumberText.percent(0.7495) == "75.0" || NumberText.percent(0.7495) == "74.9")
    #expect(NumberText.percent(nil) == "–" && NumberText.percent(.nan) == "–")
    #expect(NumberText.points(0.0731) == "+7.3" && NumberText.points(-0.162) == "−16.2")
    #expect(NumberText.points(-0.0001) == "0.0" && NumberText.points(0) == "0.0")
    #expect(NumberText.grouped(1_184_256) == "1,184,256" && NumberText.grouped(-1000) == "−1,000")
    #expect(NumberText.compact(1_179_648) == "1.18\u{202F}M" && NumberText.compact(640) == "640")
    #expect(NumberText.compact(999_999) == "1.00\u{202F}M" && NumberText.compact(0) == "0")
    #expect(NumberText.duration(seconds: 125) == "2 min 5 s")
    #expect(NumberText.duration(seconds: 7_500) == "2 h 05 min")
    #expect(NumberText.duration(seconds: 1.26) == "1.3 s" && NumberText.duration(seconds: -1) == "–")
    #expect(NumberText.alpha(0.30000000000000004) == "0.3" && NumberText.alpha(1) == "1")
    #expect(NumberText.coordinate(-0.001) == "0" && NumberText.coordinate(12.345) == "12.35")
  }
}
