import NN
import TensorCore

/// A way to fine-tune: which parameters of the model train, and what is added to it.
///
/// A method is a value whose properties are its options. The classifier head (projection, class weights and bias) is
/// trained by every method that does not say otherwise, and counted apart.
public protocol FineTuningMethod: Sendable {
  /// Name on the command line and in run records.
  static var name: String { get }
  /// One sentence on what it trains.
  static var summary: String { get }
  /// Authors, title, venue.
  static var citation: String { get }
  /// Choices a user can make.
  static var options: [MethodOption<Self>] { get }
  /// How it trains where nobody says how.
  static var training: MethodTraining { get }

  /// Whether it looks at every patch where it lies, so that none may be left out in training.
  static var needsEveryPatch: Bool { get }

  /// Whether the image tower's projection trains where the head's weights are a function of text.
  static var trainsProjection: Bool { get }

  /// How much it trains: what comparisons set parameter-efficient methods beside.
  static var extent: TrainedExtent { get }

  /// Whether the head is a function of text, and of which prompts.
  var prompts: ClassPromptNeed { get }

  /// With default options.
  init()
  /// Marks what trains and adds the method's modules. Throws if its options do not fit the model.
  func adapt(_ adaptation: Adaptation) throws(MethodError)
}

/// How much of a model a method trains.
public enum TrainedExtent: Sendable {
  /// Nothing but the head, which every method trains.
  case head
  /// Some parameters, the model's or the method's own: what is called parameter-efficient.
  case part
  /// Every parameter of the tower.
  case whole
}

/// Which prompts of the classes a method needs beside the image tower.
public enum ClassPromptNeed: Sendable, Equatable {
  case none
  /// Prompts of its own, each with `{}` for the class name.
  case templates([String])
}

/// How a method trains where nobody says how.
public struct MethodTraining: Sendable {
  /// On the embedded world: AdamW's learning rate, and how often each image is seen.
  public var worldRate: Float
  public var worldEpochs: Int
  /// Options there, as a user gives them, where the defaults do not fit so small a model.
  public var worldOptions: [String: String]
  /// Name of the recipe for CLIP on photographs.
  public var photographs: String

  public init(
    worldRate: Float = 1.4e-3, worldEpochs: Int = 5, worldOptions: [String: String] = [:],
    photographs: String = "study-robustness"
  ) {
    self.worldRate = worldRate
    self.worldEpochs = worldEpochs
    self.worldOptions = worldOptions
    self.photographs = photographs
  }
}

extension FineTuningMethod {
  public static var options: [MethodOption<Self>] { [] }
  public static var training: MethodTraining { MethodTraining() }
  public static var trainsProjection: Bool { false }
  public static var needsEveryPatch: Bool { false }
  public static var extent: TrainedExtent { .part }
  public var prompts: ClassPromptNeed { .none }

  /// Names, valid values and defaults of the options.
  public static var optionDescriptions: [OptionDescription] {
    let standard = Self()
    return options.map { $0.description(of: standard) }
  }

  /// The options by name: for records.
  public var optionValues: [String: OptionValue] {
    Dictionary(uniqueKeysWithValues: Self.options.map { ($0.name, $0.get(self)) })
  }

  /// The method with some options as a user gives them.
  init(options given: [String: String]) throws(MethodError) {
    self.init()
    for (name, text) in given.sorted(by: { $0.key < $1.key }) {
      guard let option = Self.options.first(where: { $0.name == name }) else {
        throw .unknownOption(name, method: Self.name, known: Self.options.map(\.name))
      }
      guard option.set(&self, text) else {
        throw .badOption(name, value: text, method: Self.name, valid: option.valid)
      }
    }
  }
}
