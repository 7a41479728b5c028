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
    if let template = templates.first(where: { !$0.contains("{}") }) {
      throw .badText("The prompt template \"\(template)\" does not contain {}, the place of the class name.")
    }
    return try build(
      clip: clip, tokenizer: tokenizer, classNames: classNames,
      prompts: classNames.map { name in templates.map { $0.replacing("{}", with: name) } }, progress: progress
    )
  }

  /// Prompts in a batch, about: those of whole classes.
  private static let promptsAtOnce = 256

  /// Of prompts of each class, as many as it has.
  public static func build(
    clip: CLIP, tokenizer: BPETokenizer, classNames: [String], prompts: [[String]],
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(ModelError) -> ZeroShotHead {
    guard !classNames.isEmpty, prompts.count == classNames.count, prompts.allSatisfy({ !$0.isEmpty }) else {
      throw .badText("A zero-shot head needs at least one class, and a prompt of each.")
    }
    let weight = Tensor(uninitialized: [classNames.count, clip.config.embeddingWidth])
    let length = clip.config.text.contextLength
    let total = prompts.reduce(0) { $0 + $1.count }
    var (start, done) = (0, 0)
    while start < classNames.count {
      var (end, count) = (start + 1, prompts[start].count)
      while end < classNames.count, count + prompts[end].count <= promptsAtOnce {
        count += prompts[end].count
        end += 1
      }
      let tokens = prompts[start..<end].joined().flatMap { tokenizer.tokens(for: $0, contextLength: length) }
      let embeddings = try clip.encodeTexts(Tensor(tokens, shape: [count, length])).l2Normalized().value
      average(
        embeddings, groups: prompts[start..<end].map(\.count), into: weight.rows(start..<end),
        scale: clip.similarityScale)
      (start, done) = (end, done + count)
      progress(done, total)
    }
    return ZeroShotHead(weight: weight, classNames: classNames)
  }

  /// Mean of runs of so many rows each, normalised and scaled.
  private static func average(_ embeddings: Tensor, groups: [Int], into weight: Tensor, scale: Float) {
    let width = embeddings.shape[1]
    let mean = Tensor(zeros: weight.shape)
    let (rows, sums) = (embeddings.floats, mean.mutableFloats)
    var row = 0
    for (group, count) in groups.enumerated() {
      for _ in 0..<count {
        for column in 0..<width { sums[group * width + column] += rows[row * width + column] / Float(count) }
        row += 1
      }
    }
    let normalized = Variable(mean).l2Normalized().value
    Compute.backend.scale(weight, normalized, by: scale)
  }
}
