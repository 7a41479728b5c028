import Foundation
import NN
import TensorCore
import Tokenizer

/// A prompt of each class, or several, with the text tower that reads them: the text side of a classifier.
public final class ClassPrompts: ClassTexts {
  /// Prompts as a text tower takes them.
  public struct Tokens {
    /// `i32` [classes, context], one for each template.
    public let templates: [Tensor]
    /// Nil where the words do not matter.
    fileprivate let tokenizer: BPETokenizer?

    /// Throws unless there are classes, and templates that contain `{}`.
    public init(
      classNames: [String], templates: [String], tokenizer: BPETokenizer, contextLength: Int
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
      self.tokenizer = tokenizer
    }

    /// Prompts that are tokens already: `i32` [classes, context] for each template.
    public init(templates: [Tensor]) {
      self.templates = templates
      tokenizer = nil
    }

    /// Prompts of nothing, for what only counts parameters.
    public init(undefined classes: Int, contextLength: Int) {
      templates = [
        Tensor([Int32](repeating: 0, count: classes * contextLength), shape: [classes, contextLength])
      ]
      tokenizer = nil
    }
  }

  private let tokens: Tokens
  private let text: TextTransformer
  /// Logarithm of the factor on cosine similarities; a scalar.
  public let logitScale: Parameter

  init(_ tokens: Tokens, tower: TextTransformer, logitScale: Parameter) {
    self.tokens = tokens
    text = tower
    self.logitScale = logitScale
  }

  public var tower: any AdaptableTower { text }
  /// Of the tower, [width, embedding width].
  public var projection: Parameter { text.projection }
  public var contextLength: Int { text.config.contextLength }
  public var similarityScale: Float { exp(logitScale.value.item) }

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

  /// Texts encoded together: of about the same length, and no more than keep a product busy.
  private static let textsOfPart = 128
  /// Tokens whose way through the tower is kept for backward where only words train: what is beyond is computed anew.
  private static let keptTokens = 4096

  /// Embeddings of texts `i32` [texts, length], whose words after the start give way to as many others; many are encoded by
  /// length, in parts.
  private func encode(_ ids: Tensor, leadingWords words: Variable?, _ context: ForwardContext) -> Variable {
    let (count, length) = (ids.shape[0], ids.shape[1])
    let all = ids.intArray
    let rows = (0..<count).map { Array(all[$0 * length..<($0 + 1) * length]) }
    let ends = rows.map(text.endOfText)
    guard count > Self.textsOfPart else {
      return encode(rows, ends: ends, leadingWords: words, context)
    }
    let order = (0..<count).sorted { (ends[$0], $0) < (ends[$1], $1) }
    var kept = 0
    let parts = stride(from: 0, to: count, by: Self.textsOfPart).map { start in
      let part = Array(order[start..<min(start + Self.textsOfPart, count)])
      let own = context.ofTexts(part.map { context.images?[$0] ?? UInt64($0) })
      let (rows, ends) = (part.map { rows[$0] }, part.map { ends[$0] })
      func encoded(_ words: Variable?) -> Variable {
        encode(rows, ends: ends, leadingWords: words, own)
      }
      kept += part.count * ((ends.max() ?? 0) + 1)
      guard let words, words.needsGradient, kept > Self.keptTokens, !context.recomputes else {
        return encoded(words)
      }
      return words.recomputed { encoded($0) }
    }
    var places = [Int32](repeating: 0, count: count)
    for (place, text) in order.enumerated() { places[text] = Int32(place) }
    return Variable.concatenated(parts).gatherRows(Tensor(places, shape: [count]))
  }

  private func encode(
    _ rows: [[Int32]], ends: [Int], leadingWords words: Variable?, _ context: ForwardContext
  ) -> Variable {
    // Attention is causal: what follows the last end changes nothing.
    let used = (ends.max() ?? 0) + 1
    func embedded(_ range: Range<Int>) -> Variable {
      let part = Tensor(rows.flatMap { $0[range] }, shape: [rows.count, range.count])
      return text.tokenEmbedding.variable.gatherRows(part)
    }
    guard let words else { return text.encode(embedded(0..<used), ends: ends, context) }
    let count = words.shape[0]
    precondition(count + 1 < used, "\(count) words do not fit a prompt of \(used) tokens")
    let start = embedded(0..<1).rows(0..<1).reshaped([1, text.width])
    let rest = embedded(count + 1..<used)
    // Whole paths are dropped text by text, of what texts share as well.
    guard !context.isTraining || context.dropPath == 0 else {
      return text.encode(rest.prepending(words).prepending(start), ends: ends, context)
    }
    return text.encode(
      rest, ends: ends.map { $0 - count - 1 }, prefix: .concatenated([start, words]), context)
  }

  /// Class embeddings, averaged over classes instead of templates: what each template says of an image whatever its
  /// class, L2-normalised, [templates, embedding width] (CAR-FT, Mao et al. 2022). `check` throws where it is to stop.
  public func contextEmbeddings(check: () throws -> Void) rethrows -> Tensor {
    let all = Tensor(uninitialized: [templateCount, text.projection.shape[1]])
    for (template, ids) in tokens.templates.enumerated() {
      let mean = Tensor(zeros: [all.shape[1]])
      for start in stride(from: 0, to: ids.shape[0], by: Self.textsOfPart) {
        try check()
        let part = ids.rows(start..<min(start + Self.textsOfPart, ids.shape[0]))
        let embedded = embeddings(ofTexts: part)
        for row in 0..<embedded.shape[0] {
          Compute.backend.accumulate(
            adding: embedded.rows(row..<row + 1).reshaped(mean.shape), scaledBy: 1, to: mean)
        }
      }
      all.rows(template..<template + 1).mutableBytes.copyMemory(from: mean.bytes)
    }
    return Variable(all).l2Normalized().value
  }

  /// L2-normalised embeddings of texts of equal length, `i32` [texts, length] → [texts, embedding width], as the tower was
  /// before fine-tuning.
  public func embeddings(ofTexts ids: Tensor) -> Tensor {
    Recomputation.withoutGradients {
      encode(ids, leadingWords: nil, .inference(alpha: 0)).l2Normalized()
    }.value
  }

  /// Texts of `length` random tokens between start and end, `i32` [count, length + 2] (Lipsum-FT, Nam et al. 2024).
  /// - Precondition: they fit the context (`longestRandomText`), and there are words (`randomWords`).
  public func randomTexts(count: Int, length: Int, seed: UInt64) -> Tensor {
    let (start, end) = marks
    var random = SeededRandom(seed)
    let ids = (0..<count).flatMap { _ in
      [start] + (0..<length).map { _ in Int32(random.int(below: randomWords)) } + [end]
    }
    return Tensor(ids, shape: [count, length + 2])
  }

  /// The tokens that begin and end a text.
  private var marks: (start: Int32, end: Int32) {
    let sample = tokens.templates[0].rows(0..<1).intArray
    return (sample[0], sample[text.endOfText(sample)])
  }

  /// How many tokens random texts are made of: those before the ones that begin and end a text, as CLIP numbers them.
  public var randomWords: Int { Int(min(marks.start, marks.end)) }

  /// Tokens that a random text may have, start and end apart.
  public var longestRandomText: Int { contextLength - 2 }

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
      dropPath: dropPath, precision: precision, recomputes: recomputes, alpha: alpha, gates: gates)
  }
}
