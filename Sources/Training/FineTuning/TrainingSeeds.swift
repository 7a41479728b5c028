/// What is random in a run, by what it decides.
public struct TrainingSeeds: Codable, Sendable, Equatable {
  /// Which images are drawn: shots, and the part kept for validation.
  public var data: UInt64
  /// What a method's new parameters start as.
  public var initialization: UInt64
  /// What happens while training: the order of the images, their augmentation, and random masks.
  public var order: UInt64

  public init(data: UInt64, initialization: UInt64, order: UInt64) {
    self.data = data
    self.initialization = initialization
    self.order = order
  }

  public init(_ seed: UInt64) { self.init(data: seed, initialization: seed, order: seed) }

  private enum CodingKeys: String, CodingKey {
    case data
    case initialization = "init"
    case order
  }
}
