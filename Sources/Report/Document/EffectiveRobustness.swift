/// The line that published models lie on, accuracy under shift against accuracy on the target, both as logarithms of odds:
/// what lies above it is robust beyond what its accuracy on the target explains.
public struct EffectiveRobustness: Codable, Sendable, Equatable {
  /// A published model, fractions in 0…1.
  public struct Model: Codable, Sendable, Equatable {
    public var name: String
    public var target: Double
    public var shift: Double

    /// What the model `name` scores.
    public init(name: String, target: Double, shift: Double) {
      self.name = name
      self.target = target
      self.shift = shift
    }
  }

  /// The shift of the vertical axis; nil is the average over all shifts.
  public var shift: String?
  /// logit(shift) = slope · logit(target) + intercept.
  public var slope: Double
  public var intercept: Double
  /// What the line was fitted to, in words.
  public var fittedTo: String
  public var published: [Model]

  /// The line of `slope` and `intercept` fitted to `fittedTo`.
  public init(
    shift: String?, slope: Double, intercept: Double, fittedTo: String, published: [Model] = []
  ) {
    self.shift = shift
    self.slope = slope
    self.intercept = intercept
    self.fittedTo = fittedTo
    self.published = published
  }

  private enum CodingKeys: String, CodingKey {
    case shift, slope, intercept
    case fittedTo = "fitted_to"
    case published
  }
}
