import CLIPCore
import PEFT
import TensorCore

/// What a fine-tuning method promises, apart from its code: every registered method has an entry here, and the
/// contract tests hold it to it.
struct MethodContract: Sendable, CustomStringConvertible {
  /// What the classifier's logits are before the first step.
  enum Start: Sendable {
    /// Those of the model it began from, bit for bit.
    case unchanged
    /// Those within a share of their range.
    case within(Float)
    /// Anywhere: the method's own definition moves the model at once.
    case elsewhere
  }

  let name: String
  /// Choices of options to test, as a user gives them; the first is the one of `published`.
  var options: [[String: String]] = [[:]]
  /// Options with which its backward pass is that of its forward pass; others treat something as constant on purpose.
  var gradientOptions: [String: String] = [:]
  /// Trained parameters without the head, by the method's own formula.
  let count: @Sendable (_ tower: Extents, _ options: Choices) -> Int
  /// The same at ViT-B/16: as published where the study or the method's paper says, else by the formula.
  let published: Int
  /// Before the first step with these options.
  var start: @Sendable (_ options: [String: String]) -> Start = { _ in .unchanged }
  /// Which of the tower's own parameters train.
  var trainsOwn: @Sendable (_ path: String) -> Bool = { _ in false }
  /// Whether what is learned folds into plain weights.
  var isMergeable = true
  /// Whether projection, class weights and biases train.
  var trainsHead = true
  /// Whether anything does.
  var trains = true

  var description: String { name }

  /// Extents of an image tower and of what lies behind it.
  struct Extents {
    let width, layers, mlp, patchElements, patches, embedding, textWidth, classes, examples: Int

    init(_ config: CLIPConfig, classes: Int, examples: Int) {
      let vision = config.vision
      (width, layers, mlp) = (
        vision.transformer.width, vision.transformer.layers, vision.transformer.mlpWidth
      )
      (patchElements, patches) = (3 * vision.patchSize * vision.patchSize, vision.patches)
      (embedding, textWidth) = (config.embeddingWidth, config.text.transformer.width)
      (self.classes, self.examples) = (classes, examples)
    }

    /// A bottleneck of both biases.
    func adapter(_ rank: Int) -> Int { 2 * width * rank + rank + width }
    /// MLP widths in tower widths.
    var ratio: Int { mlp / width }
  }

  /// Options by name, as numbers where they are.
  struct Choices {
    let values: [String: OptionValue]
    subscript(name: String) -> Int { Int(values[name]?.number ?? 0) }
  }

  /// Every contract with each of its choices of options.
  static let cases = all.flatMap { contract in
    contract.options.map { MethodCase(contract: contract, options: $0) }
  }
}

/// A method with one choice of options.
struct MethodCase: Sendable, CustomStringConvertible {
  let contract: MethodContract
  let options: [String: String]

  var description: String {
    ([contract.name] + options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(
      separator: " ")
  }

  func method() throws -> any FineTuningMethod {
    try MethodRegistry.method(named: contract.name, options: options)
  }
}
