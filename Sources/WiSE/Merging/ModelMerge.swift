import Checkpoint
import TensorCore

/// A merge of models that are known to have the same tensors, carried out tensor by tensor: at any time, no more is in memory
/// than a few tensors of one name.
public struct ModelMerge {
  public let method: any MergeMethod
  public let models: [MergeInput]
  public let base: MergeInput?
  private let fishers: [MergeInput]
  private let places: [String: BlockPlace]

  /// Throws unless all have the same tensors and there is what the method needs.
  public init(
    _ method: any MergeMethod, models: [MergeInput], base: MergeInput? = nil, fishers: [MergeInput] = []
  ) throws {
    try Self.require(
      type(of: method), models: models.count, hasBase: base != nil, fishers: fishers.count)
    let first = models[0]
    for other in models.dropFirst() + [base].compactMap({ $0 }) + fishers {
      let differences = first.differences(from: other)
      guard differences.isEmpty else {
        throw WiSEError.differentModels(first: first.label, second: other.label, differences)
      }
    }
    self.method = method
    self.models = models
    self.base = base
    self.fishers = fishers
    places = BlockPlace.places(of: first.names)
  }

  /// Throws unless a method can merge so many models with what there is beside them.
  public static func require(
    _ type: any MergeMethod.Type, models: Int, hasBase: Bool, fishers: Int
  ) throws(MergeError) {
    guard type.models.contains(models) else {
      throw .modelCount(models, method: type.name, valid: type.models)
    }
    try require(type.needs.contains(.base), hasBase, "--base", "the model that all began from", type)
    try require(
      type.needs.contains(.fisher), fishers > 0, "--fisher",
      "a file for each model, or without it --val, images to estimate Fisher information on", type)
    guard fishers == 0 || fishers == models else {
      throw .needs(
        "has \(fishers) files of Fisher information for \(models) models; give one for each, in their order",
        method: type.name)
    }
  }

  private static func require(
    _ isNeeded: Bool, _ isGiven: Bool, _ option: String, _ what: String, _ type: any MergeMethod.Type
  ) throws(MergeError) {
    guard isNeeded != isGiven else { return }
    throw .needs(
      isNeeded ? "needs \(option), \(what)" : "does not use \(option); leave it away", method: type.name)
  }

  /// Of the merged model, in the order of the first.
  public var names: [String] { models[0].names }

  public func shape(of name: String) -> [Int] { models[0].shape(of: name) ?? [] }

  /// What each model counts for; throws unless `score` is there for a method that looks at images, and only then.
  public func coefficients(score: MixtureScorer? = nil) throws -> MergeCoefficients {
    let type = type(of: method)
    try Self.require(
      type.needs.contains(.validation), score != nil, "--val", "images to choose by", type)
    return try method.coefficients(
      MergeSetting(count: models.count, score: score, fishers: fishers))
  }

  /// One tensor of the merged model, in `f32`; integers are the base's, or the first model's.
  public func tensor(_ name: String, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    guard models[0].isFloatingPoint(name) else { return MergedTensor(try (base ?? models[0]).tensor(name)) }
    return try method.merge(merging(name), coefficients)
  }

  /// One tensor of a mixture of the models.
  public func mixture(_ name: String, _ coefficients: [Double]) throws -> Tensor {
    guard models[0].isFloatingPoint(name) else { return try models[0].tensor(name) }
    return try merging(name).mixture(coefficients)
  }

  package func merging(_ name: String) -> MergeTensor {
    MergeTensor(
      name: name, shape: shape(of: name), place: places[name], models: models, baseModel: base,
      fishers: fishers)
  }
}
