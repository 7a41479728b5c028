/// A linear map of a block, as fine-tuning methods choose among them.
public enum LinearTarget: String, Sendable, Codable, CaseIterable {
  case query = "q"
  case key = "k"
  case value = "v"
  case output = "o"
  case fc1, fc2
}

/// A linear layer, or the rows of a packed one that make queries, keys or values.
public struct LinearPart {
  public let target: LinearTarget
  public let linear: Linear
  /// Of the layer's weight.
  public let rows: Range<Int>
  /// Scope path of what a method adds to it, such as `visual.transformer.resblocks.0.attn.q`.
  public let path: String

  public var inputs: Int { linear.inputs }
  public var outputs: Int { rows.count }
}

extension Linear {
  /// q, k and v of the packed projection; the whole layer otherwise.
  public var parts: [LinearPart] {
    func whole(_ target: LinearTarget) -> [LinearPart] {
      [LinearPart(target: target, linear: self, rows: 0..<outputs, path: path)]
    }
    switch place.role {
    case .qkv:
      let width = outputs / 3
      return [LinearTarget.query, .key, .value].enumerated().map { index, target in
        LinearPart(
          target: target, linear: self, rows: index * width..<(index + 1) * width,
          path: "\(path).\(target.rawValue)")
      }
    case .attentionOutput: return whole(.output)
    case .fc1: return whole(.fc1)
    case .fc2: return whole(.fc2)
    default: return []
    }
  }
}
