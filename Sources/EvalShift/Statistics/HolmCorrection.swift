/// Holm's step-down correction of many p-values (Holm 1979): the probability of even one false alarm among all of
/// them stays below the level, whatever their dependence.
public enum HolmCorrection {
  /// The corrected p-values, in the order of `pValues`; each of which must lie in 0…1.
  public static func adjust(_ pValues: [Double]) throws(EvaluationError) -> [Double] {
    if let wrong = pValues.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw .statistic("a p-value lies between 0 and 1, and \(wrong) does not")
    }
    var adjusted = pValues
    var highest = 0.0
    for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      highest = max(highest, min(1, pValues[index] * Double(pValues.count - rank)))
      adjusted[index] = highest
    }
    return adjusted
  }
}
