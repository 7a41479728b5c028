import TensorCore

/// Iso-C: of the sum of the task vectors of a matrix, every singular value becomes the mean of all, so that no direction
/// prevails; everything else, and the text projection and the head, is averaged.
public struct IsoC: MergeMethod {
  public var scale: Float = 1

  public static let name = "iso-c"
  public static let summary =
    "The base plus the sum of the matrices' changes with all singular values made equal; the rest is averaged."
  public static let citation =
    "Marczak et al., No Task Left Behind: Isotropic Model Merging with Common and Task-Specific Subspaces, ICML 2025"
  public static let options: [MethodOption<IsoC>] = [
    MethodOption(
      "scale", \.scale, -100...100,
      "by what the merged task vector is multiplied; chosen on validation images in the paper")
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  /// Task vectors are summed.
  public func coefficients(_ setting: MergeSetting) -> MergeCoefficients {
    MergeCoefficients(Array(repeating: 1, count: setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let base = try tensor.base()
    guard tensor.isTowerMatrix else {
      return MergedTensor(try tensor.meanTaskVector(scale: Double(scale), base: base))
    }
    let sums = ElementSums(tensor.elements)
    for index in 0..<tensor.count { sums.add(try tensor.delta(index, from: base)) }
    let total = sums.tensor(tensor.shape)
    guard !total.isAllZero else { return MergedTensor(base) }
    let found = try SingularValues(of: total)
    let mean = Float(found.s.array.reduce(0.0) { $0 + Double($1) } / Double(found.s.count))
    let even = found.u.columnsScaled(by: Array(repeating: mean, count: found.s.count)).times(found.vt)
    return MergedTensor(sum(base, even, times: Double(scale)))
  }
}
