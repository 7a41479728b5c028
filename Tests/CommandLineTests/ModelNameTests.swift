import Foundation
import Testing

/// A name by which other programs fetch a model gets one sentence with the way to a folder.
@Suite("Names of models")
struct ModelNameTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test(
    "Repositories and architectures are told from paths",
    arguments: [
      ("openai/clip-vit-base-patch16", "`hf download openai/clip-vit-base-patch16 "),
      (
        "hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "`hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K "
      ),
      (
        "https://huggingface.co/openai/clip-vit-large-patch14/tree/main",
        "download openai/clip-vit-large-patch14 "
      ),
      ("ViT-B-32", "as the name of an architecture"), ("ViT-B/32", "as the name of an architecture"),
      ("vit-b-16-quickgelu", "openai/clip-vit-base-patch16"),
    ])
  func names(name: String, words: String) throws {
    let outcome = try program.run("inspect", "--model", name)
    #expect(outcome.status == 66 && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(
      outcome.errors.contains(name) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test(
    "A mistyped path is not taken for a repository",
    arguments: ["models/clip.safetensors", "./clip/b32", "nowhere", "runs/none", "runs/lora-2"])
  func paths(path: String) throws {
    let outcome = try program.run("embed", "--model", path, "--images", "x.png", "--out", "e.safetensors")
    #expect(outcome.status == 66 && !outcome.errors.contains("download"), "\(outcome.errors)")
  }
}
