import CLIPCore
import Checkpoint
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

/// Fixture by make_methods.py: peft's layers, and the papers' definitions written in PyTorch.
@Suite("Parity of fine-tuning methods with PyTorch and peft")
struct MethodParityTests {
  /// A method with options as a user gives them.
  private struct Choice: Decodable {
    let method: String
    let options: [String: String]
  }

  private static let fixture = Result { try Fixture.load("methods.safetensors", bundle: .module) }

  /// By the names of the fixture; none if it cannot be read.
  private static let cases: [String: Choice] = {
    guard let text = try? fixture.get().metadata["cases"] else { return [:] }
    return (try? JSONDecoder().decode([String: Choice].self, from: Data(text.utf8))) ?? [:]
  }()

  /// Linear probing adds nothing to the model.
  private static let exempt: Set<String> = ["linear"]

  @Test("Every registered method is compared")
  func registry() throws {
    _ = try Self.fixture.get()
    #expect(
      Set(MethodRegistry.all.map { $0.name }) == Self.exempt.union(Self.cases.values.map { $0.method }))
  }

  @Test("Logits, every gradient and ten steps of AdamW equal PyTorch's", arguments: cases.keys.sorted())
  func parity(name: String) throws {
    let expected = try Self.fixture.get()
    let classifier = try Self.classifier(try #require(Self.cases[name]))
    let images = Self.draw("images", [4, 3, 6, 6], bound: 1)
    let labels = Tensor([0, 1, 2, 1] as [Int32], shape: [4])
    let compared = expected.names.filter { $0.hasPrefix("\(name)/grad/") }
      .map { String($0.dropFirst("\(name)/grad/".count)) }
    let tuned = Set(classifier.tunedParameters.map(\.path))
    if name == "full" {
      // One block, the embeddings and the head stand for all.
      #expect(!compared.isEmpty && tuned.union(ImageClassifier.headPaths).isSuperset(of: compared))
    } else {
      #expect(tuned == Set(compared))
    }

    let first = classifier.logits(images, .inference)
    expectClose(first.value, try #require(expected["\(name)/logits"]), absolute: 1e-5, "logits")
    let trained = classifier.store.trainable
    guard !trained.isEmpty else { return }
    first.crossEntropy(targets: labels).backward()
    for path in compared {
      let gradient = try #require(classifier.store[path]?.gradient, "\(path) has no gradient")
      let wanted = try #require(expected["\(name)/grad/\(path)"])
      expectClose(gradient, wanted, absolute: 2e-5 * wanted.largest + 1e-7, "gradient of \(path)")
    }

    let optimizer = Optimizer(trained.map { TrainedParameter($0, weightDecay: 0.01) }, rule: AdamW())
    optimizer.step(learningRate: 0.01)
    for _ in 1..<10 {
      classifier.logits(images, .inference).crossEntropy(targets: labels).backward()
      optimizer.step(learningRate: 0.01)
    }
    for path in compared {
      let value = try #require(classifier.store[path]).value
      let wanted = try #require(expected["\(name)/after/\(path)"])
      #expect(value.shape == wanted.shape, "\(path)")
      // NaN is where the gradient is 0 but for rounding, which AdamW makes steps of.
      let known = zip(value.array, wanted.array).map { $1.isNaN ? Float.nan : $0 }
      expectClose(known, wanted.array, absolute: 3e-5, "\(path) after ten steps")
    }
  }

  // MARK: What both sides make

  private static let config = CLIPConfig(
    vision: VisionConfig(
      imageSize: 6, patchSize: 2,
      transformer: TransformerConfig(width: 8, layers: 2, heads: 2, mlpWidth: 16, activation: .quickGELU)),
    text: TextConfig(
      contextLength: 8, vocabularySize: 8,
      transformer: TransformerConfig(width: 8, layers: 1, heads: 2, mlpWidth: 16, activation: .quickGELU),
      pooling: .highestToken),
    embeddingWidth: 6)

  /// Start of text, two words that give way, a name, end of text, padding.
  private static var prompts: ClassPrompts.Tokens {
    let tokens: [Int32] = [
      6, 1, 1, 2, 7, 0, 0, 0,
      6, 1, 1, 3, 4, 7, 0, 0,
      6, 1, 1, 5, 7, 0, 0, 0,
    ]
    return ClassPrompts.Tokens(templates: [Tensor(tokens, shape: [3, 8])])
  }

  /// A classifier with the method; the model's values and of all that was added and trains are the script's.
  private static func classifier(_ choice: Choice) throws -> ImageClassifier {
    let method = try MethodRegistry.method(named: choice.method, options: choice.options)
    let classifier = ImageClassifier(
      config: config, classes: 3, source: DrawnSource(), prompts: method.prompts == .none ? nil : prompts)
    classifier.texts?.logitScale.assign(Tensor(scalar: log(4)))
    // VeRA and RandLoRA draw their bases from this seed.
    try classifier.adapt(with: method, seed: 1, examples: KeptExamples(classifier))
    for parameter in classifier.adaptation?.added ?? [] where parameter.isTrainable {
      parameter.assign(start(parameter.path, parameter.shape))
    }
    return classifier
  }

  private final class DrawnSource: ParameterSource {
    func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
      MethodParityTests.start(path, shape)
    }
  }

  /// Five images whose embeddings are drawn.
  private final class KeptExamples: Examples {
    let count = 5
    private weak var classifier: ImageClassifier?

    init(_ classifier: ImageClassifier) { self.classifier = classifier }

    func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {
      _ = classifier?.vision(MethodParityTests.draw("examples", [count, 3, 6, 6], bound: 1), context)
      visit(MethodParityTests.start("tip_adapter.keys", [count, 6]), [2, 0, 1, 1, 0])
    }
  }

  private static let scales = [
    "_scale", "ia3_k", "ia3_v", "ia3_mlp", "dora_magnitude", "singular_values", "delora_lambda",
  ]

  /// What a parameter starts as: around 1 for scales, around 0 for all else.
  private static func start(_ path: String, _ shape: [Int]) -> Tensor {
    let isNormScale = path.contains("ln_") && path.hasSuffix("weight")
    guard isNormScale || scales.contains(where: { path.hasSuffix($0) }) else {
      return draw(path, shape, bound: path == "classification_head.weight" ? 2 : 0.5)
    }
    return Tensor(draw(path, shape, bound: 0.3).array.map { 1 + $0 }, shape: shape)
  }

  /// Uniform draws, seeded by a path.
  private static func draw(_ path: String, _ shape: [Int], bound: Float) -> Tensor {
    Initializer.uniform(bound: bound).tensor(shape: shape, seed: SeededRandom.seed(18, named: path))
  }
}
