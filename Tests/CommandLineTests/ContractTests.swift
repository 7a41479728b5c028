import Checkpoint
import Foundation
import Testing

/// Names, keys and files that people script against.
@Suite("Commands print and write what is promised")
struct ContractTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test("tokenize pads ids with 0 to the context length")
  func tokenize() throws {
    let outcome = try program.run(
      "tokenize", "--model", try program.model(), "--context-length", "9", "--json",
      input: "a red\n\na blue\n")
    let tokens = try #require(try outcome.json()["tokens"] as? [[Int]])
    #expect(tokens.count == 3 && tokens.allSatisfy { $0.count == 9 && $0.last == 0 })
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
  }

  @Test("preprocess writes the pixels before and after normalisation")
  func preprocess() throws {
    let image = try program.images("a") + "/a/red/0.png"
    let file = program.folder.file("pixels.safetensors")
    #expect(try program.run("preprocess", image, image, "--size", "16", "--out", file.path).status == 0)
    let state = try SafetensorsFile(url: file).stateDict()
    #expect(state["pixels_u8"]?.shape == [2, 3, 16, 16] && state["pixels_u8"]?.dtype == .u8)
    #expect(state["pixels"]?.shape == [2, 3, 16, 16] && state["pixels"]?.dtype == .f32)
  }

  @Test("embed writes both embeddings and the paths in the order of the rows")
  func embed() throws {
    let images = try program.images("a", each: 2)
    let texts = try program.folder.write("a red\na green\n", to: "texts.txt")
    let file = program.folder.file("e.safetensors")
    let outcome = try program.run(
      "embed", "--model", try program.model(), "--images", images, "--texts", texts.path, "--out", file.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let state = try SafetensorsFile(url: file).stateDict()
    #expect(state["image_embeddings"]?.shape == [6, 8] && state["text_embeddings"]?.shape == [2, 8])
    let paths = try JSONDecoder().decode(
      [String].self, from: Data(try #require(state.metadata["paths"]).utf8))
    #expect(paths.count == 6 && paths == paths.sorted())

    // Larger images are larger to the model, too: its 2 × 2 positions are resized to 3 × 3.
    let larger = program.folder.file("larger.safetensors")
    let resized = try program.run(
      "embed", "--model", try program.model(), "--images", images, "--image-size", "24", "--out", larger.path)
    #expect(resized.status == 0, "\(resized.errors)")
    let other = try SafetensorsFile(url: larger).stateDict()
    #expect(other["image_embeddings"]?.shape == [6, 8])
    #expect(other["image_embeddings"]?.array != state["image_embeddings"]?.array)
  }

  @Test("inspect counts parameters and lists what every method would tune")
  func inspect() throws {
    let json = try program.run("inspect", "--model", try program.model(), "--peft", "all", "--json").json()
    let parameters = try #require(json["parameters"] as? [String: Int])
    let (total, vision, text) = (parameters["total"] ?? 0, parameters["vision"] ?? 0, parameters["text"] ?? 0)
    #expect(vision > 0 && text > 0 && total >= vision + text)
    let methods = try #require(json["peft"] as? [[String: Any]])
    #expect(Set(methods.compactMap { $0["method"] as? String }).isSuperset(of: ["full", "linear", "lora"]))
    #expect(methods.allSatisfy { Set($0.keys).isSuperset(of: ["tuned", "head", "mergeable", "options"]) })
    #expect(json["format"] is String && json["architecture"] is [String: Any])

    // A file of weights says what its tensors are; what it is as a CLIP, where that is known.
    let weights = try program.model() + "/model.safetensors"
    let known = try program.run("inspect", weights, "--peft", "linear", "--json").json()
    #expect(known["format"] as? String == "safetensors" && (known["peft"] as? [Any])?.count == 1)
    try FileManager.default.copyItem(atPath: weights, toPath: program.folder.file("alone.safetensors").path)
    #expect(try program.run("inspect", "alone.safetensors").status == 0)
    #expect(try program.run("inspect", "alone.safetensors", "--peft", "all").status == 64)
    #expect(try program.run("inspect", "alone.safetensors", "--arch", "ViT-B-32").status == 65)
  }

  @Test("finetune, wise, eval-shift, export and report go from images to a page")
  func story() throws {
    let (model, images) = (try program.model(), try program.images("train", "val", "test", "shift"))
    let run = program.folder.file("runs/lora").path
    let trained = try program.run(
      "finetune", "--peft", "lora", "--model", model, "--dataset", "folder:\(images)", "--epochs", "2",
      "--out",
      run, "--json")
    #expect(trained.status == 0, "\(trained.errors)")
    let summary = try trained.json()
    #expect(
      Set(summary.keys).isSuperset(of: [
        "run", "method", "tuned_parameters", "head_parameters", "epochs", "steps", "train_loss", "val_top1",
        "images_per_s", "peak_rss_mb",
      ]))

    let wise = try program.run(
      "wise", "--run", run, "--alphas", "0:1:0.5", "--datasets", "folder:\(images)/shift", "--json")
    #expect(wise.status == 0, "\(wise.errors)")
    let points = try #require(try wise.json()["points"] as? [[String: Any]])
    #expect(points.compactMap { $0["alpha"] as? Double } == [0, 0.5, 1])
    #expect(points.allSatisfy { $0["target"] is [String: Any] && $0["average_shift"] is Double })
    let selected = try #require(try wise.json()["selected"] as? [String: Any])
    #expect(selected["rule"] is String && selected["alpha"] is Double)

    // At alpha 1, eval-shift scores what the curve ends with.
    let evaluated = try program.run("eval-shift", "folder:\(images)/shift", "--run", run, "--json")
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let result = try #require((try evaluated.json()["results"] as? [[String: Any]])?.first)
    #expect(result["top1"] as? Double == points.last?["average_shift"] as? Double)
    #expect((result["top1_ci95"] as? [Double])?.count == 2 && result["n"] as? Int == 12)

    // The run's own images are its target wherever they are named from; only shifts are averaged.
    let both = try program.run(
      "eval-shift", "folder:images", "folder:images/shift", "--run", run, "--json")
    let scored = try #require(try both.json()["results"] as? [[String: Any]])
    #expect(scored.compactMap { $0["role"] as? String } == ["target", "shift"])
    let twice = try program.run("eval-shift", "folder:images/shift", "folder:images/shift", "--run", run)
    #expect(twice.status == 64 && twice.errors.contains("shift"))

    let exported = program.folder.file("exported").path
    #expect(try program.run("export", "--run", run, "--alpha", "0.5", "--out", exported).status == 0)
    #expect(try program.run("inspect", exported, "--json").status == 0)
    for layout in ["open_clip", "openai", "hf"] {
      let out = program.folder.file("\(layout).pt").path
      let outcome = try program.run("export", "--run", run, "--to", layout, "--out", out, "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let head = try #require(try outcome.json()["head"] as? String)
      #expect(try SafetensorsFile(url: URL(fileURLWithPath: head)).stateDict()["weight"]?.shape == [3, 8])
      #expect(try program.run("export", "--run", run, "--to", layout, "--out", out).status == 73)
    }
    let names = try TensorFormats.open(program.folder.file("open_clip.pt")).names
    #expect(names.contains("visual.conv1.weight"))

    let page = program.folder.file("page")
    let report = try program.run(
      "report", run, "--datasets", "folder:\(images)/shift", "--out", page.path)
    #expect(report.status == 0, "\(report.errors)")
    #expect(
      try String(contentsOf: page.appendingPathComponent("report.html"), encoding: .utf8).contains("<svg"))
  }

  @Test("convert goes through every layout and back without changing a bit")
  func convert() throws {
    let model = try program.model()
    // Beside the folder, so that no configuration is found but the one converted.
    for (source, out, layout) in [
      (model, "hf", "hf"), ("hf", "weights.pt", "openai"), ("hf", "w.safetensors", "hf"),
    ] {
      let outcome = try program.run("convert", source, out, "--to", layout)
      #expect(outcome.status == 0, "\(layout): \(outcome.errors)")
    }
    let whole = try SafetensorsFile(url: URL(fileURLWithPath: model + "/model.safetensors")).stateDict()
    for name in ["hf/model.safetensors", "w.safetensors"] {
      let again = try SafetensorsFile(url: program.folder.file(name)).stateDict()
      #expect(Set(again.names) == Set(whole.names))
      for (name, tensor) in whole {
        #expect(try #require(again[name]).bytes.elementsEqual(tensor.bytes), "\(name)")
      }
    }
    let named = try TensorFormats.open(program.folder.file("weights.pt"))
    #expect(named.names.contains("visual.transformer.resblocks.0.attn.in_proj_weight"))
    #expect(try program.run("convert", "hf", "w.safetensors", "--to", "hf").status == 73)
    #expect(try program.run("convert", "hf", "x", "--to", "onnx").status == 64)
    #expect(try program.run("convert", "hf", "x.npz", "--to", "hf").status == 73)
  }

  @Test("zeroshot writes a head with a row a class")
  func zeroshot() throws {
    let file = program.folder.file("head.safetensors")
    let outcome = try program.run(
      "zeroshot", "--model", try program.model(), "--classes", "red,green,blue", "--out", file.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try SafetensorsFile(url: file).stateDict()["weight"]?.shape == [3, 8])
  }

  @Test("bench prints rates, and with --profile where a step's time goes")
  func bench() throws {
    let json = try program.run(
      "bench", "encode", "lora", "--model", try program.model(), "--batch", "2", "--seconds", "0",
      "--profile",
      "--json"
    ).json()
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.compactMap { $0["work"] as? String } == ["encode", "lora"])
    for result in results {
      #expect((result["items_per_s"] as? Double ?? 0) > 0 && result["percent_of_peak"] is Double)
      let profile = try #require(result["profile"] as? [[String: Any]])
      #expect(profile.contains { $0["operation"] as? String == "product x · Wᵀ" })
      let percent = profile.reduce(0) { $0 + ($1["percent"] as? Double ?? 0) }
      #expect(abs(percent - 100) < 1e-6)
    }
  }
}
