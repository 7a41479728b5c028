import Foundation
import TensorCore

/// Spherical interpolation between two models, tensor by tensor: along the arc between their directions, with lengths as they are.
///
/// Where the two point almost the same way, or the opposite one, the arc is not defined well, and they are interpolated along
/// the line.
public struct Slerp: MergeMethod {
  public var t: Float = 0.5

  public static let name = "slerp"
  public static let summary = "Between two models along the arc of their directions, tensor by tensor."
  public static let citation =
    "Shoemake, Animating rotation with quaternion curves, SIGGRAPH 1985; as mergekit has it"
  public static let options: [MethodOption<Slerp>] = [
    MethodOption("t", \.t, 0...1, "how far from the first model (0) to the second (1)")
  ]
  public static let models = 2...2

  private static let collinear = 0.9995
  private static let smallestNorm = 1e-8

  public init() {}

  public func coefficients(_ setting: MergeSetting) -> MergeCoefficients {
    MergeCoefficients([1 - Double(t), Double(t)])
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let (first, second) = (try tensor.model(0), try tensor.model(1))
    let share = Double(t)
    /// What normalises a tensor, which one without length is not.
    func length(_ tensor: Tensor) -> Double {
      let norm = Elements.dot(tensor, tensor).squareRoot()
      return norm > Self.smallestNorm ? norm : 1
    }
    let cosine = Elements.dot(first, second) / (length(first) * length(second))
    var factors = (1 - share, share)
    if abs(cosine) <= Self.collinear {
      let angle = acos(cosine)
      factors = (sin(angle * (1 - share)) / sin(angle), sin(angle * share) / sin(angle))
    }
    let (a, b) = factors
    return MergedTensor(
      Elements.map(tensor.shape) { range, output in
        let (x, y) = (first.floats, second.floats)
        for i in range { output[i] = Float(a * Double(x[i]) + b * Double(y[i])) }
      })
  }
}
