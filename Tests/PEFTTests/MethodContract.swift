import CLIPCore
import PEFT

/// What a fine-tuning method promises, apart from its code: every registered method has an entry here, and the
/// contract tests hold it to it.
struct MethodContract: Sendable, CustomStringConvertible {
  /// What the classifier's logits are before the first step.
  enum Start: Sendable {
    /// Those of the model it began from, bit for bit.
    case unchanged
    /// Those within a share of their range.
    case within(Float)
  }

  let name: String
  /// Choices of options to test, as a user gives them; the first is the one of `published`.
  var options: [[String: String]] = [[:]]
  /// Trained parameters without the head, by the method's own formula.
  let count: @Sendable (_ tower: VisionConfig, _ options: [String: Double]) -> Int
  /// The same at ViT-B/16, as published.
  let published: Int
  var start = Start.unchanged

  var description: String { name }

  static let all = [
    MethodContract(
      name: "full",
      count: { tower, _ in
        let (width, layers, mlp) = tower.extents
        let embeddings = width * (3 * tower.patchSize * tower.patchSize + 1 + 1 + tower.patches)
        return embeddings + 4 * width + layers * (4 * width * width + 2 * width * mlp + 9 * width + mlp)
      },
      published: 85_799_424),
    MethodContract(name: "linear", count: { _, _ in 0 }, published: 0),
    MethodContract(
      name: "bitfit",
      count: { tower, _ in
        let (width, layers, mlp) = tower.extents
        return layers * (7 * width + mlp) + 2 * width
      },
      published: 102_912),
    MethodContract(
      name: "ssf", options: [[:], ["deviation": "0.2"]],
      count: { tower, _ in
        let (width, layers, mlp) = tower.extents
        return 2 * (layers * (7 * width + mlp) + 2 * width)
      },
      published: 205_824, start: .within(0.25)),
    MethodContract(
      name: "lora", options: [["rank": "32"], ["rank": "3", "scale": "2.5", "dropout": "0.3"], [:]],
      count: { tower, options in
        let (width, layers, _) = tower.extents
        return 4 * width * layers * Int(options["rank"] ?? 0)
      },
      published: 36_864 * 32),
  ]

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

extension VisionConfig {
  fileprivate var extents: (width: Int, layers: Int, mlp: Int) {
    (transformer.width, transformer.layers, transformer.mlpWidth)
  }
}
