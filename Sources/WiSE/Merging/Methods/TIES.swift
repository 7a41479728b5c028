import TensorCore

/// TIES: of each task vector only the largest changes count; of these, in each place, only those of the sign that prevails, whose
/// mean is added to the base.
///
/// What is largest is decided within each tensor, as mergekit does, not over the whole model; at least one element of each is
/// kept. Of equal magnitudes the first are kept. The sign that prevails is that of the weighted sum, and of 0 it is +.
public struct TIES: MergeMethod {
  public var density: Float = 0.2
  public var weights = ModelWeights()
  public var scale: Float = 1

  public static let name = "ties"
  public static let summary =
    "The base plus the mean of the largest changes, in each place of those that agree with the prevailing sign."
  public static let citation =
    "Yadav et al., TIES-Merging: Resolving Interference When Merging Models, NeurIPS 2023"
  public static let options: [MethodOption<TIES>] = [
    MethodOption("density", \.density, 0.0001...1, "the share of each task vector that is kept"),
    MethodOption("weights", \.weights, "by what each model's task vector is multiplied"),
    MethodOption("scale", \.scale, -100...100, "by what the merged task vector is multiplied"),
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    MergeCoefficients(try weights.of(setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let base = try tensor.base()
    // The decimal that was given: 0.2 is no binary fraction, least of all in single precision.
    let share = Double(density.description) ?? Double(density)
    let kept = max(1, Int(share * Double(tensor.elements)))
    let election = SignElection(tensor.elements)
    func changes(_ index: Int) throws -> Tensor {
      LargestElements.only(kept, of: try tensor.delta(index, from: base))
    }
    for (index, weight) in coefficients.values.enumerated() {
      election.vote(try changes(index), weight: weight)
    }
    // Read again rather than kept: ten models' changes would be ten times the tensor.
    for (index, weight) in coefficients.values.enumerated() {
      election.add(try changes(index), weight: weight)
    }
    election.divideByWeights()
    return MergedTensor(election.sum.tensor(tensor.shape, times: Double(scale), plus: base))
  }
}
