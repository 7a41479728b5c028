import CLIPCore
import NN
import PEFT
import TensorCore
import Training

/// How many numbers make up a model.
public struct ModelParameters: Encodable, Sendable, Equatable {
  public let total: Int
  /// The image tower with its projection; nil where towers cannot be told apart.
  public let vision: Int?
  /// The text tower with its projection.
  public let text: Int?

  public init(total: Int, vision: Int? = nil, text: Int? = nil) {
    self.total = total
    self.vision = vision
    self.text = text
  }

  public init(_ clip: CLIP) {
    let parameters = clip.store.parameters
    func count(_ isIncluded: (String) -> Bool) -> Int {
      parameters.reduce(0) { $0 + (isIncluded($1.path) ? $1.count : 0) }
    }
    self.init(
      total: count { _ in true }, vision: count { $0.hasPrefix("visual.") },
      text: count { !$0.hasPrefix("visual.") && $0 != clip.logitScale.path })
  }

  /// Of an architecture.
  public init(_ config: CLIPConfig) { self.init(CLIP(config: config, source: UninitializedSource())) }
}

/// What a fine-tuning method would train in a model.
public struct MethodParameters: Encodable, Sendable, Equatable {
  public let method: String
  public let summary: String
  public let citation: String
  /// In the image tower and in what the method adds to it.
  public let tuned: Int
  /// Projection, class weights and biases, which every method trains.
  public let head: Int
  /// Whether the result folds into plain weights.
  public let mergeable: Bool
  public let options: [String: OptionValue]
  /// Why it cannot be used with this model as it stands; nil where it can.
  public private(set) var problem: String?

  public init(
    _ method: any FineTuningMethod, config: CLIPConfig, classes: Int, towers: Set<TowerKind> = [.vision]
  ) throws(MethodError) {
    let type = type(of: method)
    let needsText = method.prompts != .none || towers.contains(.text)
    let classifier = ImageClassifier(
      config: config, classes: classes, source: UninitializedSource(),
      prompts: needsText ? .init(undefined: classes, contextLength: config.text.contextLength) : nil)
    try classifier.adapt(
      with: method, towers: towers, seed: 0, examples: OneExample(), countsOnly: true)
    self.method = type.name
    summary = type.summary
    citation = type.citation
    tuned = classifier.tunedParameters.reduce(0) { $0 + $1.count }
    head = classifier.headParameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) }
    mergeable = classifier.adaptation?.foldingObstacle == nil
    options = method.optionValues
  }
}

extension MethodParameters {
  /// A method that does not fit the model, with the reason.
  public init(_ method: any FineTuningMethod, problem: MethodError) {
    let type = type(of: method)
    self.init(
      method: type.name, summary: type.summary, citation: type.citation, tuned: 0, head: 0, mergeable: false,
      options: method.optionValues, problem: problem.description)
  }

  private init(
    method: String, summary: String, citation: String, tuned: Int, head: Int, mergeable: Bool,
    options: [String: OptionValue], problem: String?
  ) {
    self.method = method
    self.summary = summary
    self.citation = citation
    self.tuned = tuned
    self.head = head
    self.mergeable = mergeable
    self.options = options
    self.problem = problem
  }
}

/// Stands for training images where there are none: what a method keeps of each is counted once.
private final class OneExample: Examples {
  let count = 1
  func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {}
}
