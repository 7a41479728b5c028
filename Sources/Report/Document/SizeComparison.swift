/// Accuracy on one dataset by how many parameters a method tunes.
public struct SizeComparison: Codable, Sendable, Equatable {
  /// One method at one size.
  public struct Point: Codable, Sendable, Equatable {
    /// The method, by the name it has in the report, or with its size.
    public var method: String
    /// Points of one family, such as the ranks of LoRA, are joined; nil stands alone.
    public var family: String?
    /// Tuned parameters without the head.
    public var tunedParameters: Int
    public var score: Score

    /// The `score` of `method`, which tunes `tunedParameters`.
    public init(method: String, family: String? = nil, tunedParameters: Int, score: Score) {
      self.method = method
      self.family = family
      self.tunedParameters = tunedParameters
      self.score = score
    }

    private enum CodingKeys: String, CodingKey {
      case method, family
      case tunedParameters = "tuned_parameters"
      case score
    }
  }

  public var dataset: String
  public var points: [Point]

  /// The `points` on `dataset`.
  public init(dataset: String, points: [Point]) {
    self.dataset = dataset
    self.points = points
  }
}

extension ReportDocument {
  /// Every method at alpha 1 on the target and each shift, by its tuned parameters.
  public var sizesOfMethods: [SizeComparison] {
    let sets =
      [(targetName ?? "target", { (point: CurvePoint) in Optional(point.target) })]
      + shiftNames.map { name in (name, { (point: CurvePoint) in point.shifts[name] }) }
    return sets.map { name, score in
      SizeComparison(
        dataset: name,
        points: methods.compactMap { method in
          method.fineTuned.flatMap(score).map {
            SizeComparison.Point(method: method.name, tunedParameters: method.tunedParameters, score: $0)
          }
        })
    }
  }
}
