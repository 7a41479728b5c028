import Foundation
import Testing

/// `--image-memory` and `--pixel-cache`.
@Suite("Where decoded images are kept")
struct ImageCacheTests {
  private let program: Program

  init() throws { program = try Program() }

  private func embed(_ out: String, _ more: String = "") throws -> String {
    "clipft embed --model '\(try program.model())' --images images --out \(out).safetensors \(more)"
  }

  private func bytes(_ out: String) throws -> Data {
    try Data(contentsOf: program.folder.file("\(out).safetensors"))
  }

  private func index() throws -> Int? {
    let names = try FileManager.default.contentsOfDirectory(atPath: program.folder.file("cache").path)
    return try names.first { $0.hasSuffix(".index") }.flatMap {
      try program.folder.file("cache/\($0)").resourceValues(forKeys: [.fileSizeKey]).fileSize
    }
  }

  @Test("Two processes that share a folder give what one without gives, and keep each image once")
  func processes() throws {
    _ = try program.images("train", each: 60)
    usleep(150_000)
    let both = "\(try embed("a", "--pixel-cache cache")) & \(try embed("b", "--pixel-cache cache")); wait"
    let outcome = try program.shell("\(try embed("plain")) && \(both)")
    #expect(outcome.status == 0 && !outcome.errors.contains("warning"), "\(outcome.errors)")
    let again = try program.shell(embed("c"), environment: ["CLIPFT_PIXEL_CACHE": "cache"])
    #expect(again.status == 0, "\(again.errors)")
    for out in ["a", "b", "c"] { #expect(try bytes(out) == bytes("plain"), "\(out)") }
    #expect(try index() == 180 * 40)
  }

  @Test("A disk that takes no more ends the keeping with one warning, and not the command")
  func full() throws {
    _ = try program.images("train", each: 60)
    usleep(150_000)
    let limited = try program.shell(
      "\(try embed("plain")) && (ulimit -f 8; exec \(try embed("a", "--pixel-cache cache --normalize")))")
    // The embeddings are larger than the limit as well, which is an error; the cache comes before.
    #expect(limited.errors.components(separatedBy: "takes no more images").count == 2, "\(limited.errors)")
    let again = try program.shell(embed("b", "--pixel-cache cache"))
    #expect(again.status == 0, "\(again.errors)")
    #expect(try bytes("b") == bytes("plain"))
  }

  @Test("A folder that cannot be made is an error, and so is memory that is no size")
  func refused() throws {
    _ = try program.images("train")
    try program.folder.write("a file", to: "taken")
    let taken = try program.shell(embed("a", "--pixel-cache taken/cache"))
    #expect(taken.status == 73 && taken.errors.contains("taken/cache"), "\(taken.errors)")
    let data = "folder:images/train"
    for size in ["2", "much", "-1GB", "1GG"] {
      let flag = try program.run("eval-shift", data, "--image-memory=\(size)")
      #expect(flag.status == 64 && flag.errors.contains("2GB or 512MB"), "\(flag.errors)")
      let variable = try program.shell("clipft datasets list", environment: ["CLIPFT_IMAGE_MEMORY": size])
      #expect(variable.status == 64 && variable.errors.contains("CLIPFT_IMAGE_MEMORY"), "\(variable.errors)")
      try program.folder.write("image_memory: '\(size)'\n", to: "clipft.yaml")
      let file = try program.run("datasets", "list")
      #expect(file.status == 65 && file.errors.contains("'image_memory'"), "\(file.errors)")
      try program.folder.write("", to: "clipft.yaml")
    }
    for size in ["0", "1GiB"] {
      try program.folder.write("image_memory: \(size)\npixel_cache: kept\n", to: "clipft.yaml")
      #expect(try program.run("datasets", "list").status == 0)
    }
  }

  @Test("Scores are the same whatever is kept; whole images need a cache and augmentation")
  func scores() throws {
    let images = try program.images("train", "val", "test", each: 6)
    usleep(150_000)
    let model = try program.model()
    let run = [
      "finetune", "--peft", "full", "--model", model, "--dataset", "folder:\(images)", "--epochs", "2",
      "--batch-size", "4", "--lr", "1e-3",
    ]
    var losses: [Double] = []
    for (number, more) in [
      ["--image-memory", "0"], ["--pixel-cache", "cache", "--pixel-cache-whole", "--image-memory", "0"],
      ["--pixel-cache", "cache", "--pixel-cache-whole"], [],
    ].enumerated() {
      let outcome = try program.run(
        arguments: run + more + ["--augment", "crop", "--out", "run\(number)", "--json"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      losses.append(try #require(outcome.json()["train_loss"] as? Double))
    }
    #expect(Set(losses).count == 1, "\(losses)")
    // 18 training images whole, and 18 validation images as they are seen.
    #expect(try index() == 36 * 40)
    let none = try program.run(arguments: run + ["--augment", "crop", "--pixel-cache-whole"])
    #expect(none.status == 64 && none.errors.contains("--pixel-cache"), "\(none.errors)")
    let plain = try program.run(
      arguments: run + ["--augment", "none", "--pixel-cache", "cache", "--pixel-cache-whole"])
    #expect(plain.status == 64 && plain.errors.contains("without augmentation"), "\(plain.errors)")
    let missing = try program.run(
      "eval-shift", "folder:\(images)/test", "--model", model, "--pixel-cache", "cache", "--json")
    #expect(missing.status == 0, "\(missing.errors)")
    #expect(try index() == 54 * 40)
  }
}
