import NN
import TensorCore

/// VPT-deep: fresh learned tokens before every block, dropped after it.
public struct VPTDeep: FineTuningMethod {
  public var tokens = 50
  public var blocks = BlockList.all
  public var dropout: Float = 0.1

  public static let name = "vpt-deep"
  public static let summary = "Trains tokens put before those of the image at every block."
  public static let citation = "Jia et al., Visual Prompt Tuning, ECCV 2022"
  public static let options: [MethodOption<VPTDeep>] = [
    MethodOption("tokens", \.tokens, 1...1000, "how many a block"),
    MethodOption("blocks", \.blocks, "blocks that get them"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout on them while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    for tower in try adaptation.promptableTowers(for: Self.name) {
      for block in try blocks.blocks(of: tower.depth).sorted() {
        tower.prompts[block] = LearnedTokens(
          adaptation.scope("\(tower.path).prompts.\(block)"), count: tokens, tower: tower, dropout: dropout,
          use: .oneBlock)
      }
    }
  }
}
