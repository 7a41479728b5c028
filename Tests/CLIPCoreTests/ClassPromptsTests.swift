import CLIPCore
import NN
import TensorCore
import TestSupport
import Testing

/// Prompts of many classes are encoded by length and in parts, of which some are computed anew in backward.
@Suite("Prompts of many classes")
struct ClassPromptsTests {
  private static let config = CLIPConfig(
    vision: VisionConfig(
      imageSize: 8, patchSize: 4,
      transformer: TransformerConfig(width: 8, layers: 1, heads: 1, mlpWidth: 16, activation: .gelu)),
    text: TextConfig(
      contextLength: 16, vocabularySize: 20,
      transformer: TransformerConfig(width: 8, layers: 2, heads: 2, mlpWidth: 16, activation: .gelu),
      pooling: .highestToken),
    embeddingWidth: 6)

  /// A start, two words that give way, up to ten of a name, an end.
  private static func prompt(_ index: Int) -> [Int32] {
    var random = SeededRandom(5, UInt64(index))
    let name = (0..<1 + random.int(below: 10)).map { _ in Int32(random.int(below: 18)) }
    let text = [18, 1, 2] + name + [19]
    return text + Array(repeating: 0, count: 16 - text.count)
  }

  private static func texts(_ classes: Range<Int>) throws -> ClassPrompts {
    let tokens = Tensor(classes.flatMap(prompt), shape: [classes.count, 16])
    let classifier = ImageClassifier(
      config: config, classes: classes.count, source: SeededSource(seed: 3),
      prompts: .init(templates: [tokens]))
    return try #require(classifier.texts)
  }

  @Test(
    "Their embeddings and the gradient of learned words are those of the same prompts taken few at a time")
  func parts() throws {
    let count = 600
    // All of their tokens are more than are kept for backward.
    #expect((0..<count).reduce(0) { $0 + (Self.prompt($1).firstIndex(of: 19) ?? 0) + 1 } > 4096)
    func run(_ parts: [Range<Int>]) throws -> (embeddings: [Float], gradient: [Float]) {
      let words = Parameter.words(Initializer.normal(deviation: 1).tensor(shape: [2, 8], seed: 9))
      var embeddings: [Float] = []
      for part in parts {
        let rows = try Self.texts(part).embeddings(leadingWords: words.variable, context: .inference)
        embeddings += rows.value.array
        let targets = Tensor(part.map { Int32($0 % 6) }, shape: [part.count])
        (Float(part.count) / Float(count) * rows.crossEntropy(targets: targets)).backward()
      }
      return (embeddings, try #require(words.gradient).array)
    }
    let (whole, few) = (
      try run([0..<count]), try run(stride(from: 0, to: count, by: 50).map { $0..<$0 + 50 })
    )
    expectClose(whole.embeddings, few.embeddings, absolute: 1e-5, relative: 0)
    expectClose(whole.gradient, few.gradient, absolute: 1e-6, relative: 1e-4)
    #expect(few.gradient.contains { abs($0) > 1e-4 })
  }
}

extension Parameter {
  fileprivate static func words(_ value: Tensor) -> Parameter {
    let scope = ParameterScope(store: ParameterStore(), source: SeededSource(seed: 0))
    let parameter = scope.parameter("words", value.shape, .zeros, trainable: true)
    parameter.assign(value)
    return parameter
  }
}
