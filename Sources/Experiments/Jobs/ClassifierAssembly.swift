import CLIPCore
import Checkpoint
import Datasets
import NN
import PEFT
import TensorCore
import Tokenizer
import Training

/// The parts of a classifier that depend on how it is fine-tuned: which towers are in it, and which prompts they read.
struct ClassifierAssembly {
  let method: any FineTuningMethod
  let towers: Set<TowerKind>
  let classNames: [String]
  /// The run's prompts.
  let templates: [String]
  let settings: FineTuningSettings

  /// Prompts that a text tower can be expected to read at every step.
  private static let mostPrompts = 20_000

  init(
    method: any FineTuningMethod, towers: Set<TowerKind>, classNames: [String], templates: [String],
    settings: FineTuningSettings
  ) {
    self.method = method
    self.towers = towers
    self.classNames = classNames
    self.templates = templates
    self.settings = settings
  }

  /// Of a run, with a head for other classes where that is asked for.
  init(_ record: RunRecord, textHead: LoadedRun.TextHeadRequest? = nil) throws(MethodError) {
    self.init(
      method: try record.spec.makeMethod(),
      towers: record.towers, classNames: (textHead?.classes ?? record.data.classes).map(\.name),
      templates: textHead?.templates ?? record.data.templates, settings: record.settings)
  }

  /// Whether the head is a function of text, so that the classifier has a text tower.
  var headReadsText: Bool { method.prompts != .none || towers.contains(.text) }

  /// Whether a text tower is read in training, be it by the objective only.
  var trainingReadsText: Bool { headReadsText || settings.objective.readsTexts }

  /// The model's image tower with a head, and `withText` its text tower. `state` has the head, and may have other
  /// weights for what it names.
  func classifier(
    clip: CLIP, tokenizer: BPETokenizer?, withText: Bool, replacing state: StateDict, file: String
  ) throws -> ImageClassifier {
    guard withText, let tokenizer else {
      return try ImageClassifier(
        config: clip.config, classes: classNames.count,
        state: clip.visionState().merging(state), file: file)
    }
    return try ImageClassifier(
      config: clip.config, classes: classNames.count, state: clip.store.state().merging(state), file: file,
      prompts: prompts(clip: clip, tokenizer: tokenizer))
  }

  private func prompts(clip: CLIP, tokenizer: BPETokenizer) throws -> ClassPrompts.Tokens {
    var chosen = templates
    if case .templates(let own) = method.prompts { chosen = own }
    // Captions of a batch are few, and contexts are read once.
    let readsAll = headReadsText && settings.objective.name != .contrastive
    guard !readsAll || chosen.count * classNames.count <= Self.mostPrompts else {
      throw MethodError.unfit(
        "The text tower would read \(chosen.count * classNames.count) prompts at every step; give fewer with --templates, "
          + "such as a file with the one line: a photo of a {}.")
    }
    return try ClassPrompts.Tokens(
      classNames: classNames, templates: chosen, tokenizer: tokenizer,
      contextLength: clip.config.text.contextLength)
  }

  /// Attaches the method, and lets nothing of frozen groups or a frozen head train. Throws if its options do not fit the model, a tower is
  /// named that it does not change, or groups do not fit its parameters.
  func adapt(_ classifier: ImageClassifier, seed: UInt64, examples: any Examples) throws {
    try classifier.adapt(with: method, towers: towers, seed: seed, examples: examples)
    if settings.objective.logitScale != .frozen, let scale = classifier.texts?.logitScale {
      classifier.adaptation?.train(scale)
    }
    try settings.optimizer.freeze(classifier)
    guard settings.head.frozen else { return }
    for parameter in [classifier.headWeight, classifier.headBias] {
      parameter.isTrainable = false
      // Found once, and never again from anything that is kept.
      if settings.head.start != .zeroShot { classifier.adaptation?.keep(parameter) }
    }
  }
}
