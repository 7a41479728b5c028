import TensorCore

/// DARE: of each task vector, elements are dropped at random, and the others divided by the share that is kept, before the task
/// vectors are added to the base.
///
/// Which are dropped follows from the seed, the tensor's name, the model's place among the models and the element's place. With
/// `elect-signs`, only what agrees with the prevailing sign is added, as TIES elects it.
public struct DARE: MergeMethod {
  public var density: Float = 0.5
  public var weights = ModelWeights()
  public var scale: Float = 1
  public var electSigns = false
  public var seed = 0

  public static let name = "dare"
  public static let summary =
    "The base plus the sum of what each fine-tuning changed, of which a random part is dropped and the rest scaled up."
  public static let citation =
    "Yu et al., Language Models are Super Mario: Absorbing Abilities from Homologous Models as a Free Lunch, ICML 2024"
  public static let options: [MethodOption<DARE>] = [
    MethodOption("density", \.density, 0.0001...1, "the share of each task vector that is kept"),
    MethodOption("weights", \.weights, "by what each model's task vector is multiplied"),
    MethodOption("scale", \.scale, -100...100, "by what the merged task vector is multiplied"),
    MethodOption("elect-signs", \.electSigns, "whether only what agrees with the prevailing sign is added"),
    MethodOption("seed", \.seed, 0...1 << 53, "of what is dropped"),
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    MergeCoefficients(try weights.of(setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let own = SeededRandom.seed(UInt64(seed), named: tensor.name)
    let density = density
    return try merge(tensor, coefficients.values) { model, element in
      var random = SeededRandom(own, UInt64(model), UInt64(element))
      return random.chance(density)
    }
  }

  /// The same where `isKept` says what is kept.
  package func merge(
    _ tensor: MergeTensor, _ weights: [Double], isKept: @Sendable (_ model: Int, _ element: Int) -> Bool
  ) throws -> MergedTensor {
    let base = try tensor.base()
    func changes(_ index: Int) throws -> Tensor {
      let delta = try tensor.delta(index, from: base)
      guard density < 1 else { return delta }
      let density = density
      return Elements.map(tensor.shape) { range, output in
        let input = delta.floats
        for i in range { output[i] = isKept(index, i) ? input[i] / density : 0 }
      }
    }
    guard electSigns else {
      let sums = ElementSums(tensor.elements)
      for (index, weight) in weights.enumerated() { sums.add(try changes(index), times: weight) }
      return MergedTensor(sums.tensor(tensor.shape, times: Double(scale), plus: base))
    }
    let election = SignElection(tensor.elements)
    for (index, weight) in weights.enumerated() { election.vote(try changes(index), weight: weight) }
    for (index, weight) in weights.enumerated() { election.add(try changes(index), weight: weight) }
    return MergedTensor(election.sum.tensor(tensor.shape, times: Double(scale), plus: base))
  }
}
