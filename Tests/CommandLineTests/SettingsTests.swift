import Foundation
import Testing

/// `clipft.yaml`, environment variables and `~`.
@Suite("Settings are obeyed or refused")
struct SettingsTests {
  private let program: Program

  init() throws { program = try Program() }

  private func settings(_ text: String) throws -> Program.Outcome {
    try program.folder.write(text, to: "clipft.yaml")
    return try program.run("datasets", "list")
  }

  @Test(
    "A file that is not understood is an error that names it",
    arguments: [
      ("- seed\n", "settings"), ("seed\n", "settings"), ("seed: 1\nseed: 2\n", "clipft.yaml"),
      ("seed:\n", "'seed'"),
      ("runs: ''\n", "'runs'"), ("model: [a]\n", "'model'"), ("1: 2\n", "'1'"), ("{\n", "YAML"),
      ("seed: 1\n---\nseed: 2\n", "YAML"), ("seed: -1\n", "at least 0"), ("threads: 0\n", "1 to 4096"),
      ("threads: 99999999999999999999\n", "'99999999999999999999'"),
      ("precision: fp8\n", "auto, fp32 or bf16"),
      ("sead: 1\n", "did you mean seed"), ("data-root: x\n", "did you mean data_root"),
      ("data_root: ~\n", "'data_root'"),
    ])
  func refused(text: String, word: String) throws {
    let outcome = try settings(text)
    #expect(outcome.status == 65 && outcome.errors.contains("clipft.yaml"), "\(outcome.errors)")
    #expect(
      outcome.errors.contains(word) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test("A clipft.yaml that is no file that can be read is an error, wherever above it lies")
  func unreadable() throws {
    let manager = FileManager.default
    try manager.createDirectory(at: program.folder.file("below/here"), withIntermediateDirectories: true)
    let place = program.folder.file("clipft.yaml")
    try manager.createDirectory(at: place, withIntermediateDirectories: true)
    for folder in [".", "below/here"] {
      let outcome = try program.shell("cd \(folder) && clipft datasets list")
      #expect(outcome.status == 65 && outcome.errors.contains("clipft.yaml"), "\(outcome.errors)")
    }
    try manager.removeItem(at: place)
    try manager.createSymbolicLink(atPath: place.path, withDestinationPath: "nowhere")
    #expect(try program.run("datasets", "list").status == 65)
    try manager.removeItem(at: place)
    try Data([0xFF, 0xFE, 0x73]).write(to: place)
    #expect(try program.run("datasets", "list").status == 65)
  }

  @Test("An empty file, comments and a byte-order mark are fine")
  func empty() throws {
    for text in ["", "# nothing yet\n", "\u{FEFF}seed: 1\n"] { #expect(try settings(text).status == 0) }
  }

  @Test("Paths in the file are relative to it, and ~ is the home folder")
  func paths() throws {
    try FileManager.default.createDirectory(
      at: program.folder.file("below"), withIntermediateDirectories: true)
    for (text, place) in [
      ("runs: mine\n", "/mine"), ("runs: ~/mine\n", "/mine"), ("runs: ../mine\n", "/mine"),
    ] {
      try program.folder.write(text, to: "clipft.yaml")
      let outcome = try program.shell("cd below && clipft wise")
      #expect(outcome.status == 66 && outcome.errors.contains(place), "\(outcome.errors)")
      #expect(!outcome.errors.contains("~"))
    }
    try program.folder.write("model: nowhere\n", to: "clipft.yaml")
    for command in ["zeroshot --classes a,b", "preprocess clipft.yaml --out p", "inspect", "bench encode"] {
      let outcome = try program.shell("cd below && clipft \(command)")
      #expect(outcome.status == 66 && outcome.errors.contains("/nowhere"), "\(command): \(outcome.errors)")
    }
  }

  @Test("The data set of the file is taken where --dataset is, and a flag wins over it")
  func dataset() throws {
    let model = try program.model()
    let images = try program.images("train")
    try program.folder.write("dataset: folder:images\nmodel: \(model)\n", to: "clipft.yaml")
    let fromFile = try program.run("zeroshot", "--out", "a.safetensors", "--json")
    #expect(try fromFile.json()["classes"] as? Int == 3, "\(fromFile.errors)")
    let fromFlag = try program.run("zeroshot", "--classes", "a,b", "--out", "b.safetensors", "--json")
    #expect(try fromFlag.json()["classes"] as? Int == 2, "\(fromFlag.errors)")
    _ = images
  }

  @Test("~ is the home folder wherever a path is given")
  func home() throws {
    let model = try program.model()
    _ = try program.images("train")
    let words = [
      "embed --model '\(model)' --images '~/images' --out=~/e.safetensors",
      "zeroshot --model '\(model)' --dataset folder:~/images --out '~/h.safetensors'",
    ]
    for line in words {
      let outcome = try program.shell("clipft \(line)")
      #expect(outcome.status == 0, "\(line): \(outcome.errors)")
    }
    for name in ["e.safetensors", "h.safetensors"] {
      #expect(FileManager.default.fileExists(atPath: program.folder.file(name).path), "\(name)")
    }
    let runs = try program.shell("clipft wise", environment: ["CLIPFT_RUNS": "~/mine"])
    #expect(runs.errors.contains(program.folder.url.path + "/mine"), "\(runs.errors)")
  }

  @Test("An empty environment variable is one that is not set; one that cannot be obeyed is an error")
  func environment() throws {
    try program.folder.write("runs: mine\n", to: "clipft.yaml")
    let empty = [
      "CLIPFT_RUNS": "", "CLIPFT_DATA": "", "CLIPFT_TOKENIZER": "", "CLIPFT_MANIFESTS": "",
      "XDG_CACHE_HOME": "",
      "CLIPFT_ENGINE": "",
    ]
    let outcome = try program.shell("clipft wise", environment: empty)
    #expect(outcome.status == 66 && outcome.errors.contains("/mine"), "\(outcome.errors)")
    let engine = try program.shell("clipft datasets list", environment: ["CLIPFT_ENGINE": "cuda"])
    #expect(engine.status == 64 && engine.errors.contains("CLIPFT_ENGINE"), "\(engine.errors)")
  }
}
