import NN
import TensorCore

/// Partial fine-tuning: some of the blocks' own layers.
public struct Partial: FineTuningMethod {
  public var blocks = BlockList.last(1)
  public var targets = TargetList(Set(LinearTarget.allCases))
  /// Whether the norms before the chosen layers train, too.
  public var norms = true

  public static let name = "partial"
  public static let summary = "Trains chosen layers of chosen blocks, by default the last block."
  public static let citation =
    "Yosinski et al., How Transferable Are Features in Deep Neural Networks?, NeurIPS 2014"
  public static let options: [MethodOption<Partial>] = [
    MethodOption("blocks", \.blocks, "blocks that train"),
    MethodOption("targets", \.targets, "linear layers that train; q, k and v only together"),
    MethodOption("norms", \.norms, "whether the norms before them train, too"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let packed: [LinearTarget] = [.query, .key, .value]
    let chosen = packed.filter(targets.contains)
    guard chosen.isEmpty || chosen.count == packed.count else {
      throw .unfit(
        "targets=\(targets.optionText) trains a part of the packed projection of q, k and v; give all three, or use lora."
      )
    }
    let attention = !chosen.isEmpty || targets.contains(.output)
    let mlp = targets.contains(.fc1) || targets.contains(.fc2)
    var trained: [TowerKind: Set<Int>] = [:]
    for tower in adaptation.towers { trained[tower.kind] = try blocks.blocks(of: tower.depth) }
    adaptation.train { placed in
      guard let block = placed.place.block, trained[placed.place.tower]?.contains(block) == true else {
        return false
      }
      return switch placed.place.role {
      case .norm1: norms && attention
      case .norm2: norms && mlp
      case .qkv: !chosen.isEmpty
      case .attentionOutput: targets.contains(.output)
      case .fc1: targets.contains(.fc1)
      case .fc2: targets.contains(.fc2)
      default: false
      }
    }
  }
}
