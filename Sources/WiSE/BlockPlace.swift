/// The block that a tensor is of, and how many blocks its tower has.
public struct BlockPlace: Sendable, Equatable {
  public let index: Int
  public let depth: Int

  public init(index: Int, depth: Int) { (self.index, self.depth) = (index, depth) }

  /// How deep it lies: 0 in the first block, 1 in the last.
  public var depthShare: Double { depth > 1 ? Double(index) / Double(depth - 1) : 0 }

  /// Of canonical names, by name: a block's tensors are called `…resblocks.INDEX.…`.
  public static func places(of names: [String]) -> [String: BlockPlace] {
    let found = names.compactMap { name -> (name: String, tower: Substring, index: Int)? in
      guard let mark = name.range(of: "resblocks."),
        let index = Int(name[mark.upperBound...].prefix { $0 != "." })
      else { return nil }
      return (name, name[..<mark.lowerBound], index)
    }
    var depths: [Substring: Int] = [:]
    for block in found { depths[block.tower] = max(depths[block.tower] ?? 0, block.index + 1) }
    return Dictionary(
      uniqueKeysWithValues: found.map { ($0.name, BlockPlace(index: $0.index, depth: depths[$0.tower] ?? 1)) }
    )
  }
}
