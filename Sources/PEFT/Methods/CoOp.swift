import NN
import TensorCore

/// CoOp: the words before the class name in the prompt, as learned inputs of the text tower, shared by all classes.
///
/// Everything else stays as it is, the head included: class weights are the embeddings of the learned prompts.
public struct CoOp: FineTuningMethod {
  /// How the words start.
  public enum Start: String, OptionChoice {
    /// As those of "a photo of a", of which there are 4.
    case words
    /// By N(0, 0.02²).
    case random
  }

  public var tokens = 4
  public var start = Start.words

  public static let name = "coop"
  public static let summary = "Trains the words before the class name in the prompt."
  public static let citation = "Zhou et al., Learning to Prompt for Vision-Language Models, IJCV 2022"
  public static let options: [MethodOption<CoOp>] = [
    MethodOption("tokens", \.tokens, 1...64, "how many words; 4 if they start as \"a photo of a\""),
    MethodOption("start", \.start, "what they start as"),
  ]
  public static let training = MethodTraining(
    worldRate: 1e-2, worldOptions: ["start": "random"], photographs: "frozen-features")
  private static let words = "a photo of a"

  public init() {}

  public var prompts: ClassPromptNeed {
    .templates([Array(repeating: "x", count: tokens).joined(separator: " ") + " {}."])
  }

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    guard let texts = adaptation.texts else { throw .unfit("coop needs the text tower of the model.") }
    // The start, at least one token of the name, and the end stand in the prompt, too.
    guard tokens + 3 <= texts.contextLength else {
      throw .unfit(
        "tokens=\(tokens) leaves no room for a name in the model's \(texts.contextLength) tokens; give fewer."
      )
    }
    let learned = adaptation.scope("prompt_learner").parameter(
      "ctx", [tokens, texts.tower.width], .normal(deviation: 0.02), trainable: true)
    if start == .words, let known = texts.wordEmbeddings(of: Self.words) {
      guard known.shape[0] == tokens else {
        throw .unfit(
          "\"\(Self.words)\" are \(known.shape[0]) tokens of this model; give tokens=\(known.shape[0]) or start=random."
        )
      }
      learned.assign(known)
    }
    adaptation.trainsHead = false
    adaptation.headModule = LearnedPromptHead(texts, words: learned)
  }
}

private final class LearnedPromptHead: ComputedHead {
  private let texts: any ClassTexts
  private let words: Parameter

  init(_ texts: any ClassTexts, words: Parameter) {
    self.texts = texts
    self.words = words
  }

  func weight(from start: Variable, context: ForwardContext) -> Variable {
    context.between(
      start,
      texts.similarityScale * texts.embeddings(leadingWords: words.variable, context: context))
  }
}
