import NN
import TensorCore

/// Linear maps of a block: some of q, k, v, o, fc1 and fc2; `attention` and `mlp` stand for theirs, `all` for every one.
public struct TargetList: OptionText, Equatable {
  public let targets: Set<LinearTarget>

  public static let valid =
    "some of q, k, v, o, fc1, fc2 (attention, mlp and all stand for theirs), as in q,v"

  public init(_ targets: Set<LinearTarget>) { self.targets = targets }

  private static let attention: Set<LinearTarget> = [.query, .key, .value, .output]
  private static let mlp: Set<LinearTarget> = [.fc1, .fc2]

  public init?(optionText text: String) {
    var targets: Set<LinearTarget> = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      switch word {
      case "all": targets = Set(LinearTarget.allCases)
      case "attention": targets.formUnion(Self.attention)
      case "mlp": targets.formUnion(Self.mlp)
      default:
        guard let target = LinearTarget(rawValue: String(word)) else { return nil }
        targets.insert(target)
      }
    }
    guard !targets.isEmpty else { return nil }
    self.targets = targets
  }

  public var optionText: String {
    LinearTarget.allCases.filter(targets.contains).map(\.rawValue).joined(separator: ",")
  }

  public func contains(_ target: LinearTarget) -> Bool { targets.contains(target) }
}

extension MethodOption {
  /// Which linear layers of which blocks a method updates.
  static func parts(
    targets: WritableKeyPath<Method, TargetList> & Sendable,
    blocks: WritableKeyPath<Method, BlockList> & Sendable
  ) -> [MethodOption] {
    [
      MethodOption("targets", targets, "linear layers that are updated"),
      MethodOption("blocks", blocks, "blocks whose layers are updated"),
    ]
  }
}
