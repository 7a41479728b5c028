import Foundation
import Testing

/// What is wrong with an image, or with what is said of it, is told with its whole path and a way out.
@Suite("What is said of images")
struct ImageAdviceTests {
  private let program: Program
  private let model: String
  private let images: String

  init() throws {
    program = try Program()
    model = try program.model()
    images = try program.images("train", "val", "test", "else")
  }

  private func finetune(
    _ dataset: String, _ more: String..., method: String = "linear", out: String = UUID().uuidString
  ) throws
    -> Program.Outcome
  {
    try program.run(
      arguments: [
        "finetune", "--peft", method, "--model", model, "--dataset", dataset, "--epochs", "1", "--out", out,
      ] + more)
  }

  private func damage(_ path: String) throws {
    try Data("not an image".utf8).write(to: program.folder.file(path))
  }

  // MARK: Images that cannot be decoded

  @Test("A bad image is named by its whole path, with --bad-images where the command has it")
  func badImage() throws {
    try damage("images/train/red/2.png")
    try damage("images/test/red/2.png")
    let advice = "or pass --bad-images skip, which leaves such images out."
    func path(_ split: String) -> String {
      "image \(program.folder.file("images/\(split)/red/2.png").path): "
    }
    for outcome in [
      try finetune("folder:images"), try finetune("folder:images", method: "bitfit"),
      try finetune("folder:images", method: "tip-adapter"),
    ] {
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains(path("train")) && outcome.errors.contains(advice), "\(outcome.errors)")
    }
    let scored = try program.run("eval-shift", "folder:images/test", "--model", model)
    #expect(scored.status == 65)
    #expect(scored.errors.contains(path("test")) && scored.errors.contains(advice), "\(scored.errors)")
  }

  @Test("A file given as an image that is none is named by its whole path, and no dataset is spoken of")
  func noImage() throws {
    let file = try program.folder.write("text", to: "a.txt")
    for command in ["embed", "preprocess"] {
      let files = command == "embed" ? ["--images", "a.txt"] : ["a.txt"]
      let outcome = try program.run(
        arguments: [command] + files + ["--model", model, "--out", "\(command).safetensors"])
      #expect(outcome.status == 65, "\(outcome.errors)")
      #expect(outcome.errors.contains("image \(file.path): not an image"), "\(outcome.errors)")
      #expect(!outcome.errors.contains("dataset") && !outcome.errors.contains("--bad-images"))
    }
  }

  @Test("An image that has changed since the run is named by its whole path, with what to do")
  func changedImage() throws {
    let outcome = try finetune("folder:images/train", "--val-fraction", "0.25", out: "run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for number in 0..<4 {
      _ = try program.shell("cp images/else/red/\(number).png images/train/red/\(number).png")
    }
    let traced = try program.run("wise", "--run", "run", "--alphas", "0,1")
    #expect(traced.status == 65)
    #expect(traced.errors.contains(program.folder.file("images/train/red").path), "\(traced.errors)")
    #expect(traced.errors.contains("has changed since") && traced.errors.contains("put back the file"))
  }

  @Test("A file that may not be read is said to be so, with what to do", .enabled(if: getuid() != 0))
  func unreadable() throws {
    _ = try program.shell("chmod 0 images/test/red/2.png")
    let outcome = try program.run("eval-shift", "folder:images/test", "--model", model)
    #expect(outcome.status == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("check its permissions"), "\(outcome.errors)")
  }

  @Test("Places that were looked at for a list's images are each named once")
  func listPlaces() throws {
    try program.folder.write("gone.png red\n", to: "list.txt")
    for root in [[], ["--data-root", "."]] {
      let outcome = try program.run(
        arguments: ["eval-shift", "list:list.txt", "--model", model, "--classes", "red,blue"] + root)
      #expect(outcome.status == 66)
      let looked = outcome.errors.split(separator: "looked below ").last?.split(separator: ";").first
      let places = (looked ?? "").components(separatedBy: ", ")
      #expect(Set(places).count == places.count && places.contains("."), "\(outcome.errors)")
      #expect(places.count == (root.isEmpty ? 2 : 1), "\(outcome.errors)")
    }
  }

  // MARK: Labels and splits

  @Test("An image under two classes is told before training, and by datasets check")
  func contradictions() throws {
    #expect(try !finetune("folder:images").errors.contains("contradict"))
    #expect(try !program.run("datasets", "check", "folder:images").errors.contains("contradict"))
    _ = try program.shell(
      "cp images/train/red/0.png images/train/blue/copy.png; cp images/train/red/1.png images/train/red/copy.png"
    )
    let words = "1 image is there under several classes, such as blue/copy.png and red/0.png"
    let outcome = try finetune("folder:images")
    #expect(outcome.status == 0 && outcome.errors.contains(words), "\(outcome.errors)")
    let check = try program.run("datasets", "check", "folder:images", "--json")
    #expect(check.status == 0 && check.errors.contains("folder:images, train: \(words)"), "\(check.errors)")
    let rows = try #require(try check.json()["datasets"] as? [[String: Any]])
    let found = rows.map { ($0["contradicting_labels"] as? [String: Any])?["count"] as? Int }
    #expect(found == [1, nil, nil])
  }

  @Test("That --val takes the place of the data's own split is said, with both")
  func namedValidation() throws {
    let named = try finetune("folder:images", "--val", "folder:images/else")
    #expect(named.status == 0, "\(named.errors)")
    #expect(
      named.errors.contains(
        "images/else is used for validation, and the validation split of folder:\(images) is not"),
      "\(named.errors)")
    for outcome in [
      try finetune("folder:images"), try finetune("folder:images", "--val", "folder:images/val"),
      try finetune("folder:images/train", "--val", "folder:images/else"),
    ] {
      #expect(outcome.status == 0 && !outcome.errors.contains("is used for validation"), "\(outcome.errors)")
    }
    let help = try program.run("finetune", "--help").output
    #expect(!help.contains("where the dataset has no split"))
  }

  // MARK: Words

  @Test("Only what is trained is said to be")
  func heads() throws {
    let text = try finetune("folder:images", "--towers", "text", "--augment", "none", method: "bitfit")
    #expect(text.status == 0 && text.errors.contains("parameters)"), "\(text.errors)")
    #expect(!text.errors.contains("+ head"))
    #expect(try finetune("folder:images", method: "bitfit").errors.contains("parameters + head)"))
  }

  @Test("A gradient norm of less than nothing is refused in the words of the help")
  func clipNorm() throws {
    let outcome = try finetune("folder:images", "--clip-norm", "-1")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("none, which clips nothing") && !outcome.errors.contains("0 for none"))
  }
}
