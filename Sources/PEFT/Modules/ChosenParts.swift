import NN
import TensorCore

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

  /// Every chosen part with the singular values and vectors of its weight.
  func decomposed(_ adaptation: Adaptation) throws(MethodError) -> [(part: LinearPart, svd: SingularValues)] {
    let parts = adaptation.towers.flatMap(\.linears).flatMap(self.parts)
    guard !adaptation.countsOnly else {
      return parts.map { ($0, SingularValues(undefined: $0.outputs, $0.inputs)) }
    }
    do {
      let found = try SingularValues.decompose(parts.map { $0.linear.weight.value.rows($0.rows) })
      return Array(zip(parts, found))
    } catch {
      throw .unfit(error.description)
    }
  }

  func parts(of linear: Linear) -> [LinearPart] { linear.parts.filter(contains) }
}
