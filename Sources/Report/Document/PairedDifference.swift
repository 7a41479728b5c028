/// How much one score differs from another on the very same images.
public struct PairedDifference: Codable, Sendable, Equatable {
  /// What was scored.
  public enum Place: String, Codable, Sendable {
    case zeroShot = "zero_shot"
    case fineTuned = "fine_tuned"
    case selected, oracle
  }

  /// A method at a place of its curve; zero-shot needs no method.
  public struct Side: Codable, Sendable, Equatable {
    public var method: String?
    public var place: Place

    /// The `place` of `method`.
    public init(_ place: Place, of method: String? = nil) {
      self.method = method
      self.place = place
    }
  }

  /// The dataset; nil is the average over all shifts.
  public var dataset: String?
  public var from: Side
  public var to: Side
  /// The score of `to` minus that of `from`, in fractions, and its 95% interval.
  public var difference: Double
  public var ci95: ConfidenceInterval

  /// The difference between two sides on `dataset`.
  public init(dataset: String?, from: Side, to: Side, difference: Double, ci95: ConfidenceInterval) {
    self.dataset = dataset
    self.from = from
    self.to = to
    self.difference = difference
    self.ci95 = ci95
  }

  /// Whether both the difference and its interval were measured.
  var isMeasured: Bool {
    difference.ifPlottable != nil && ci95.lower.ifPlottable != nil && ci95.upper.ifPlottable != nil
  }
}
