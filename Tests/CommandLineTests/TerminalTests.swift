import Foundation
import Testing

/// Progress on terminals of all kinds, and elsewhere.
@Suite("Progress is shown as the surroundings can show it")
struct TerminalTests {
  private let program: Program

  init() throws { program = try Program() }

  /// To a new file each time.
  private func embedding() throws -> [String] {
    let texts = try program.folder.write(
      (0..<300).map { "a photo of \($0)\n" }.joined(), to: "texts.txt")
    return [
      "embed", "--model", try program.model(), "--texts", texts.path, "--out",
      program.folder.file("\(UUID().uuidString).safetensors").path,
    ]
  }

  private static let strange = ["inf", "nan", "-1 s", " -", "?"]

  @Test("On a terminal, a line is replaced by one that fits", arguments: [20, 40, 200])
  func widths(columns: Int) throws {
    let shown = try program.terminal(
      try embedding(), environment: ["TERM": "xterm", "COLUMNS": "\(columns)"])
    #expect(shown.contains("\r") && shown.contains("embedding".prefix(columns - 2).prefix(5)))
    for line in shown.split(whereSeparator: { $0 == "\r" || $0.isNewline }) {
      let text = line.replacingOccurrences(of: "\u{1B}[K", with: "")
      #expect(text.count < columns, "\(text)")
      #expect(!Self.strange.contains { text.contains($0) }, "\(text)")
    }
  }

  @Test("Where lines cannot be replaced, none is: TERM=dumb, no TERM, a pipe")
  func plain() throws {
    for environment in [["TERM": "dumb"], ["TERM": ""], [:]] {
      let shown = try program.terminal(try embedding(), environment: environment)
      #expect(!shown.contains("\u{1B}") && shown.contains("embedding"), "\(shown)")
    }
    let piped = try program.run(arguments: try embedding())
    #expect(!piped.errors.contains("\u{1B}") && !piped.errors.contains("\r"), "\(piped.errors)")
  }

  @Test("Colours are left away where NO_COLOR says so")
  func colors() throws {
    let words = ["nonsense"]
    let colored = try program.terminal(words, environment: ["TERM": "xterm"])
    #expect(colored.contains("\u{1B}[31;1m"))
    let plain = try program.terminal(words, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    #expect(!plain.contains("\u{1B}[31") && plain.contains("error: "))
    // Empty is as if it were not set: https://no-color.org.
    let empty = try program.terminal(words, environment: ["TERM": "xterm", "NO_COLOR": ""])
    #expect(empty.contains("\u{1B}[31;1m"))
  }
}
