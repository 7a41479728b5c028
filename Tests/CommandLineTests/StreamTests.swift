import Foundation
import Testing

/// Streams may be full, closed, or left by their reader.
@Suite("Streams that do not take or give what they should")
struct StreamTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test(
    "Results that standard output does not take end with 74 and one sentence",
    arguments: [">/dev/full", ">&-", ">/dev/full </dev/null"])
  func output(redirection: String) throws {
    for command in ["datasets list --json", "datasets show shapes", "--help", "--version", "help wise"] {
      let outcome = try program.shell("clipft \(command) \(redirection)")
      #expect(outcome.status == 74, "\(command): \(outcome.errors)")
      let sentences = outcome.errors.split(separator: "\n")
      #expect(sentences.count == 1 && sentences[0].contains("Standard output"), "\(outcome.errors)")
    }
  }

  @Test("What a command makes is saved, whatever its streams are")
  func saved() throws {
    let model = try program.model()
    for (number, redirection) in [">/dev/full", ">&-", "2>/dev/full", "2>&-", ">&- 2>&- <&-"].enumerated() {
      let file = "head-\(number).safetensors"
      let outcome = try program.shell(
        "clipft zeroshot --model '\(model)' --classes red,blue --out \(file) --json \(redirection)")
      #expect(
        outcome.status == (redirection.contains(">&- ") || redirection.first == ">" ? 74 : 0),
        "\(redirection)")
      #expect(FileManager.default.fileExists(atPath: program.folder.file(file).path), "\(redirection)")
    }
  }

  @Test("A full or closed standard error changes nothing, not even for errors")
  func errors() throws {
    for redirection in ["2>/dev/full", "2>&-"] {
      let listed = try program.shell("clipft datasets list --json \(redirection)")
      #expect(try listed.status == 0 && (listed.json()["datasets"] as? [Any])?.isEmpty == false)
      #expect(try program.shell("clipft nonsense \(redirection)").status == 64)
      #expect(try program.shell("clipft export --run nowhere --out x \(redirection)").status == 66)
    }
  }

  @Test("A training whose standard error is full or closed ends like any other")
  func training() throws {
    let (model, images) = (try program.model(), try program.images("train", "val"))
    for (name, redirection) in [("full", "2>/dev/full"), ("closed", "2>&-")] {
      let outcome = try program.shell(
        "clipft finetune --peft linear --model '\(model)' --dataset 'folder:\(images)' --epochs 1 --out \(name) \(redirection)"
      )
      #expect(outcome.status == 0 && outcome.output.contains("validation"))
      // No file that was opened has come to lie where the stream was, and taken its words.
      let files = FileManager.default.enumerator(atPath: program.folder.file(name).path)?.allObjects ?? []
      for case let file as String in files where file.hasSuffix(".json") || file.hasSuffix(".jsonl") {
        let text = try String(contentsOf: program.folder.file("\(name)/\(file)"), encoding: .utf8)
        #expect(text.hasPrefix("{") && !text.contains("fine-tuning linear"), "\(file)")
      }
    }
  }

  @Test("A reader that has seen enough is told nothing; the exit code says that not all was read")
  func reader() throws {
    // The reader is gone before the program writes.
    let outcome = try program.shell(
      "(sleep 0.3; clipft datasets list; echo $? >&3) 3>status 2>errors | true; cat status")
    #expect(outcome.output == "74\n")
    #expect(try String(contentsOf: program.folder.file("errors"), encoding: .utf8).isEmpty)
  }

  @Test("A limit on the size of files is an error of standard output, not the program's end")
  func fileSizeLimit() throws {
    let outcome = try program.shell("ulimit -f 0; clipft datasets list > out")
    #expect(outcome.status == 74 && outcome.errors.contains("Standard output"))
  }

  @Test("Standard input that is closed or a folder is named; so is the line that is no text")
  func input() throws {
    let model = try program.model()
    for (redirection, word) in [("<&-", "closed"), ("< .", "folder")] {
      let outcome = try program.shell("clipft tokenize --model '\(model)' \(redirection)")
      #expect(
        outcome.status == 66 && outcome.errors.contains(word) && outcome.output.isEmpty, "\(outcome.errors)")
    }
    let bad = try program.shell("printf 'a red\\n\\377\\376\\n' | clipft tokenize --model '\(model)' --json")
    #expect(bad.status == 65 && bad.errors.contains("line 2") && bad.output.isEmpty, "\(bad.errors)")
    // A byte-order mark is no part of the first text.
    let marked = try program.shell(
      "printf '\\357\\273\\277red\\n' | clipft tokenize --model '\(model)' --json")
    let plain = try program.shell("printf 'red\\n' | clipft tokenize --model '\(model)' --json")
    #expect(marked.status == 0 && marked.output == plain.output)
  }
}
