import CLIPCore
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

  private func build(_ model: PretrainedModel) throws -> ZeroShotHead {
    try ZeroShotHead.build(
      clip: model.clip, tokenizer: model.tokenizer, classNames: classes, templates: templates)
  }

  @Test("What was kept is found again, bit for bit")
  func found() throws {
    let model = try tiny.model()
    #expect(try cache.kept(for: model, classNames: classes, templates: templates) == nil)
    let head = try build(model)
    try cache.keep(head, of: model, templates: templates)
    let kept = try #require(try cache.kept(for: model, classNames: classes, templates: templates))
    #expect(kept.weight.array == head.weight.array && kept.classNames == classes)
  }

  @Test("Other prompts, other classes or other weights are another head")
  func others() throws {
    let model = try tiny.model()
    try cache.keep(build(model), of: model, templates: templates)
    #expect(try cache.kept(for: model, classNames: classes, templates: templates.reversed()) == nil)
    #expect(try cache.kept(for: model, classNames: classes.reversed(), templates: templates) == nil)
    var changed = try Data(contentsOf: ModelFiles(model.place).weights)
    changed[changed.count - 1] ^= 1
    try changed.write(to: ModelFiles(model.place).weights)
    #expect(try cache.kept(for: tiny.model(), classNames: classes, templates: templates) == nil)
  }

  @Test("Damage is no hindrance, and few prompts are not kept")
  func limits() throws {
    let model = try tiny.model()
    try cache.keep(build(model), of: model, templates: templates)
    let folder = try #require(cache.folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try Data("damaged".utf8).write(to: folder.appendingPathComponent(name))
    }
    #expect(try cache.kept(for: model, classNames: classes, templates: templates) == nil)
    let few = try ZeroShotHead.build(
      clip: model.clip, tokenizer: model.tokenizer, classNames: classes, templates: ["a {}"])
    try cache.keep(few, of: model, templates: ["a {}"])
    #expect(try cache.kept(for: model, classNames: classes, templates: ["a {}"]) == nil)
  }
}
