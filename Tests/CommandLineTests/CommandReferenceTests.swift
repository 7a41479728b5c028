import Foundation
import Testing

/// The pages of docs/ that the program writes, and its manual pages.
@Suite("The reference of commands")
struct CommandReferenceTests {
  private let program: Program
  /// What is part of a page that is written by hand.
  private let parts = ["commands": "README.md", "recipes": "recipes.md"]

  init() throws { program = try Program() }

  private func written(_ form: String) throws -> [String: String] {
    let folder = program.folder.file("written-\(form)")
    let outcome = try program.run("documentation", form, folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    var files: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where !URL(filePath: name).pathExtension.isEmpty {
      files[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
    return files
  }

  /// A page with what the program writes between two marks.
  private func spliced(_ text: String, _ part: String, named name: String) throws -> String {
    let (start, end) = ("<!-- \(name), by make docs -->\n", "<!-- end of \(name) -->")
    let from = try #require(text.range(of: start)).upperBound
    let to = try #require(text.range(of: end, range: from..<text.endIndex)).lowerBound
    return text[..<from] + part + text[to...]
  }

  @Test("docs/ says of every command what the program says (make docs writes it)")
  func isCurrent() throws {
    let docs = Repository.root.appending(path: "docs")
    var files = try written("markdown")
    for (name, page) in parts {
      let part = files.removeValue(forKey: "parts/\(name).md") ?? ""
      files[page] = try spliced(Repository.text("docs/\(page)"), part, named: name)
    }
    let commands = docs.appending(path: "commands")
    func kept() -> Set<String> {
      Set(
        ((try? FileManager.default.contentsOfDirectory(atPath: commands.path)) ?? []).map { "commands/" + $0 }
      )
    }
    let expected = Set(files.keys.filter { $0.hasPrefix("commands/") })
    if ProcessInfo.processInfo.environment["CLIPFT_WRITE_DOCS"] != nil {
      try FileManager.default.createDirectory(at: commands, withIntermediateDirectories: true)
      for name in kept().subtracting(expected) {
        try FileManager.default.removeItem(at: docs.appending(path: name))
      }
      for (name, text) in files {
        try text.write(to: docs.appending(path: name), atomically: true, encoding: .utf8)
      }
    }
    #expect(kept() == expected, "run make docs")
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      #expect((try? Repository.text("docs/\(name)")) == text, "docs/\(name): run make docs")
    }
  }

  @Test("Every command that help shows has a Markdown page and a manual page, with each of its options")
  func isComplete() throws {
    let (markdown, manual) = (try written("markdown"), try written("man"))
    let commands = try CommandDump(program).all.filter { $0.command.shouldDisplay }
    #expect(manual.count == commands.count + 1)
    let overview = try #require(manual["clipft.1"])
    for (path, command) in commands {
      let name = path.joined(separator: "-")
      let page = try #require(markdown["commands/\(name).md"])
      let sheet = try #require(manual["clipft-\(name).1"])
      #expect(overview.contains("clipft-\(name)".replacing("-", with: "\\-")) == (path.count == 1))
      for spelling in (command.arguments ?? []).flatMap(\.spellings) {
        #expect(page.contains(spelling), "\(name): \(spelling)")
        #expect(sheet.contains(spelling.replacing("-", with: "\\-")), "\(name): \(spelling)")
      }
      let examples = page.components(separatedBy: "```sh\n").dropFirst().map { $0.prefix { $0 != "`" } }
      #expect(
        examples.contains { $0.contains("clipft \(path.joined(separator: " "))") }, "\(name) has no example")
    }
  }

  @Test("No line of a manual page is taken for a request that there is none of")
  func requests() throws {
    let known: Set = [
      ".TH", ".SH", ".PP", ".TP", ".B", ".BR", ".RS", ".RE", ".nf", ".fi", ".\\\"",
    ]
    for (name, text) in try written("man") {
      for line in text.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
        let request = String(line.prefix { $0 != " " })
        #expect(known.contains(request), "\(name): \(line)")
      }
    }
  }

  @Test("A folder that holds something is left as it is")
  func occupied() throws {
    let folder = program.folder.file("mine")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: folder.appending(path: "x"))
    let outcome = try program.run("documentation", "man", folder.path)
    #expect(outcome.status == 73)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
  }

  @Test("Every variable that the program reads is documented")
  func variables() throws {
    let settings = try #require(try written("markdown")["settings.md"])
    let sources = Repository.root.appending(path: "Sources")
    var found = 0
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    where path.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /"(CLIPFT_[A-Z_]+)"/) {
        found += 1
        #expect(settings.contains("`\(match.1)`"), "\(path): \(match.1)")
      }
    }
    #expect(found > 5)
  }
}
