import NN
import TensorCore

/// VPT-shallow: learned tokens that enter before the first block and go through all of them.
public struct VPTShallow: FineTuningMethod {
  public var tokens = 50
  public var dropout: Float = 0.1

  public static let name = "vpt-shallow"
  public static let summary = "Trains tokens put before those of the image at the first block."
  public static let citation = "Jia et al., Visual Prompt Tuning, ECCV 2022"
  public static let options: [MethodOption<VPTShallow>] = [
    MethodOption("tokens", \.tokens, 1...1000, "how many"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout on them while training"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    for tower in try adaptation.promptableTowers(for: Self.name) {
      tower.prompts[0] = LearnedTokens(
        adaptation.scope("\(tower.path).prompts.0"), count: tokens, tower: tower, dropout: dropout,
        use: .allBlocks)
    }
  }
}
