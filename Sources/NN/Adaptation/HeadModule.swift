import TensorCore

/// A classifier's own head, on L2-normalised embeddings.
public struct PlainHead {
  /// [classes, embedding width]
  public let weight: Variable
  /// [classes]
  public let bias: Variable

  public init(weight: Variable, bias: Variable) {
    self.weight = weight
    self.bias = bias
  }

  /// normalized: [batch, embedding width] → [batch, classes].
  public func logits(_ normalized: Variable) -> Variable { normalized.linear(weight: weight, bias: bias) }
}

/// What a method puts in the place of a classifier's own head.
public protocol HeadModule: AnyObject {
  /// Whether what it holds is of the classes that were trained on, such as their images; by default it is not.
  var isOfTrainedClasses: Bool { get }
  /// normalized: L2-normalised embeddings [batch, embedding width] → [batch, classes].
  func logits(_ normalized: Variable, head: PlainHead, context: ForwardContext) -> Variable
}

extension HeadModule {
  public var isOfTrainedClasses: Bool { false }
}

/// Class weights that are a function of what trains (of text, say), so that the result is a plain head.
public protocol ComputedHead: HeadModule {
  /// The weights before: [classes, embedding width] → those that take their place, as they stand at the context's alpha.
  func weight(from start: Variable, context: ForwardContext) -> Variable
}

extension ComputedHead {
  public func logits(_ normalized: Variable, head: PlainHead, context: ForwardContext) -> Variable {
    PlainHead(weight: weight(from: head.weight, context: context), bias: head.bias).logits(normalized)
  }
}

/// The text side of a classifier: a text tower and a prompt of each class.
public protocol ClassTexts: AnyObject {
  var tower: any AdaptableTower { get }
  /// Tokens that a text may have, its start and end among them.
  var contextLength: Int { get }
  /// The factor on cosine similarities.
  var similarityScale: Float { get }
  /// L2-normalised embeddings of the classes' prompts with their first words replaced by `words` [n, width] put in after
  /// the start of the text: [classes, embedding width].
  func embeddings(leadingWords words: Variable?, context: ForwardContext) -> Variable
  /// The input embeddings of words, [n, width of the text tower]; nil where the vocabulary is not known.
  func wordEmbeddings(of text: String) -> Tensor?
}
