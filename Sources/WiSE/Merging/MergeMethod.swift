import Checkpoint
import TensorCore

/// A way to make one model of several, tensor by tensor.
///
/// A method is a value whose properties are its options. Weights are `f32`, sums are in double precision.
public protocol MergeMethod: Sendable {
  /// Name on the command line and in records.
  static var name: String { get }
  /// One sentence on what it makes of the models.
  static var summary: String { get }
  /// Authors, title, venue; or where the arithmetic is described.
  static var citation: String { get }
  /// Choices a user can make.
  static var options: [MethodOption<Self>] { get }
  /// What it needs beside the models.
  static var needs: MergeNeeds { get }
  /// What the coefficient of a model is, in a few words.
  static var coefficientMeaning: String { get }
  /// How many models it takes, the base not among them.
  static var models: ClosedRange<Int> { get }

  /// With default options.
  init()

  /// What each model counts for.
  func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients
  /// One tensor of the merged model.
  func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor
}

/// The models of a merge as a whole, before the first tensor is merged.
public struct MergeSetting {
  /// Number of models, the base not among them.
  public let count: Int
  /// For methods that look at validation images; nil for the others.
  public let score: MixtureScorer?
  let fishers: [MergeInput]

  public init(count: Int, score: MixtureScorer? = nil, fishers: [MergeInput] = []) {
    (self.count, self.score, self.fishers) = (count, score, fishers)
  }

  /// Length of a model's Fisher information, over all tensors.
  func fisherNorm(_ index: Int) throws -> Double {
    var squares = 0.0
    for name in fishers[index].names where fishers[index].isFloatingPoint(name) {
      let fisher = try fishers[index].weights(name)
      squares += Elements.dot(fisher, fisher)
    }
    return squares.squareRoot()
  }
}

/// What a method needs beside the models.
public struct MergeNeeds: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The model that all began from.
  public static let base = MergeNeeds(rawValue: 1)
  /// Images by which it chooses.
  public static let validation = MergeNeeds(rawValue: 2)
  /// The diagonal of each model's Fisher information.
  public static let fisher = MergeNeeds(rawValue: 4)
}

/// How well a mixture of the models does on validation images.
public struct MixtureScore: Sendable, Equatable, Encodable {
  public let correct: Int
  public let images: Int
  /// Mean over the images.
  public let crossEntropy: Double

  public init(correct: Int, images: Int, crossEntropy: Double) {
    (self.correct, self.images, self.crossEntropy) = (correct, images, crossEntropy)
  }
}

/// Scores Σ cᵢ · θᵢ on validation images.
public typealias MixtureScorer = (_ coefficients: [Double]) throws -> MixtureScore

/// A mixture that a method tried.
public struct MixtureTrial: Sendable, Equatable, Encodable {
  public let coefficients: [Double]
  public let score: MixtureScore
  /// Whether it was the best so far, by the method's rule.
  public let isKept: Bool
}

/// What each model counts for, in the order of the models.
public struct MergeCoefficients: Sendable, Equatable {
  public let values: [Double]
  /// What was tried to find them, in order; empty where no image was looked at.
  public let trials: [MixtureTrial]

  public init(_ values: [Double], trials: [MixtureTrial] = []) {
    self.values = values
    self.trials = trials
  }

  /// The same for all, adding up to 1.
  public static func equal(_ count: Int) -> MergeCoefficients {
    MergeCoefficients(Array(repeating: 1 / Double(count), count: count))
  }
}

extension MergeMethod {
  public static var options: [MethodOption<Self>] { [] }
  public static var needs: MergeNeeds { [] }
  public static var coefficientMeaning: String {
    needs.contains(.base) ? "a factor on the model's task vector" : "the model's share"
  }
  public static var models: ClosedRange<Int> { 1...mostModels }
  /// More models than anybody merges.
  public static var mostModels: Int { 10_000 }

  public func coefficients(_ setting: MergeSetting) -> MergeCoefficients { .equal(setting.count) }

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
  public init(options given: [String: String]) throws(MergeError) {
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
