import TensorCore

/// Blocks of a tower: `all`, `last:4`, `first:2`, or numbers and ranges from 0 such as `0,3,8-11`.
public struct BlockList: OptionText, Equatable {
  private enum Choice: Equatable {
    case first(Int)
    case last(Int)
    case listed([ClosedRange<Int>])
  }

  /// nil for all.
  private let choice: Choice?

  public static let all = BlockList(choice: nil)
  public static func last(_ count: Int) -> BlockList { BlockList(choice: .last(count)) }

  public static let valid = "all, last:4, first:2, or blocks from 0 such as 0,3,8-11"
  private static let most = 1000

  private init(choice: Choice?) { self.choice = choice }

  public init?(optionText text: String) {
    guard text != "all" else {
      self = .all
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let count = Int(parts[1]), (1...Self.most).contains(count) else { return nil }
      switch parts[0] {
      case "first": choice = .first(count)
      case "last": choice = .last(count)
      default: return nil
      }
      return
    }
    var ranges: [ClosedRange<Int>] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends[0], ends.count < 3, let last = ends[ends.count - 1], first <= last,
        (0..<Self.most).contains(last), first >= 0
      else { return nil }
      ranges.append(first...last)
    }
    choice = .listed(Self.merged(ranges))
  }

  public var optionText: String {
    switch choice {
    case nil: "all"
    case .first(let count): "first:\(count)"
    case .last(let count): "last:\(count)"
    case .listed(let ranges):
      ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ",")
    }
  }

  /// Which blocks of a tower are meant. Throws if it has not so many.
  func blocks(of depth: Int, option: String = "blocks") throws(MethodError) -> Set<Int> {
    func require(_ count: Int) throws(MethodError) {
      guard count <= depth else { throw .tooManyBlocks("\(option)=\(optionText)", depth: depth) }
    }
    switch choice {
    case nil: return Set(0..<depth)
    case .first(let count):
      try require(count)
      return Set(0..<count)
    case .last(let count):
      try require(count)
      return Set(depth - count..<depth)
    case .listed(let ranges):
      try require((ranges.last?.upperBound ?? 0) + 1)
      return Set(ranges.flatMap { $0 })
    }
  }

  private static func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
    var result: [ClosedRange<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound + 1 {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
