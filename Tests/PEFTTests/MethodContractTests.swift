import CLIPCore
import Checkpoint
import Experiments
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

@Suite("Every fine-tuning method keeps its promises")
struct MethodContractTests {
  @Test("Every registered method has a contract, and every contract a method")
  func registry() {
    #expect(Set(MethodRegistry.all.map { $0.name }) == Set(MethodContract.all.map(\.name)))
    #expect(Set(MethodRegistry.all.map { $0.name }).count == MethodRegistry.all.count)
    for type in MethodRegistry.all {
      #expect(type.name == type.name.lowercased() && !type.name.contains(" "))
      #expect(type.summary.hasSuffix(".") && !type.citation.isEmpty, "\(type.name)")
    }
  }

  // MARK: What trains

  @Test("It trains as many parameters as its formula says", arguments: MethodContract.cases)
  func count(case method: MethodCase) throws {
    let made = try method.method()
    let tuned = try SmallClassifier.make(made).tunedParameters.reduce(0) { $0 + $1.count }
    let expected = method.contract.count(
      .init(SmallClassifier.config, classes: SmallClassifier.classes, examples: SmallClassifier.labels.count),
      .init(values: made.optionValues))
    #expect(tuned == expected)
  }

  @Test("At ViT-B/16 these are the published counts, and the head of 1000 classes has 906216")
  func publishedCounts() throws {
    /// Memory that is never written costs none.
    final class NoValues: ParameterSource {
      func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
        Tensor(uninitialized: shape)
      }
    }
    var config = SmallClassifier.config
    config.embeddingWidth = 512
    config.vision = VisionConfig(
      imageSize: 224, patchSize: 16,
      transformer: TransformerConfig(
        width: 768, layers: 12, heads: 12, mlpWidth: 3072, activation: .quickGELU))
    config.text.transformer.width = 512
    config.text.transformer.heads = 8
    config.text.transformer.mlpWidth = 2048
    final class Shots: Examples {
      let count = 16_000
      func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {}
    }
    for contract in MethodContract.all {
      let method = try MethodRegistry.method(named: contract.name, options: contract.options[0])
      let classifier = ImageClassifier(
        config: config, classes: 1000, source: NoValues(),
        prompts: method.prompts == .none ? nil : .init(undefined: 1000, contextLength: 8))
      try classifier.adapt(with: method, seed: 1, examples: Shots(), countsOnly: true)
      let tuned = classifier.tunedParameters.reduce(0) { $0 + $1.count }
      #expect(tuned == contract.published, "\(contract.name)")
      let count = contract.count(
        .init(config, classes: 1000, examples: 16_000), .init(values: method.optionValues))
      #expect(count == contract.published, "\(contract.name)")
      #expect(classifier.headParameters.reduce(0) { $0 + $1.count } == 906_216)
      #expect(classifier.headParameters.allSatisfy { $0.isTrainable == contract.trainsHead })
      StoragePool.shared.trim()
    }
  }

  @Test(
    "Training moves every parameter it declares and not one bit of another", arguments: MethodContract.cases)
  func movement(case method: MethodCase) throws {
    let classifier = try SmallClassifier.make(method.method())
    let own = Set(classifier.plainParameters.map(\.path))
    let trained = classifier.store.trainable.map(\.path)
    for path in trained where own.contains(path) && !ImageClassifier.headPaths.contains(path) {
      #expect(method.contract.trainsOwn(path), "\(path)")
    }
    #expect(trained.isEmpty != method.contract.trains)
    let before = classifier.values()
    classifier.train()
    let after = classifier.values()
    let moved = after.keys.filter { after[$0] != before[$0] }
    #expect(moved.sorted() == trained.sorted())
    #expect(after.values.allSatisfy { $0.allSatisfy { $0.isFinite } })
  }

  @Test("Nothing is kept for what does not train", arguments: MethodContract.cases)
  func frozenGradients(case method: MethodCase) throws {
    let classifier = try SmallClassifier.make(method.method())
    classifier.loss(.inference).backward()
    for parameter in classifier.store.parameters {
      #expect((parameter.gradient != nil) == parameter.isTrainable, "\(parameter.path)")
    }
    let changesTower = classifier.tunedParameters.contains {
      $0.path.hasPrefix("visual.") && !$0.path.hasPrefix("visual.embedding.")
    }
    #expect(classifier.hasFrozenTower == !changesTower)
  }

  @Test(
    "It trains on a part of each image's patches, unless it says that it needs every one",
    arguments: MethodContract.cases)
  func patchDropout(case method: MethodCase) throws {
    let made = try method.method()
    guard !type(of: made).needsEveryPatch else { return }
    let classifier = try SmallClassifier.make(made)
    classifier.loss(ForwardContext(isTraining: true, seed: 3, patchDropout: 0.6)).backward()
    for parameter in classifier.store.trainable {
      #expect(try #require(parameter.takeGradient(), "\(parameter.path)").isFinite, "\(parameter.path)")
    }
  }

  // MARK: Before the first step

  @Test("It begins where its contract says", arguments: MethodContract.cases)
  func start(case method: MethodCase) throws {
    let plain = SmallClassifier.make().logits()
    let adapted = try SmallClassifier.make(method.method())
    switch method.contract.start(method.options) {
    case .unchanged:
      #expect(adapted.logits().array == plain.array)
      let training = adapted.logits(SmallClassifier.images, ForwardContext(isTraining: true, seed: 3))
      expectClose(training.value, plain, absolute: 1e-6 * plain.largest)
    case .within(let share):
      expectClose(adapted.logits(), plain, absolute: share * plain.largest)
    case .elsewhere:
      #expect(adapted.logits().isFinite && adapted.logits().array != plain.array)
    }
  }

  // MARK: Precision

  @Test("In bf16 logits and gradients are those of fp32 but for rounding", arguments: MethodContract.cases)
  func halfPrecision(case method: MethodCase) throws {
    let classifier = try SmallClassifier.make(method.method())
    classifier.perturb(deviation: 0.02)
    func pass(_ precision: Precision) -> (logits: [Float], gradient: [Float]) {
      let context = ForwardContext(isTraining: false, seed: 0, precision: precision)
      let logits = classifier.logits(SmallClassifier.images, context)
      logits.crossEntropy(targets: SmallClassifier.labels).backward()
      return (logits.value.array, classifier.store.trainable.flatMap { $0.takeGradient()?.array ?? [] })
    }
    let (full, half) = (pass(.fp32), pass(.bf16))
    let largest = full.logits.map(abs).max() ?? 0
    let difference = zip(full.logits, half.logits).map { abs($0 - $1) }.max() ?? 0
    #expect(difference < 0.1 * largest, "\(difference) of \(largest)")
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    guard method.contract.trains else { return }
    let norms = (dot(full.gradient, full.gradient) * dot(half.gradient, half.gradient)).squareRoot()
    #expect(dot(full.gradient, half.gradient) / norms > 0.98)
  }

  // MARK: Seeds

  @Test("The same seed ends with the same bits", arguments: MethodContract.cases)
  func determinism(case method: MethodCase) throws {
    func trained(seed: UInt64) throws -> [String: [UInt32]] {
      let classifier = try SmallClassifier.make(method.method(), seed: seed)
      classifier.train(seed: seed)
      let tuned = classifier.tunedState().map { ($0.name, $0.tensor.bits) }
      return Dictionary(uniqueKeysWithValues: tuned)
    }
    let first = try trained(seed: 1)
    #expect(try first == trained(seed: 1))
    // Drop path alone differs between seeds.
    #expect(try first != trained(seed: 2) || !method.contract.trains)
  }

  @Test("Dropout and drop path act in training only", arguments: MethodContract.cases)
  func dropout(case method: MethodCase) throws {
    let classifier = try SmallClassifier.make(method.method())
    classifier.perturb()
    func logits(training: Bool, seed: UInt64, dropPath: Float = 0) -> [Float] {
      let context = ForwardContext(isTraining: training, seed: seed, dropPath: dropPath)
      return classifier.logits(SmallClassifier.images, context).value.array
    }
    let rest = logits(training: false, seed: 0)
    #expect(logits(training: false, seed: 1, dropPath: 0.5) == rest)
    #expect(logits(training: true, seed: 1, dropPath: 0.5) != rest)
    let options = try method.method().optionValues
    let rate = (options["dropout"] ?? options["drop"])?.number ?? 0
    #expect((logits(training: true, seed: 1) != rest) == (rate > 0))
    #expect((logits(training: true, seed: 1) != logits(training: true, seed: 2)) == (rate > 0))
  }

  // MARK: Files

  @Test("What was trained is saved and comes back bit for bit", arguments: MethodContract.cases)
  func saveAndLoad(case method: MethodCase) throws {
    let trained = try SmallClassifier.make(method.method(), seed: 1)
    trained.train()
    let folder = try TemporaryFolder()
    let file = folder.file("tuned.safetensors")
    try SafetensorsFile.write(trained.tunedState(), to: file)
    let loaded = try SafetensorsFile(url: file).stateDict()
    let saved = try #require(trained.adaptation?.saved)
    #expect(loaded.totalElements == saved.reduce(0) { $0 + $1.count })
    #expect(Set(loaded.names) == Set(saved.map(\.path)))
    #expect(saved.count >= trained.store.trainable.count && !saved.isEmpty)
    // Everything that trains starts as something else: nothing of that may be left.
    let restored = try SmallClassifier.make(method.method(), seed: 1)
    restored.perturb()
    try restored.restoreTuned(loaded, file: file.path)
    #expect(restored.values() == trained.values())
    #expect(restored.logits().bits == trained.logits().bits)
  }

  @Test("Kept labels of no class are refused", arguments: [5, -1, 0.5, Float.nan])
  func keptLabels(label: Float) throws {
    let classifier = try SmallClassifier.make(TipAdapterF())
    var state = classifier.tunedState()
    state["tip_adapter.labels"] = Tensor([label, 0, 0, 0, 0, 0], shape: [6])
    #expect(throws: ModelError.self) { try classifier.restoreTuned(state, file: "tuned") }
  }

  @Test(
    "Kept channels that are none, or twice there, are refused",
    arguments: [[0, 16], [-1, 3], [2, 2], [0.5, 1], [Float.nan, 1]])
  func keptChannels(channels: [Float]) throws {
    let classifier = try SmallClassifier.make(SCT())
    let channelsPath = try #require(classifier.tunedState().names.first { $0.hasSuffix("sct_channels") })
    var state = classifier.tunedState()
    state[channelsPath] = Tensor(channels, shape: [2])
    let error = #expect(throws: ModelError.self) { try classifier.restoreTuned(state, file: "tuned") }
    #expect(error?.description.contains(channelsPath) == true)
  }

  @Test("Learned words that leave no room for a name are refused")
  func longPrompts() throws {
    let method = try MethodRegistry.method(named: "coop", options: ["tokens": "6", "start": "random"])
    let error = #expect(throws: MethodError.self) { try SmallClassifier.make(method) }
    #expect(error?.description.contains("tokens=6") == true)
  }

  @Test("What another method or another model trained is refused, listing what does not fit")
  func foreignState() throws {
    let rank2 = try MethodRegistry.method(named: "lora", options: ["rank": "2"])
    let rank3 = try MethodRegistry.method(named: "lora", options: ["rank": "3"])
    func refusal(of state: StateDict) -> ModelError? {
      #expect(throws: ModelError.self) { try SmallClassifier.make(rank2).restoreTuned(state, file: "tuned") }
    }
    let other = try #require(refusal(of: try SmallClassifier.make(rank3).tunedState()))
    #expect(other.description.contains("lora_a"))
    let bitfit = try MethodRegistry.method(named: "bitfit")
    guard
      case .mismatchedWeights(_, let missing, let unexpected, let misshaped)? = refusal(
        of: try SmallClassifier.make(bitfit).tunedState())
    else {
      Issue.record("accepted or another error")
      return
    }
    #expect(missing.count == 6 && !unexpected.isEmpty && misshaped.isEmpty)
  }
}
