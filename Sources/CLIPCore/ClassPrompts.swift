import NN
import TensorCore
import Tokenizer

/// A prompt of each class, or several, with the text tower that reads them: the text side of a classifier.
public final class ClassPrompts: ClassTexts {
  /// Prompts as a text tower takes them.
  public struct Tokens {
    /// `i32` [classes, context], one for each template.
    public let templates: [Tensor]
    public let similarityScale: Float
    /// Nil where the words do not matter.
    fileprivate let tokenizer: BPETokenizer?

    /// Throws unless there are classes, and templates that contain `{}`.
    public init(
      classNames: [String], templates: [String], tokenizer: BPETokenizer, contextLength: Int,
      similarityScale: Float
    ) throws(ModelError) {
      guard !classNames.isEmpty, !templates.isEmpty else {
        throw .badText("Prompts need at least one class and one template.")
      }
      if let template = templates.first(where: { !$0.contains("{}") }) {
        throw .badText(
          "The prompt template \"\(template)\" does not contain {}, the place of the class name.")
      }
      self.templates = templates.map { template in
        let tokens = classNames.flatMap {
          tokenizer.tokens(for: template.replacing("{}", with: $0), contextLength: contextLength)
        }
        return Tensor(tokens, shape: [classNames.count, contextLength])
      }
      self.similarityScale = similarityScale
      self.tokenizer = tokenizer
    }

    /// Prompts that are tokens already: `i32` [classes, context] for each template.
    public init(templates: [Tensor], similarityScale: Float) {
      self.templates = templates
      self.similarityScale = similarityScale
      tokenizer = nil
    }

    /// Prompts of nothing, for what only counts parameters.
    public init(undefined classes: Int, contextLength: Int) {
      templates = [
        Tensor([Int32](repeating: 0, count: classes * contextLength), shape: [classes, contextLength])
      ]
      similarityScale = 1
      tokenizer = nil
    }
  }

  private let tokens: Tokens
  private let text: TextTransformer

  init(_ tokens: Tokens, tower: TextTransformer) {
    self.tokens = tokens
    text = tower
  }

  public var tower: any AdaptableTower { text }
  public var contextLength: Int { text.config.contextLength }
  public var similarityScale: Float { tokens.similarityScale }

  /// Of several templates: the mean, normalised again, as a zero-shot head has it.
  public func embeddings(leadingWords words: Variable?, context: ForwardContext) -> Variable {
    let each = tokens.templates.enumerated().map { template, ids in
      encode(ids, leadingWords: words, context.ofTexts(ids.shape[0], template: template)).l2Normalized()
    }
    guard each.count > 1 else { return each[0] }
    return each.dropFirst().reduce(each[0]) { $0 + $1 }.l2Normalized()
  }

  /// The prompt's words after its start give way to as many others.
  private func encode(_ ids: Tensor, leadingWords words: Variable?, _ context: ForwardContext) -> Variable {
    let (classes, length) = (ids.shape[0], ids.shape[1])
    let all = ids.intArray
    let rows = (0..<classes).map { Array(all[$0 * length..<($0 + 1) * length]) }
    let ends = rows.map(text.endOfText)
    // Attention is causal: what follows the last end changes nothing.
    let used = (ends.max() ?? 0) + 1
    func embedded(_ range: Range<Int>) -> Variable {
      let part = Tensor(rows.flatMap { $0[range] }, shape: [classes, range.count])
      return text.tokenEmbedding.variable.gatherRows(part)
    }
    guard let words else { return text.encode(embedded(0..<used), ends: ends, context) }
    let count = words.shape[0]
    precondition(count + 1 < used, "\(count) words do not fit a prompt of \(used) tokens")
    let start = embedded(0..<1).rows(0..<1).reshaped([1, text.width])
    return text.encode(
      embedded(count + 1..<used).prepending(words).prepending(start), ends: ends, context)
  }

  public func wordEmbeddings(of words: String) -> Tensor? {
    guard let ids = tokens.tokenizer?.encode(words) else { return nil }
    return text.tokenEmbedding.variable.detached.gatherRows(Tensor(ids.map { Int32($0) }, shape: [ids.count]))
      .value
  }
}

extension ForwardContext {
  /// The same for a text of each class, made from one template: what is random is drawn for each text, whichever images
  /// the step has.
  fileprivate func ofTexts(_ classes: Int, template: Int) -> ForwardContext {
    ForwardContext(
      isTraining: isTraining, seed: seed, images: (0..<classes).map { UInt64(template) << 32 | UInt64($0) },
      dropPath: dropPath, precision: precision, recomputes: recomputes, alpha: alpha)
  }
}
