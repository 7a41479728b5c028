/// How far each place of a model stands between what it was before fine-tuning (0) and what it is after it (1), where that is not
/// the same everywhere.
public struct Gates: Sendable, Equatable {
  /// Of one tower.
  public struct Tower: Sendable, Equatable {
    public let outside: Float
    /// By block.
    public let blocks: [Float]

    public init(outside: Float, blocks: [Float]) {
      (self.outside, self.blocks) = (outside, blocks)
    }
  }

  public let vision: Tower
  public let text: Tower
  /// Of what takes the place of the head.
  public let head: Float

  public init(vision: Tower, text: Tower, head: Float) {
    (self.vision, self.text, self.head) = (vision, text, head)
  }

  /// Of a block, or outside the blocks.
  func alpha(_ tower: TowerKind, block: Int?) -> Float {
    let gates = tower == .vision ? vision : text
    return block.map { gates.blocks[$0] } ?? gates.outside
  }
}
