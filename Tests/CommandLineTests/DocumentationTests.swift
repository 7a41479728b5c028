import Foundation
import Testing

/// What the pages of the repository say of files and commands.
@Suite("Documentation")
struct DocumentationTests {
  @Test(
    "Every link within the repository leads to a file, and to a heading where it names one",
    arguments: try Repository.pages())
  func links(page: String) throws {
    let folder = Repository.root.appending(path: page).deletingLastPathComponent()
    let text = MarkdownText(try Repository.text(page)).prose
    for match in text.matches(of: /\]\(([^()\s]+)\)/) {
      let link = String(match.1)
      guard link.firstMatch(of: /^[a-z]+:/) == nil else { continue }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let target = parts[0].isEmpty ? Repository.root.appending(path: page) : folder.appending(path: parts[0])
      #expect(FileManager.default.fileExists(atPath: target.path), "\(page) links to \(link)")
      guard parts.count == 2 else { continue }
      let headings = MarkdownText(try String(contentsOf: target, encoding: .utf8)).anchors
      #expect(headings.contains(parts[1]), "\(page) links to \(link)")
    }
  }

  @Test("Every page of docs/ stands in its index")
  func index() throws {
    let index = try Repository.text("docs/README.md")
    for page in try Repository.pages() where page.hasPrefix("docs/") && page != "docs/README.md" {
      #expect(index.contains("](\(page.dropFirst("docs/".count)))"), "\(page)")
    }
  }

  @Test("README names every command, and how to begin")
  func readme() throws {
    let readme = try Repository.text("README.md")
    for (path, command) in try CommandDump(Program()).all where path.count == 1 && command.shouldDisplay {
      #expect(readme.contains("`\(path[0])`"), "\(path[0])")
    }
    #expect(readme.contains("make demo") && readme.contains("make test"))
  }

  @Test("Every command and option that pages show exists")
  func commands() throws {
    let dump = try CommandDump(Program())
    var shown: Set<[String]> = []
    for page in try Repository.pages() {
      for line in MarkdownText(try Repository.text(page)).commandLines {
        let (path, rest) = dump.divided(line)
        if let next = rest.first, dump.hasCommands(path), next.first?.isLowercase == true {
          Issue.record("\(page): clipft \(path.joined(separator: " ")) has no command \(next)")
        }
        guard !path.isEmpty else { continue }
        shown.insert(path)
        let known = dump.options(of: path)
        for word in rest where word.hasPrefix("-") && Double(word) == nil && word.count > 1 {
          let option = String(word.prefix { $0 != "=" })
          // Grids of alphas may begin below 0.
          if option.dropFirst().first?.isNumber == true { continue }
          #expect(known.contains(option), "\(page): clipft \(path.joined(separator: " ")) has no \(option)")
        }
      }
    }
    // The test reads what it should.
    #expect(shown.count > 20)
  }

  @Test("Options that pages name in passing exist")
  func options() throws {
    let known = Set(
      try CommandDump(Program()).all.flatMap { $0.command.arguments ?? [] }.flatMap(\.spellings))
    for page in try Repository.pages() {
      for code in MarkdownText(try Repository.text(page)).inlineCode where code.hasPrefix("--") {
        let option = String(code.prefix { !" =,".contains($0) })
        #expect(known.contains(option), "\(page): \(code)")
      }
    }
  }

  @Test("The text of pages is read as Markdown has it")
  func reading() {
    let text = MarkdownText(
      """
      # A `b`: c
      `--no` [x](y.md) `clipft wise --alphas 0`
      ```sh
      A=1 clipft merge ties a \\
        --out b | clipft results   # --not
      docker run clipft --neither
      ```
      """)
    #expect(text.anchors == ["a-b-c"])
    #expect(text.inlineCode == ["b", "--no", "clipft wise --alphas 0"])
    #expect(text.prose.contains("(y.md)") && !text.prose.contains("docker"))
    #expect(
      text.commandLines == [["wise", "--alphas", "0"], ["merge", "ties", "a", "--out", "b"], ["results"]])
  }
}

extension CommandDump {
  /// The words that name a command, and those after them.
  fileprivate func divided(_ words: [String]) -> (path: [String], rest: ArraySlice<String>) {
    var depth = 0
    while depth < words.count, command(Array(words[...depth])) != nil { depth += 1 }
    return (Array(words[..<depth]), words[depth...])
  }

  /// Whether a command of its own must follow, as after `clipft` itself.
  fileprivate func hasCommands(_ path: [String]) -> Bool {
    path.isEmpty || command(path)?.subcommands?.isEmpty == false
  }

  /// Those of the command that is carried out.
  fileprivate func options(of path: [String]) -> Set<String> {
    guard let command = command(path) else { return [] }
    let chosen = command.defaultSubcommand.flatMap { self.command(path + [$0]) } ?? command
    return Set((chosen.arguments ?? []).flatMap(\.spellings))
  }
}
