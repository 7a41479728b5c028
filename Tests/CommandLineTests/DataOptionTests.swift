import Foundation
import Testing

/// Class names and prompts are what was written, or refused.
@Suite("Class names and prompts on the command line")
struct DataOptionTests {
  private let program: Program
  private let model: String

  init() throws {
    program = try Program()
    model = try program.model()
  }

  /// To a new file each time.
  private func head(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    let out = program.folder.file("\(UUID().uuidString).safetensors").path
    let all = ["zeroshot", "--model", model, "--out", out, "--json"]
    return try program.run(arguments: all + arguments, input: input)
  }

  private func classes(_ outcome: Program.Outcome) throws -> Int? {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.json()["classes"] as? Int
  }

  @Test("names come from a list, a file or standard input; one with a slash is a name behind a comma")
  func sources() throws {
    #expect(try classes(head("--classes", "-", input: "\u{FEFF}sea lion\r\n\r\nAC/DC\r\n")) == 2)
    #expect(try classes(head("--classes", "AC/DC,notes.txt, sea lion")) == 3)
    #expect(try classes(head("--classes", "AC/DC,")) == 1)
    try program.folder.write("a\nb, c\nd\n", to: "names.txt")
    #expect(try classes(head("--classes", "names.txt")) == 3)
  }

  @Test("a file that is there is not replaced")
  func existing() throws {
    let file = try program.folder.write("mine", to: "mine.safetensors")
    for arguments in [["zeroshot", "--classes", "a,b"], ["embed", "--texts", file.path]] {
      let outcome = try program.run(arguments: arguments + ["--model", model, "--out", file.path])
      #expect(outcome.status == 73 && outcome.errors.contains("exists already"), "\(outcome.errors)")
      #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
    }
  }

  @Test(
    "names that cannot be meant so are refused",
    arguments: [
      ("a,,b", 64, "empty name"), (",", 64, "empty name"), ("a,b, a", 64, "'a' twice"),
      ("AC/DC", 66, "'AC/DC,'"), ("names.txt", 66, "names.txt"),
    ] as [(String, Int32, String)])
  func refusedLists(classes: String, status: Int32, words: String) throws {
    let outcome = try head("--classes", classes)
    #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test(
    "files of names that hold something else are refused, with the line",
    arguments: [
      ("a\n b\na\n", "line 3"), ("a,b,c\n", "line 1"), ("# birds\na\nb\n", "line 1"),
      ("n01\ta\n", "several columns"), (" \n\n", "empty"),
    ])
  func refusedFiles(text: String, words: String) throws {
    for outcome in [try head("--classes", "-", input: text), try file(text)] {
      #expect(outcome.status == 65 && outcome.errors.contains(words), "\(outcome.errors)")
    }
  }

  private func file(_ text: String) throws -> Program.Outcome {
    try program.folder.write(text, to: "names.txt")
    return try head("--classes", "names.txt")
  }

  @Test("a prompt without a place for the class name is refused, with its line")
  func prompts() throws {
    try program.folder.write("a photo of a {}.\r\na drawing of a {}.\r\n", to: "t.txt")
    #expect(try head("--classes", "a,b", "--templates", "t.txt").json()["templates"] as? Int == 2)
    try program.folder.write("a photo of a {}.\n\na drawing of a {c}.\n", to: "t.txt")
    let outcome = try head("--classes", "a,b", "--templates", "t.txt")
    #expect(outcome.status == 65 && outcome.errors.contains("line 3"), "\(outcome.errors)")
    let both = try head("--classes", "-", "--templates", "-", input: "a\n")
    #expect(both.status == 64, "\(both.errors)")
  }

  @Test("datasets check lists what is left out, and ends with a failure where images are")
  func check() throws {
    let images = try program.images("train", "val")
    try program.folder.write("notes", to: "images/val/red/notes.txt")
    let whole = try program.run("datasets", "check", "folder:\(images)")
    #expect(whole.status == 0 && whole.output.contains("1 .txt"), "\(whole.output)\(whole.errors)")
    #expect(!whole.output.contains("complete"))
    try program.folder.write("picture", to: "images/train/red/x.heic")
    let part = try program.run("datasets", "check", "folder:\(images)", "--json")
    #expect(part.status == 65 && part.errors.contains("1 .heic"), "\(part.errors)")
    let rows = try #require(try part.json()["datasets"] as? [[String: Any]])
    #expect(rows.map { $0["status"] as? String } == ["bad", "files left out"])
    #expect(rows.first?["left_out"] as? [String: Int] == ["heic": 1])
  }
}
