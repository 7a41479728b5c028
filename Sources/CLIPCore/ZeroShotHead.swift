import TensorCore
import Tokenizer

/// Class weights made of text embeddings (Radford et al. 2021; Wortsman et al. 2022).
///
/// Each prompt's embedding is L2-normalised, averaged over the class's prompts, normalised again and multiplied by
/// exp(logit scale).
public struct ZeroShotHead: Sendable {
  /// [classes, embedding width]
  public let weight: Tensor
  public let classNames: [String]

  /// A head made before: weight [classes, embedding width].
  public init(weight: Tensor, classNames: [String]) {
    self.weight = weight
    self.classNames = classNames
  }

  /// - Parameters:
  ///   - templates: prompts in which `{}` is replaced by the class name.
  ///   - progress: called with the number of prompts encoded so far.
  public static func build(
    clip: CLIP, tokenizer: BPETokenizer, classNames: [String], templates: [String],
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(ModelError) -> ZeroShotHead {
    guard !templates.isEmpty, !classNames.isEmpty else {
      throw .badText("A zero-shot head needs at least one class and one prompt template.")
    }
    if let template = templates.first(where: { !$0.contains("{}") }) {
      throw .badText("The prompt template \"\(template)\" does not contain {}, the place of the class name.")
    }
    let width = clip.config.embeddingWidth
    let weight = Tensor(uninitialized: [classNames.count, width])
    let total = classNames.count * templates.count
    // Whole classes at a time, about 256 prompts.
    let step = max(1, 256 / templates.count)
    for start in stride(from: 0, to: classNames.count, by: step) {
      let names = classNames[start..<min(start + step, classNames.count)]
      let prompts = names.flatMap { name in templates.map { $0.replacing("{}", with: name) } }
      let tokens = prompts.flatMap {
        tokenizer.tokens(for: $0, contextLength: clip.config.text.contextLength)
      }
      let embeddings = try clip.encodeTexts(
        Tensor(tokens, shape: [prompts.count, clip.config.text.contextLength])
      ).l2Normalized().value
      average(
        embeddings, every: templates.count, into: weight.rows(start..<start + names.count),
        scale: clip.similarityScale)
      progress(min(total, (start + names.count) * templates.count), total)
    }
    return ZeroShotHead(weight: weight, classNames: classNames)
  }

  /// Mean of each run of `group` rows, normalised and scaled.
  private static func average(_ embeddings: Tensor, every group: Int, into weight: Tensor, scale: Float) {
    let width = embeddings.shape[1]
    let mean = Tensor(zeros: weight.shape)
    let (rows, sums) = (embeddings.floats, mean.mutableFloats)
    for row in 0..<embeddings.shape[0] {
      let sum = row / group * width
      for column in 0..<width { sums[sum + column] += rows[row * width + column] / Float(group) }
    }
    let normalized = Variable(mean).l2Normalized().value
    Compute.backend.scale(weight, normalized, by: scale)
  }
}
