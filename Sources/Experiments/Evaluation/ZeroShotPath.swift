import CLIPCore
import Checkpoint
import NN
import TensorCore
import WiSE

/// A zero-shot classifier between two CLIPs.
///
/// Both towers are interpolated. Class weights are what the text tower makes of the prompts at each alpha: found once for
/// all where both have the same text tower, and for the alphas that were named at the beginning otherwise.
public final class ZeroShotPath: AlphaPath {
  public let classifier: ImageClassifier
  public let sharing: TowerSharing
  /// Of the image tower.
  private let endpoints: WeightEndpoints
  private let places: AlphaPlaces
  /// Class weights by alpha.
  private let heads: [Double: Tensor]

  /// Makes a zero-shot head of a model as it stands, which is one of the ends or between them.
  public typealias HeadBuilder = (_ model: PretrainedModel, _ isEnd: Bool) throws -> ZeroShotHead

  /// `alphas` are those that will be asked for. The models' own weights are written over. Throws, before any head is built,
  /// where nothing moves by the shape.
  public init(
    _ pair: ModelPair, alphas: [Double], shape: AlphaShape = .plain, buildHead: HeadBuilder
  ) throws {
    let all = pair.weights
    let places = AlphaPlaces(shape, names: all.pretrained.names, headIsText: true)
    if !shape.isWhole { try all.requireMovement(places) }
    let textNames = all.pretrained.names.filter { places.part(of: $0) == .text }
    func textAlphas(_ alpha: Double) -> Set<Double> {
      Set(textNames.map { places.alpha(of: $0, at: alpha) })
    }
    func head(_ alpha: Double) throws -> Tensor {
      let texts = textAlphas(alpha)
      let model = texts == [0] ? pair.from : pair.to
      model.clip.store.assign(try all.state(at: alpha, places))
      return try buildHead(model, texts == [0] || texts == [1]).weight
    }
    let sharesText = textNames.allSatisfy { all.hasSameBytes($0) || !places.moves($0) }
    let first = try head(sharesText ? 0 : alphas.first ?? 0)
    var heads = [alphas.first ?? 0: first]
    for alpha in alphas where heads[alpha] == nil { heads[alpha] = sharesText ? first : try head(alpha) }
    self.heads = heads
    self.places = places
    func tower(_ state: StateDict) -> StateDict { state.filter { $0.hasPrefix("visual.") } }
    endpoints = WeightEndpoints(pretrained: tower(all.pretrained), finetuned: tower(all.finetuned))
    classifier = try ImageClassifier(
      config: pair.from.clip.config, classes: first.shape[0],
      state: endpoints.pretrained.merging(ZeroShotHead(weight: first, classNames: []).state()),
      file: pair.to.place.path)
    sharing = endpoints.sharing(classifier.vision, places)
  }

  /// Was looked at when it was made.
  public func requireMovement() {}

  /// Throws for an alpha that was not named at the beginning: another's head would stand for its own.
  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    guard let head = heads[alpha] else { throw .noHead(alpha: alpha) }
    classifier.store.assign(try endpoints.state(at: alpha, places))
    classifier.headWeight.assign(head)
    return .inference
  }
}
