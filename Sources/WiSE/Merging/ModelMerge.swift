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
    let type = type(of: method)
    guard type.models.contains(models.count), let first = models.first else {
      throw MergeError.modelCount(models.count, method: type.name, valid: type.models)
    }
    try Self.require(
      type.needs.contains(.base), base != nil, "the model that all began from, with --base", type)
    try Self.require(
      type.needs.contains(.fisher), !fishers.isEmpty, "each model's Fisher information, with --fisher", type)
    guard fishers.isEmpty || fishers.count == models.count else {
      throw MergeError.needs(
        "has \(fishers.count) files of Fisher information for \(models.count) models; give one for each, in their order",
        method: type.name)
    }
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

  private static func require(
    _ isNeeded: Bool, _ isGiven: Bool, _ what: String, _ type: any MergeMethod.Type
  ) throws(MergeError) {
    guard isNeeded != isGiven else { return }
    throw .needs(isNeeded ? "needs \(what)" : "does not use \(what); leave it away", method: type.name)
  }

  /// Of the merged model, in the order of the first.
  public var names: [String] { models[0].names }

  public func shape(of name: String) -> [Int] { models[0].shape(of: name) ?? [] }

  /// What each model counts for; throws unless `score` is there for a method that looks at images, and only then.
  public func coefficients(score: MixtureScorer? = nil) throws -> MergeCoefficients {
    let type = type(of: method)
    try Self.require(
      type.needs.contains(.validation), score != nil, "validation images, with --val", type)
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
