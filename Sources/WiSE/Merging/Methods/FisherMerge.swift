import TensorCore

/// The mean of the models' weights in which each weight counts by its Fisher information: Σ wᵢ·Fᵢ·θᵢ / Σ wᵢ·Fᵢ.
///
/// As the authors do, wᵢ is divided by the length of Fᵢ over the whole model, unless `normalize` is false. F is at least `floor`, in
/// every model and not only in the first, so that weights that no model cares about are averaged.
public struct FisherMerge: MergeMethod {
  public var weights = ModelWeights()
  public var normalize = true
  public var floor: Float = 1e-6

  public static let name = "fisher"
  public static let summary = "The mean of all models' weights, each weight by its Fisher information."
  public static let citation =
    "Matena and Raffel, Merging Models with Fisher-Weighted Averaging, NeurIPS 2022"
  public static let options: [MethodOption<FisherMerge>] = [
    MethodOption("weights", \.weights, "what each model counts for, besides"),
    MethodOption(
      "normalize", \.normalize, "whether each model's Fisher information is divided by its length"),
    MethodOption("floor", \.floor, 1e-12...1, "the least Fisher information that is counted"),
  ]
  public static let needs: MergeNeeds = .fisher
  public static let coefficientMeaning =
    "by what a model's Fisher information is multiplied (1 over its length, unless normalize is false, times the weight given); "
    + "shares differ from weight to weight, and the coefficients do not add up to 1"

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    let given = try weights.of(setting.count)
    guard given.allSatisfy({ $0 > 0 }) else {
      throw MergeError.badOption(
        "weights", value: weights.optionText, method: Self.name, valid: "numbers above 0, as means need them")
    }
    guard normalize else { return MergeCoefficients(given) }
    return MergeCoefficients(
      try given.enumerated().map { index, weight in
        let norm = try setting.fisherNorm(index)
        return norm > 0 ? weight / norm : weight
      })
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let (sums, totals) = (ElementSums(tensor.elements), ElementSums(tensor.elements))
    let least = Double(floor)
    for (index, weight) in coefficients.values.enumerated() {
      let (model, fisher) = (try tensor.model(index), try tensor.fisher(index))
      sums.each { range in
        let (values, information) = (model.floats, fisher.floats)
        for i in range {
          let share = weight * max(Double(information[i]), least)
          sums.values[i] += share * Double(values[i])
          totals.values[i] += share
        }
      }
    }
    return MergedTensor(
      Elements.map(tensor.shape) { range, output in
        for i in range { output[i] = Float(sums.values[i] / totals.values[i]) }
      })
  }
}
