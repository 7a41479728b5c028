import NN

/// Which blocks of each tower a method changes.
struct ChosenBlocks {
  private var blocks: [TowerKind: Set<Int>] = [:]

  /// Throws if a tower has not so many blocks.
  init(_ adaptation: Adaptation, _ list: BlockList) throws(MethodError) {
    for tower in adaptation.towers { blocks[tower.kind] = try list.blocks(of: tower.depth) }
  }

  func contains(_ site: Site) -> Bool {
    site.block.map { blocks[site.tower]?.contains($0) == true } ?? false
  }

  func contains(_ place: Place) -> Bool {
    place.block.map { blocks[place.tower]?.contains($0) == true } ?? false
  }
}

/// Which linear maps of which blocks a method changes.
struct ChosenParts {
  private let blocks: ChosenBlocks
  private let targets: TargetList

  /// Throws if a tower has not so many blocks.
  init(_ adaptation: Adaptation, blocks: BlockList, targets: TargetList) throws(MethodError) {
    self.blocks = try ChosenBlocks(adaptation, blocks)
    self.targets = targets
  }

  func contains(_ part: LinearPart) -> Bool {
    targets.contains(part.target) && blocks.contains(part.linear.place)
  }

  func parts(of linear: Linear) -> [LinearPart] { linear.parts.filter(contains) }
}
