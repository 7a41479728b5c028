import CLIPCore
import NN
import TensorCore
import TestSupport
import Testing

@Suite("The text tower")
struct TextTowerTests {
  private let clip = SmallCLIP.make()
  private var context: Int { clip.config.text.contextLength }
  private var width: Int { clip.config.embeddingWidth }
  private let end: Int32 = 513

  /// A text of `length` tokens before its end, padded with 0.
  private func text(_ length: Int, seed: UInt64) -> [Int32] {
    var random = SeededRandom(seed)
    let ids = (0..<length).map { _ in Int32(random.int(below: 500)) }
    return ids + [end] + [Int32](repeating: 0, count: context - length - 1)
  }

  private func encode(_ texts: [[Int32]], with clip: CLIP? = nil) throws -> [[Float]] {
    let tokens = Tensor(texts.flatMap { $0 }, shape: [texts.count, texts.first?.count ?? context])
    let values = try (clip ?? self.clip).encodeTexts(tokens).value
    #expect(values.shape == [texts.count, width])
    let flat = values.array
    return texts.indices.map { Array(flat[$0 * width..<($0 + 1) * width]) }
  }

  @Test("Cutting a batch at its longest end of text changes nothing", arguments: [1, 4, 11, 22])
  func cut(length: Int) throws {
    let short = text(length, seed: 1)
    // A text that fills the context keeps its whole batch uncut.
    let uncut = try encode([short, text(context - 1, seed: 2)])[0]
    expectClose(try encode([short])[0], uncut, absolute: 1e-5, relative: 1e-5)
  }

  @Test("What stands after the end of a text changes not one bit")
  func afterTheEnd() throws {
    let original = text(6, seed: 3)
    var changed = original
    for position in 7..<context { changed[position] = Int32(100 + position) }
    #expect(try encode([original]) == encode([changed]))
    #expect(try encode([original]) == encode([Array(original.prefix(7))]), "shorter rows need no padding")
  }

  @Test("What stands before the end does")
  func beforeTheEnd() throws {
    let original = text(6, seed: 3)
    var changed = original
    changed[0] += 1
    #expect(try encode([original]) != encode([changed]))
  }

  @Test("Equal texts have bit-identical embeddings, those each has alone")
  func repeated() throws {
    let (a, b, c) = (text(5, seed: 4), text(9, seed: 5), text(2, seed: 6))
    let together = try encode([a, b, a, c, b, a])
    #expect(together[0] == together[2] && together[0] == together[5])
    #expect(together[1] == together[4])
    for (row, alone) in zip(together, [a, b, a, c, b, a]) {
      expectClose(row, try encode([alone])[0], absolute: 1e-5, relative: 1e-5)
    }
  }

  @Test("Gradients of equal texts add up as if each were encoded by itself")
  func repeatedGradients() throws {
    let texts = [text(5, seed: 4), text(9, seed: 5), text(5, seed: 4)]
    let targets: [Int32] = [3, 0, 7]
    func gradients(_ groups: [[Int]]) throws -> [[Float]] {
      let clip = SmallCLIP.make()
      for parameter in clip.store.parameters { parameter.isTrainable = true }
      for group in groups {
        let tokens = Tensor(group.flatMap { texts[$0] }, shape: [group.count, context])
        try clip.encodeTexts(tokens)
          .crossEntropy(targets: Tensor(group.map { targets[$0] }, shape: [group.count]))
          .backward(scale: Float(group.count) / Float(texts.count))
      }
      let used = clip.store.parameters.filter { !$0.path.hasPrefix("visual.") && $0.path != "logit_scale" }
      return try used.map { try #require($0.gradient, "\($0.path)").array }
    }
    for (together, apart) in zip(try gradients([[0, 1, 2]]), try gradients([[0], [1], [2]])) {
      let largest = apart.map(abs).max() ?? 0
      expectClose(together, apart, absolute: 1e-5 * largest)
    }
  }

  @Test("The text is pooled at the highest id, or at the first token of the id that is named")
  func pooling() throws {
    let named = SmallCLIP.make(pooling: .firstToken(513))
    let plain = text(5, seed: 7)
    #expect(try encode([plain], with: named) == encode([plain]))

    // A named token that is not the highest, and one that is absent: transformers pools the first position then.
    let low = SmallCLIP.make(pooling: .firstToken(9))
    let ids: [Int32] = [512, 40, 9, 77, 513, 9]
    #expect(try encode([ids], with: low) == encode([[512, 40, 9]], with: low))
    #expect(try encode([[512, 40, 41, 42]], with: low) == encode([[512]], with: low))
  }

  @Test("No texts have no embeddings")
  func noTexts() throws { #expect(try encode([]).isEmpty) }

  @Test(
    "Ids outside the vocabulary and texts beyond the context are refused", arguments: [-1, 514, .max, .min])
  func badIds(id: Int32) {
    var ids = text(3, seed: 1)
    ids[1] = id
    let error = #expect(throws: ModelError.self) { try encode([ids]) }
    #expect(error?.description.contains("\(id)") == true)
  }

  @Test("A text longer than the context is refused")
  func tooLong() {
    let ids = [Int32](repeating: 1, count: context + 1)
    let error = #expect(throws: ModelError.self) { try encode([ids]) }
    #expect(error?.description.contains("\(context + 1)") == true)
  }
}
