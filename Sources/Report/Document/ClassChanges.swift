/// The classes whose accuracy a method changed the most on one dataset.
public struct ClassChanges: Codable, Sendable, Equatable {
  /// One class before and after.
  public struct Change: Codable, Sendable, Equatable {
    public var name: String
    /// The accuracy on its images before and after, fractions in 0…1.
    public var before: Double
    public var after: Double
    /// The number of its images.
    public var n: Int

    /// The change of the class `name` over `n` images.
    public init(name: String, before: Double, after: Double, n: Int) {
      self.name = name
      self.before = before
      self.after = after
      self.n = n
    }
  }

  public var dataset: String
  public var method: String
  /// The weight of the fine-tuned end that "after" stands for.
  public var alpha: Double
  /// In the order to show.
  public var classes: [Change]

  /// The changes that `method` makes on `dataset`.
  public init(dataset: String, method: String, alpha: Double = 1, classes: [Change]) {
    self.dataset = dataset
    self.method = method
    self.alpha = alpha
    self.classes = classes
  }
}
