import CLIPCore
import Foundation
import NN
import TensorCore
import TestSupport
import Testing
import Tokenizer

@Suite("The zero-shot head")
struct ZeroShotHeadTests {
  private let clip = SmallCLIP.make()
  private var width: Int { clip.config.embeddingWidth }

  private func head(_ classes: [String], _ templates: [String]) throws -> [[Float]] {
    let head = try ZeroShotHead.build(
      clip: clip, tokenizer: SmallCLIP.tokenizer(), classNames: classes, templates: templates)
    #expect(head.weight.shape == [classes.count, width])
    #expect(head.classNames == classes)
    let flat = head.weight.array
    return classes.indices.map { Array(flat[$0 * width..<($0 + 1) * width]) }
  }

  /// One prompt encoded by itself and normalised, in double precision.
  private func direction(_ prompt: String) throws -> [Double] {
    let context = clip.config.text.contextLength
    let tokens = try SmallCLIP.tokenizer().tokens(for: prompt, contextLength: context)
    return normalized(try clip.encodeTexts(Tensor(tokens, shape: [1, context])).value.array.map(Double.init))
  }

  private func normalized(_ x: [Double]) -> [Double] {
    let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return x.map { $0 / norm }
  }

  @Test("A class is the mean direction of its prompts, normalised again, times the similarity factor")
  func meaning() throws {
    let templates = ["a {}.", "my {}", "the {} in a photo", "{}"]
    let classes = ["cat", "sea dog", "ox"]
    for (name, row) in zip(classes, try head(classes, templates)) {
      let prompts = try templates.map { try direction($0.replacing("{}", with: name)) }
      let mean = (0..<width).map { column in prompts.reduce(0) { $0 + $1[column] } / Double(prompts.count) }
      let expected = normalized(mean).map { Float($0) * clip.similarityScale }
      expectClose(row, expected, absolute: 2e-4, relative: 2e-5, "\(name)")
    }
  }

  @Test("Every class has the length exp(logit scale)")
  func lengths() throws {
    clip.logitScale.assign(Tensor(scalar: 2))
    for row in try head(["cat", "dog"], ["a {}", "the {}"]) {
      let norm = row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm / exp(2) - 1) < 1e-5)
    }
  }

  @Test("Each prompt counts the same, however long its embedding")
  func weighting() throws {
    let both = try head(["cat"], ["a {}", "the {}"])[0].map(Double.init)
    let (a, the) = (try direction("a cat"), try direction("the cat"))
    let (toA, toThe) = (zip(both, a).map(*).reduce(0, +), zip(both, the).map(*).reduce(0, +))
    #expect(abs(toA / toThe - 1) < 1e-4, "the mean of two directions lies half way between them")
  }

  @Test("A repeated prompt changes nothing, a repeated class has the same bits")
  func repetition() throws {
    let once = try head(["cat", "dog"], ["a {}"])
    for (thrice, once) in zip(try head(["cat", "dog"], ["a {}", "a {}", "a {}"]), once) {
      expectClose(thrice, once, absolute: 1e-4, relative: 1e-5)
    }
    let repeated = try head(["cat", "dog", "cat", "cat"], ["a {}", "the {}"])
    #expect(repeated[0] == repeated[2] && repeated[0] == repeated[3])
  }

  @Test("Classes do not depend on one another, nor on how many are encoded at once")
  func independence() throws {
    let classes = (0..<300).map { "thing \($0)" }
    let together = try head(classes, ["a {}"])
    for index in [0, 1, 255, 256, 299] {
      expectClose(together[index], try head([classes[index]], ["a {}"])[0], absolute: 2e-4, relative: 2e-5)
    }
  }

  @Test("Every {} of a template is replaced, and a name is put in as it is")
  func placeholders() throws {
    expectClose(
      try head(["cat"], ["{} and {}"])[0], try head(["cat and cat"], ["{}"])[0], absolute: 1e-4,
      relative: 1e-5)
    expectClose(try head(["{}"], ["a {}"])[0], try head(["a {}"], ["{}"])[0], absolute: 1e-4, relative: 1e-5)
  }

  @Test("A prompt longer than the context is cut, not refused")
  func longNames() throws {
    let row = try head([String(repeating: "very ", count: 400) + "long"], ["a {}"])[0]
    #expect(row.allSatisfy { $0.isFinite })
  }

  @Test("A template without a place for the name, no templates and no classes are refused")
  func refusals() throws {
    let error = #expect(throws: ModelError.self) { try head(["cat"], ["a {}", "a photo of a thing"]) }
    #expect(error?.description.contains("a photo of a thing") == true)
    #expect(throws: ModelError.self) { try head(["cat"], []) }
    #expect(throws: ModelError.self) { try head([], ["a {}"]) }
    #expect(throws: ModelError.self) { try head(["cat"], ["{ }"]) }
  }

  @Test("Progress grows to the number of prompts")
  func progress() throws {
    var seen: [Int] = []
    _ = try ZeroShotHead.build(
      clip: clip, tokenizer: SmallCLIP.tokenizer(), classNames: (0..<150).map { "\($0)" },
      templates: ["a {}", "the {}", "{}"]
    ) { done, total in
      #expect(total == 450)
      seen.append(done)
    }
    #expect(seen == seen.sorted() && seen.last == 450 && seen.count > 1)
  }

  @Test("The head classifies as the similarity of embeddings does")
  func equalsSimilarity() throws {
    let head = try ZeroShotHead.build(
      clip: clip, tokenizer: SmallCLIP.tokenizer(), classNames: ["cat", "dog", "ox"], templates: ["a {}"])
    let images = clip.encodeImages(Initializer.normal(deviation: 1).tensor(shape: [3, 3, 8, 8], seed: 2))
    let logits = images.l2Normalized().linear(weight: Variable(head.weight)).value
    let context = clip.config.text.contextLength
    let tokens = try ["a cat", "a dog", "a ox"].flatMap {
      try SmallCLIP.tokenizer().tokens(for: $0, contextLength: context)
    }
    let texts = try clip.encodeTexts(Tensor(tokens, shape: [3, context])).l2Normalized()
    let expected = clip.similarityScale * images.l2Normalized().linear(weight: texts)
    expectClose(logits, expected.value, absolute: 1e-4, relative: 1e-5)
  }
}
