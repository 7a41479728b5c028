/// Curves that others published, to lay below one's own.
public struct PublishedCurves: Codable, Sendable, Equatable {
  /// The curve of one method; fractions in 0…1, one for each alpha.
  public struct Curve: Codable, Sendable, Equatable {
    public var method: String
    public var alphas: [Double]
    public var target: [Double]
    /// By dataset name.
    public var shifts: [String: [Double]]

    /// The curve of `method` over `alphas`.
    public init(method: String, alphas: [Double], target: [Double], shifts: [String: [Double]]) {
      self.method = method
      self.alphas = alphas
      self.target = target
      self.shifts = shifts
    }
  }

  /// Where they were published.
  public var source: String
  /// What the curves were measured with, a sentence or two.
  public var conditions: String
  public var curves: [Curve]

  /// The `curves` of `source`.
  public init(source: String, conditions: String, curves: [Curve]) {
    self.source = source
    self.conditions = conditions
    self.curves = curves
  }
}
