/// What is random in a run, by what it decides; everything follows `all` but what is given apart.
public struct TrainingSeeds: Codable, Sendable, Equatable {
  public var all: UInt64
  @OrNull private var ownData: UInt64?
  @OrNull private var ownInitialization: UInt64?
  @OrNull private var ownOrder: UInt64?

  public init(
    _ all: UInt64, data: UInt64? = nil, initialization: UInt64? = nil, order: UInt64? = nil
  ) {
    self.all = all
    _ownData = OrNull(wrappedValue: data)
    _ownInitialization = OrNull(wrappedValue: initialization)
    _ownOrder = OrNull(wrappedValue: order)
  }

  /// Which images are drawn: shots, and the part kept for validation.
  public var data: UInt64 { ownData ?? all }
  /// What a method's new parameters start as.
  public var initialization: UInt64 { ownInitialization ?? all }
  /// What happens while training: the order of the images, their augmentation, and random masks.
  public var order: UInt64 { ownOrder ?? all }

  private enum CodingKeys: String, CodingKey {
    case all
    case ownData = "data"
    case ownInitialization = "init"
    case ownOrder = "order"
  }
}
