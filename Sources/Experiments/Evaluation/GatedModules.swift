import CLIPCore
import Checkpoint
import NN
import PEFT
import TensorCore
import Training
import WiSE

/// What a method added, scaled by alpha, and the model's own weights that it trained, interpolated: for adapters, prompts
/// and all that is more than plain weights.
public final class GatedModules: AlphaPath {
  public let classifier: ImageClassifier
  public let sharing: TowerSharing
  private let ownWeights: WeightEndpoints
  private let places: AlphaPlaces

  /// Where a module stands.
  private struct ModulePlace {
    let tower: TowerKind
    /// Nil outside the blocks.
    let block: Int?
    /// As `TowerSharing` counts; nil where it comes after the tower.
    let order: Int?
  }

  /// `classifier` was adapted by its method and has the weights that training ended with; nothing of it trains from now on.
  public init(_ classifier: ImageClassifier, shape: AlphaShape = .plain) {
    self.classifier = classifier
    let trained = classifier.adaptation?.ownTrained ?? []
    let start = classifier.adaptation?.start ?? [:]
    ownWeights = WeightEndpoints(
      pretrained: StateDict(
        trained.compactMap { parameter in start[parameter.path].map { (parameter.path, $0) } }),
      finetuned: StateDict(trained.map { ($0.path, $0.value) }))
    let places = AlphaPlaces(
      shape, names: classifier.plainParameters.map(\.path),
      headIsText: classifier.adaptation?.headModule is TextHead)
    self.places = places
    let vision = classifier.vision
    let modules = Self.modules(of: classifier).filter {
      $0.tower == .vision && places.moves(.vision, block: $0.block, of: vision.depth)
    }
    sharing = TowerSharing(
      movingIn: modules.compactMap(\.order) + ownWeights.movingBlocks(of: vision, places))
    // As it is scored: with nothing kept for a backward pass, and activations fused into products.
    for parameter in classifier.store.trainable { parameter.isTrainable = false }
  }

  public func requireMovement() throws(WiSEError) {
    let modules = Self.modules(of: classifier)
    let hasHead = classifier.adaptation?.headModule.map { !($0 is TextHead) } ?? false
    if places.shape.depth != nil, modules.allSatisfy({ $0.block == nil }), hasHead || !modules.isEmpty {
      throw .unmoved(
        "--depth has no effect here: what the method added stands behind the blocks, not in one; leave it away"
      )
    }
    let depths = [TowerKind.vision: classifier.vision.depth, .text: classifier.texts?.tower.depth ?? 0]
    let moves =
      modules.contains { places.moves($0.tower, block: $0.block, of: depths[$0.tower] ?? 0) }
      || (hasHead && places.moves(.head) && places.shape.factor(at: nil) != 0)
    if !moves || (places.shape.part == .head && places.headIsText) {
      try ownWeights.requireMovement(places)
    }
  }

  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    classifier.store.assign(try ownWeights.state(at: alpha, places))
    let context =
      places.shape.isWhole
      ? ForwardContext.inference(alpha: Float(alpha))
      : .inference(
        gates: places.gates(
          at: alpha, vision: classifier.vision.depth, text: classifier.texts?.tower.depth ?? 0))
    for (block, prompt) in classifier.vision.prompts where prompt.use != .query {
      guard context.at(.vision, block: block).alpha >= 0 else {
        throw .unmoved(
          "alpha \(alpha): learned tokens count alpha times in attention, which is nothing below 0; give alphas from 0"
        )
      }
    }
    return context
  }

  /// Where everything stands that a method added to the towers.
  private static func modules(of classifier: ImageClassifier) -> [ModulePlace] {
    let vision = classifier.vision
    let towers: [any AdaptableTower] = [vision] + (classifier.texts.map { [$0.tower] } ?? [])
    let updates = towers.flatMap(\.linears).filter { $0.update != nil }.map {
      ModulePlace(tower: $0.place.tower, block: $0.place.block, order: $0.place.block)
    }
    let sites = towers.flatMap(\.sites).filter { $0.insertion != nil }.map { site in
      ModulePlace(
        tower: site.tower, block: site.block,
        order: site.point == .embedding ? nil : vision.order(of: site.path, block: site.block))
    }
    // Learned tokens that query count as what reads them does, and are there from their block on.
    let prompts = vision.prompts.map { block, prompt in
      ModulePlace(tower: .vision, block: prompt.use == .query ? nil : block, order: block)
    }
    let readout = vision.readout.map { _ in ModulePlace(tower: .vision, block: nil, order: vision.depth) }
    return updates + sites + prompts + [readout].compactMap { $0 }
  }
}
