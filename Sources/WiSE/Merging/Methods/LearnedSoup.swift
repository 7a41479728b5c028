import Foundation
import TensorCore

/// A learned soup: a weighted mean whose weights, a softmax, have the least cross entropy on validation images.
///
/// One weight a model, not one a layer, found without gradients by compass search: from the uniform soup, the logit of one
/// model after the other is moved up, or else down, by a step, and stays where that is strictly better; a round without any such
/// move halves the step, from 1 to 1/16. The temperature of the logits is not learned. Each trial mixes the models anew and
/// passes over the images once: at most `evaluations` passes.
public struct LearnedSoup: MergeMethod {
  public var evaluations = 60

  public static let name = "learned"
  public static let summary =
    "A weighted mean whose weights, a softmax with one logit a model, have the least cross entropy on validation images."
  public static let citation = UniformSoup.citation + " (there with gradients and a temperature)"
  public static let options: [MethodOption<LearnedSoup>] = [
    MethodOption("evaluations", \.evaluations, 1...100_000, "how many mixtures are scored at most")
  ]
  public static let needs: MergeNeeds = .validation

  private static let smallestStep = 1.0 / 16

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    let models = setting.count
    guard let score = setting.score else { return .equal(models) }
    var trials: [MixtureTrial] = []
    var (logits, best) = (Array(repeating: 0.0, count: models), Double.infinity)
    /// Takes other logits where they are better.
    func improves(_ candidate: [Double]) throws -> Bool {
      let coefficients = Self.softmax(candidate)
      let found = try score(coefficients)
      let isBetter = found.crossEntropy < best
      trials.append(MixtureTrial(coefficients: coefficients, score: found, isKept: isBetter))
      if isBetter { (logits, best) = (candidate, found.crossEntropy) }
      return isBetter
    }
    _ = try improves(logits)
    var step = 1.0
    // The softmax of one logit is 1 whatever it is.
    while models > 1, step >= Self.smallestStep {
      var hasMoved = false
      for model in 0..<models {
        for move in [step, -step] {
          guard trials.count < evaluations else {
            return MergeCoefficients(Self.softmax(logits), trials: trials)
          }
          var candidate = logits
          candidate[model] += move
          if try improves(candidate) {
            hasMoved = true
            break
          }
        }
      }
      if !hasMoved { step /= 2 }
    }
    return MergeCoefficients(Self.softmax(logits), trials: trials)
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    MergedTensor(try tensor.mixture(coefficients.values))
  }

  private static func softmax(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
