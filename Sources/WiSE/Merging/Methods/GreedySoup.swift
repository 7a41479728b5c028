/// The greedy soup: models by their own accuracy on validation images, the best first, of which each stays in the mean if the
/// mean is strictly better with it.
///
/// Of models that are equally good, the one that was named first comes first. Every model is scored once, and each but the best
/// once more in a mean: 2N − 1 passes over the images.
public struct GreedySoup: MergeMethod {
  public static let name = "greedy"
  public static let summary =
    "The mean of those models that raise its accuracy on validation images, added from the best one down."
  public static let citation = UniformSoup.citation
  public static let needs: MergeNeeds = .validation

  public init() {}

  public func coefficients(_ setting: MergeSetting) throws -> MergeCoefficients {
    let models = setting.count
    guard let score = setting.score else { return .equal(models) }
    var trials: [MixtureTrial] = []
    func tried(_ members: [Int]) throws -> MixtureScore {
      var coefficients = Array(repeating: 0.0, count: models)
      for member in members { coefficients[member] = 1 / Double(members.count) }
      let found = try score(coefficients)
      let isBest = trials.allSatisfy { $0.score.correct < found.correct }
      trials.append(MixtureTrial(coefficients: coefficients, score: found, isKept: isBest))
      return found
    }
    let alone = try (0..<models).map { try tried([$0]).correct }
    let order = (0..<models).sorted { (alone[$1], $0) < (alone[$0], $1) }
    var members = [order[0]]
    var best = alone[order[0]]
    for candidate in order.dropFirst() {
      let correct = try tried(members + [candidate]).correct
      guard correct > best else { continue }
      (members, best) = (members + [candidate], correct)
    }
    var coefficients = Array(repeating: 0.0, count: models)
    for member in members { coefficients[member] = 1 / Double(members.count) }
    return MergeCoefficients(coefficients, trials: trials)
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    MergedTensor(try tensor.mixture(coefficients.values))
  }
}
