import NN
import TensorCore

/// Class weights that a text tower computes from the classes' prompts, as the tower stands: the head of whatever tunes the
/// text tower.
public final class TextHead: ComputedHead {
  private let texts: any ClassTexts

  public init(_ texts: any ClassTexts) { self.texts = texts }

  public func weight(from start: Variable, context: ForwardContext) -> Variable {
    texts.similarityScale * texts.embeddings(leadingWords: nil, context: context)
  }
}
