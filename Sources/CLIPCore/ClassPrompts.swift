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
      encode(
        ids, leadingWords: words,
        context.ofTexts((0..<ids.shape[0]).map { UInt64(template) << 32 | UInt64($0) })
      ).l2Normalized()
    }
    guard each.count > 1 else { return each[0] }
    return each.dropFirst().reduce(each[0]) { $0 + $1 }.l2Normalized()
  }

  /// How many templates there are.
  public var templateCount: Int { tokens.templates.count }

  /// L2-normalised embeddings of captions, [captions, embedding width]: each is a class's prompt by one of the templates.
  /// Equal ones are encoded once.
  public func embeddings(
    of captions: [(class: Int, template: Int)], context: ForwardContext
  ) -> Variable {
    var rows: [Int32] = []
    var masks: [UInt64] = []
    var places: [UInt64: Int32] = [:]
    let index = captions.map { caption -> Int32 in
      let key = UInt64(caption.template) << 32 | UInt64(caption.class)
      if let place = places[key] { return place }
      let place = Int32(masks.count)
      places[key] = place
      masks.append(key)
      rows += tokens.templates[caption.template].rows(caption.class..<caption.class + 1).intArray
      return place
    }
    let ids = Tensor(rows, shape: [masks.count, rows.count / max(1, masks.count)])
    return encode(ids, leadingWords: nil, context.ofTexts(masks)).l2Normalized()
      .gatherRows(Tensor(index, shape: [index.count]))
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
  /// The same for texts, by template and class: what is random is drawn for each text, whichever images the step has.
  fileprivate func ofTexts(_ texts: [UInt64]) -> ForwardContext {
    ForwardContext(
      isTraining: isTraining, seed: seed, images: texts,
      dropPath: dropPath, precision: precision, recomputes: recomputes, alpha: alpha)
  }
}
