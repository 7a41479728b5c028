/// How alike methods predict on one dataset, beside how alike seeds of one method do.
public struct AgreementMatrix: Codable, Sendable, Equatable {
  /// The same statistic between runs of one method that differ in nothing but the seed.
  public struct SeedBaseline: Codable, Sendable, Equatable {
    public var method: String
    /// The mean over the pairs of seeds, and the least and the greatest of them.
    public var mean: Double
    public var least: Double
    public var greatest: Double
    /// The number of pairs.
    public var pairs: Int

    /// The statistic over `pairs` pairs of seeds of `method`.
    public init(method: String, mean: Double, least: Double, greatest: Double, pairs: Int) {
      self.method = method
      self.mean = mean
      self.least = least
      self.greatest = greatest
      self.pairs = pairs
    }
  }

  public var dataset: String
  /// What is measured, such as "agreement": the share of images given the same class.
  public var statistic: String
  public var methods: [String]
  /// A row a method, a column a method; what was not measured is nil.
  public var values: [[Double?]]
  public var seeds: [SeedBaseline]

  /// The `statistic` of every pair of `methods` on `dataset`.
  public init(
    dataset: String, statistic: String, methods: [String], values: [[Double?]], seeds: [SeedBaseline] = []
  ) {
    self.dataset = dataset
    self.statistic = statistic
    self.methods = methods
    self.values = values
    self.seeds = seeds
  }

  /// The value of a pair, where the matrix has it.
  package func value(_ row: Int, _ column: Int) -> Double? {
    guard values.indices.contains(row), values[row].indices.contains(column) else { return nil }
    return values[row][column]?.ifPlottable
  }
}
