import CLIPCore
import Checkpoint
import NN
import WiSE

/// Where each weight of a classifier stands, and how far it goes with alpha.
struct AlphaPlaces {
  let shape: AlphaShape
  private let blocks: [String: BlockPlace]
  /// Whether class weights are made from text, so that no part of the model is a head of its own: the projection is the image
  /// tower's then, and the class weights are the text tower's.
  let headIsText: Bool

  /// `names` are those of all weights.
  init(_ shape: AlphaShape, names: [String], headIsText: Bool) {
    self.shape = shape
    self.headIsText = headIsText
    blocks = BlockPlace.places(of: names)
  }

  func block(of name: String) -> Int? { blocks[name]?.index }

  /// The alpha of a weight where the model's is `alpha`.
  func alpha(of name: String, at alpha: Double) -> Double {
    moves(part(of: name)) ? alpha * shape.factor(at: blocks[name]) : 1
  }

  /// Whether a weight's alpha changes with the model's.
  func moves(_ name: String) -> Bool { moves(part(of: name)) && shape.factor(at: blocks[name]) != 0 }

  func moves(_ part: AlphaShape.Part) -> Bool { shape.part == .all || shape.part == part }

  /// Whether modules in a block, or outside the blocks, change with alpha.
  func moves(_ tower: TowerKind, block: Int?, of depth: Int) -> Bool {
    moves(tower.part) && factor(block, depth) != 0
  }

  func part(of name: String) -> AlphaShape.Part {
    guard ImageClassifier.headPaths.contains(name) else {
      return name.hasPrefix("visual.") ? .vision : .text
    }
    guard headIsText else { return .head }
    return name.hasPrefix("visual.") ? .vision : .text
  }

  /// How far modules count at alpha, in towers of so many blocks.
  func gates(at alpha: Double, vision: Int, text: Int) -> Gates {
    func tower(_ kind: TowerKind, _ depth: Int) -> Gates.Tower {
      func gate(_ block: Int?) -> Float { moves(kind.part) ? Float(alpha * factor(block, depth)) : 1 }
      return Gates.Tower(outside: gate(nil), blocks: (0..<depth).map(gate))
    }
    // A head that a text tower computes is what that tower makes it.
    let head = headIsText ? (moves(.text) ? alpha : 1) : moves(.head) ? alpha * factor(nil, 1) : 1
    return Gates(vision: tower(.vision, vision), text: tower(.text, text), head: Float(head))
  }

  private func factor(_ block: Int?, _ depth: Int) -> Double {
    shape.factor(at: block.map { BlockPlace(index: $0, depth: depth) })
  }

  /// Why nothing can be traced where none of what was fine-tuned moves.
  var unmoved: WiSEError {
    if shape.part == .head, headIsText {
      return .unmoved(
        "--part head has no effect here: the class weights are made by the text tower, so there is no head of its own; use "
          + "--part text")
    }
    return .unmoved(
      shape.part == .all
        ? "nothing moves with alpha, because --depth multiplies it by 0 wherever something was fine-tuned; give other factors"
        : "--part \(shape.part.rawValue) has no effect here: fine-tuning left \(shape.part.words) as it was, or --depth multiplies "
          + "its alpha by 0; name another part")
  }
}

extension TowerKind {
  var part: AlphaShape.Part { self == .vision ? .vision : .text }
}
