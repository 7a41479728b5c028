import CLIPCore
import Experiments
import Foundation
import Testing
import Training
import TrainingTestSupport

/// A head that took long is not built twice, and never taken for another.
@Suite struct HeadCacheTests {
  private let tiny: TinyTraining
  private let cache: HeadCache
  private let classes = ["red", "green", "blue"]
  private let templates = (0..<400).map { "a \($0) {}" }

  init() throws {
    tiny = try TinyTraining()
    cache = HeadCache(folder: tiny.folder.file("heads"))
  }

  /// The head, and whether it was kept before.
  private func head(
    _ model: PretrainedModel, classes: [String]? = nil, templates: [String]? = nil
  ) throws -> (head: ZeroShotHead, wasKept: Bool) {
    let (classes, templates) = (classes ?? self.classes, templates ?? self.templates)
    return try cache.head(of: model, classNames: classes, templates: templates) {
      try ZeroShotHead.build(
        clip: model.clip, tokenizer: model.tokenizer, classNames: classes, templates: templates)
    }
  }

  @Test("What was kept is found again, bit for bit")
  func found() throws {
    let model = try tiny.model()
    let (built, again) = (try head(model), try head(model))
    #expect(!built.wasKept && again.wasKept)
    #expect(again.head.weight.array == built.head.weight.array && again.head.classNames == classes)
  }

  @Test("Other prompts, other classes or other weights are another head")
  func others() throws {
    let model = try tiny.model()
    _ = try head(model)
    #expect(try !head(model, templates: templates.reversed()).wasKept)
    #expect(try !head(model, classes: classes.reversed()).wasKept)
    var changed = try Data(contentsOf: ModelFiles(model.place).weights)
    changed[changed.count - 1] ^= 1
    try changed.write(to: ModelFiles(model.place).weights)
    #expect(try !head(tiny.model()).wasKept)
  }

  @Test("Damage is no hindrance, and few prompts are not kept")
  func limits() throws {
    let model = try tiny.model()
    _ = try head(model)
    let folder = try #require(cache.folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try Data("damaged".utf8).write(to: folder.appendingPathComponent(name))
    }
    #expect(try !head(model).wasKept)
    _ = try head(model, templates: ["a {}"])
    #expect(try !head(model, templates: ["a {}"]).wasKept)
  }
}
