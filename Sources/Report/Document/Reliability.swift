/// How confident a method is and how often it is right, by bins of confidence, before and after its temperature is fitted.
public struct Reliability: Codable, Sendable, Equatable {
  /// The predictions whose confidence lies between `lower` and `upper`.
  public struct Bin: Codable, Sendable, Equatable {
    public var lower: Double
    public var upper: Double
    /// The number of images.
    public var n: Int
    /// Their mean confidence and their accuracy, fractions in 0…1; nil where there is no image.
    public var confidence: Double?
    public var accuracy: Double?

    /// A bin of `n` images.
    public init(lower: Double, upper: Double, n: Int, confidence: Double?, accuracy: Double?) {
      self.lower = lower
      self.upper = upper
      self.n = n
      self.confidence = confidence?.ifPlottable
      self.accuracy = accuracy?.ifPlottable
    }
  }

  /// All bins of one set of predictions, and the expected calibration error they come to.
  public struct Calibration: Codable, Sendable, Equatable {
    public var bins: [Bin]
    public var ece: Double?

    /// The calibration that `bins` show.
    public init(bins: [Bin], ece: Double? = nil) {
      self.bins = bins
      self.ece = ece?.ifPlottable
    }
  }

  public var method: String
  public var dataset: String
  /// What the logits were divided by afterwards; nil where no temperature was fitted.
  public var temperature: Double?
  public var before: Calibration
  public var after: Calibration?

  /// The reliability of `method` on `dataset`.
  public init(
    method: String, dataset: String, temperature: Double? = nil, before: Calibration,
    after: Calibration? = nil
  ) {
    self.method = method
    self.dataset = dataset
    self.temperature = temperature?.ifPlottable
    self.before = before
    self.after = after
  }
}
