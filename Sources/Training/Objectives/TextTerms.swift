import CLIPCore
import NN
import TensorCore

/// How far an image's similarities to random texts are from those before fine-tuning: half of their mean squared change
/// (Lipsum-FT, Nam et al. 2024). The texts are others at each step.
package final class RandomTextEnergy: ObjectiveTerm {
  private let settings: ObjectiveSettings
  private let texts: ClassPrompts
  private let seed: UInt64
  package static let seedName = "random texts"
  /// Texts of a step, for all parts of its batch: embeddings times the factor on similarities, [texts, embedding width].
  private var drawn: (step: Int, texts: Variable)?

  init(
    _ settings: ObjectiveSettings, _ classifier: ImageClassifier, _ texts: ClassPrompts, seed: UInt64
  ) throws(TrainingError) {
    guard settings.randomTextLength <= texts.longestRandomText else {
      throw .badValue(
        "objective.random_text_length",
        "is \(settings.randomTextLength); the model's texts have at most \(texts.longestRandomText) tokens between start and "
          + "end")
    }
    guard texts.randomWords > 0 else {
      throw .badValue(
        "objective.random_text_energy",
        "needs a vocabulary with words before the tokens that begin and end a text, as CLIP has it; set it to 0"
      )
    }
    guard classifier.adaptation?.changes(texts.tower) != true else {
      throw .badValue(
        keys: ["objective.random_text_energy", "method.towers"],
        "is about a text tower that stays; give --towers vision")
    }
    self.settings = settings
    self.texts = texts
    self.seed = SeededRandom.seed(seed, named: Self.seedName)
  }

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    let texts = drawnTexts(step)
    let before = opinions.ofStart.embeddings.detached.multiplied(by: texts, otherTransposed: true).value
    let now = forwarded.embeddings.multiplied(by: texts, otherTransposed: true)
    return settings.randomTextEnergy / Float(2 * settings.randomTexts) * now.meanSquaredDistance(to: before)
  }

  private func drawnTexts(_ step: Int) -> Variable {
    if let drawn, drawn.step == step { return drawn.texts }
    let ids = texts.randomTexts(
      count: settings.randomTexts, length: settings.randomTextLength,
      seed: SeededRandom.seed(seed, UInt64(step)))
    let scaled = texts.similarityScale * Variable(texts.embeddings(ofTexts: ids))
    drawn = (step, scaled)
    return scaled
  }
}

/// Kullback-Leibler divergence of an image's distribution over prompt templates from that before fine-tuning (CAR-FT, Mao et
/// al. 2022).
struct ContextDivergence: ObjectiveTerm {
  private let strength: Float
  /// Embeddings of the templates times the factor on similarities, [templates, embedding width].
  private let contexts: Variable

  /// Throws where there are no templates to tell apart, or `check` does.
  init(_ strength: Float, _ texts: ClassPrompts, check: () throws -> Void) throws {
    guard texts.templateCount > 1 else {
      throw TrainingError.badValue(
        keys: ["objective.context_divergence", "data.templates"],
        "is about which of several prompt templates fits an image, and a class has one prompt here; give more with "
          + "--templates, where the method has none of its own"
      )
    }
    self.strength = strength
    contexts = texts.similarityScale * Variable(try texts.contextEmbeddings(check: check))
  }

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    let before = opinions.ofStart.embeddings.detached.multiplied(by: contexts, otherTransposed: true)
    let probabilities = before.value.softmax()
    let entropy = before.crossEntropy(distribution: probabilities).value.item
    let now = forwarded.embeddings.multiplied(by: contexts, otherTransposed: true)
    return strength
      * (now.crossEntropy(distribution: probabilities) + Variable(Tensor(scalar: -entropy)))
  }
}
