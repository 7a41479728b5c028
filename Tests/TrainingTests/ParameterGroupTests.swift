import CLIPCore
import Experiments
import NN
import PEFT
import TensorCore
import Testing
import Training
import TrainingTestSupport

/// Rates and decay by pattern, by layer and for the head.
@Suite("Parameter groups")
struct ParameterGroupTests {
  private let tiny: TinyTraining

  init() throws { tiny = try TinyTraining() }

  /// A classifier of two blocks that trains everything.
  private func classifier(_ method: String = "full") throws -> ImageClassifier {
    let model = try tiny.model()
    let classifier = ImageClassifier(
      config: model.clip.config, classes: 3, source: SeededSource(seed: 1))
    try classifier.adapt(with: MethodRegistry.method(named: method), seed: 1)
    return classifier
  }

  private func trained(
    _ settings: OptimizerSettings, _ method: String = "full"
  ) throws -> [String: TrainedParameter] {
    let classifier = try classifier(method)
    try settings.freeze(classifier)
    return Dictionary(
      uniqueKeysWithValues: settings.trained(classifier).map { ($0.parameter.path, $0) })
  }

  @Test("Layers below the head train more slowly by the decay, a power for each")
  func layers() throws {
    let all = try trained(OptimizerSettings(lr: 1, weightDecay: 0.1, layerDecay: 0.5))
    // Embeddings, two blocks, the last with the norm after it, and the head: timm's four layers.
    let factors: [String: Float] = [
      "visual.conv1.weight": 0.125, "visual.class_embedding": 0.125, "visual.ln_pre.bias": 0.125,
      "visual.transformer.resblocks.0.attn.in_proj_weight": 0.25,
      "visual.transformer.resblocks.1.ln_2.weight": 0.5, "visual.ln_post.weight": 0.5, "visual.proj": 1,
      "classification_head.weight": 1,
    ]
    for (path, factor) in factors { #expect(all[path]?.rateFactor == factor, "\(path)") }
  }

  @Test("What a method adds belongs to its layer")
  func addedLayers() throws {
    let all = try trained(OptimizerSettings(lr: 1, weightDecay: 0, layerDecay: 0.5), "lora")
    let first = all.filter { $0.key.contains("resblocks.0.") && $0.key.contains("lora") }
    #expect(!first.isEmpty && first.values.allSatisfy { $0.rateFactor == 0.25 })
    let scales = try trained(OptimizerSettings(lr: 1, weightDecay: 0, layerDecay: 0.5), "ssf")
    #expect(scales["visual.conv1.ssf_scale"]?.rateFactor == 0.125)
    #expect(scales["visual.ln_post.ssf_shift"]?.rateFactor == 0.5)
  }

  @Test("The head may have a rate of its own, and groups theirs; the first that fits holds")
  func groups() throws {
    let all = try trained(
      OptimizerSettings(
        lr: 0.1, weightDecay: 0.2, headLr: 1,
        groups: [
          ParameterGroup(pattern: "visual.*.ln_*", lr: 0.05, weightDecay: 0),
          ParameterGroup(pattern: "*resblocks.1*", lr: 0.3), ParameterGroup(pattern: "*"),
        ]))
    #expect(all["classification_head.weight"]?.rateFactor == 10)
    #expect(all["classification_head.bias"]?.rateFactor == 10)
    #expect(all["visual.proj"]?.rateFactor == 10, "the projection is the head's, as it is counted")
    #expect(all["visual.transformer.resblocks.1.ln_1.weight"]?.rateFactor == 0.5)
    #expect(all["visual.transformer.resblocks.1.ln_1.weight"]?.weightDecay == 0)
    #expect(all["visual.transformer.resblocks.1.mlp.c_fc.weight"]?.rateFactor == 3)
    #expect(all["visual.conv1.weight"]?.rateFactor == 1 && all["visual.conv1.weight"]?.weightDecay == 0.2)
  }

  @Test("A pattern that fits nothing, and a parameter that fits none, are errors that name them")
  func unmatched() throws {
    func problem(_ groups: [ParameterGroup]) -> String {
      let error = #expect(throws: TrainingError.self) {
        try trained(OptimizerSettings(lr: 1, weightDecay: 0, groups: groups))
      }
      return error?.description ?? ""
    }
    #expect(problem([ParameterGroup(pattern: "visual.*")]).contains("classification_head.weight"))
    #expect(problem([ParameterGroup(pattern: "*"), ParameterGroup(pattern: "text.*")]).contains("text.*"))
  }

  @Test("A frozen group stays, bit for bit; a run of it is loaded, interpolated and resumed as any other")
  func frozen() throws {
    func change(_ settings: inout FineTuningSettings) {
      settings.optimizer.groups = [
        ParameterGroup(pattern: "visual.*", frozen: true), ParameterGroup(pattern: "*"),
      ]
    }
    let whole = try tiny.run("full", name: "whole", change: change)
    #expect(Set(whole.names) == ["classification_head.weight", "classification_head.bias"])
    let parts = try tiny.run("full", name: "parts", stoppingAt: [1, 3], change: change)
    for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    let run = try LoadedRun.load(RunFolder(tiny.folder.file("whole")))
    #expect(run.record.parameters.tuned == 0 && run.record.parameters.head > 0)
  }

  @Test("Decay leaves biases, norms and positions out where it is asked to")
  func decay() throws {
    let all = try trained(OptimizerSettings(lr: 1, weightDecay: 0.1, decay: .matrices))
    #expect(all["visual.conv1.weight"]?.weightDecay == 0.1 && all["visual.ln_pre.weight"]?.weightDecay == 0)
    #expect(all["visual.positional_embedding"]?.weightDecay == 0)
  }

  @Test("A continued run of SGD, and of linear and constant rates, ends with the same bits")
  func resume() throws {
    for shape in LearningRateSchedule.Shape.allCases {
      func change(_ settings: inout FineTuningSettings) {
        settings.optimizer.name = .sgd
        settings.optimizer.layerDecay = 0.7
        settings.schedule.name = shape
      }
      let whole = try tiny.run("full", name: "\(shape)", change: change)
      let parts = try tiny.run("full", name: "\(shape)-parts", stoppingAt: [2, 5], change: change)
      for name in whole.names { #expect(whole[name]?.array == parts[name]?.array, "\(name)") }
    }
  }

  @Test(
    "Patterns match as file names do",
    arguments: [
      ("*", "a.b", true), ("a.*", "a.b", true), ("*.b", "a.b", true), ("a*b*c", "a1b2c", true),
      ("a*b*c", "acb", false), ("a", "ab", false), ("", "a", false), ("*ab*ab", "ab", false),
      ("a*a", "a", false),
    ])
  func patterns(pattern: String, name: String, fits: Bool) {
    #expect(ParameterGroup(pattern: pattern).matches(name) == fits)
  }
}
