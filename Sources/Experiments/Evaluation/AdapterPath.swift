import CLIPCore
import Checkpoint
import Foundation
import NN
import PEFT
import TensorCore
import Training
import WiSE

/// A zero-shot classifier between a pre-trained CLIP (alpha 0) and the same with an adapter of peft in its weights (alpha 1).
///
/// Both towers are interpolated. Class weights are what the text tower makes of the prompts at each alpha: found once for
/// all where the adapter leaves that tower alone, and for the alphas that were named at the beginning otherwise.
public final class AdapterPath: AlphaPath {
  public let classifier: ImageClassifier
  public let sharesTower: Bool
  /// Of the image tower.
  private let endpoints: WeightEndpoints
  /// Class weights by alpha.
  private let heads: [Double: Tensor]

  /// Makes a zero-shot head of a model as it stands, which is one of the ends or between them.
  public typealias HeadBuilder = (_ model: PretrainedModel, _ isEnd: Bool) throws -> ZeroShotHead

  /// Folds the adapter in `folder` into the model's weights, which are written over. `alphas` are those that will be asked
  /// for. Throws where the adapter does not fit, naming its file.
  public init(
    _ model: PretrainedModel, adapter folder: URL, alphas: [Double], buildHead: HeadBuilder
  ) throws {
    let (adapted, all) = try Self.endpoints(of: model, adapter: folder)
    let sharesText = all.pretrained.names.allSatisfy { $0.hasPrefix("visual.") || all.hasSameBytes($0) }
    func head(_ alpha: Double) throws -> Tensor {
      model.clip.store.assign(try all.state(alpha: alpha))
      return try buildHead(alpha == 0 ? model : adapted, alpha == 0 || alpha == 1).weight
    }
    let first = try head(sharesText ? 0 : alphas.first ?? 0)
    var heads = [alphas.first ?? 0: first]
    for alpha in alphas where heads[alpha] == nil { heads[alpha] = sharesText ? first : try head(alpha) }
    self.heads = heads
    func tower(_ state: StateDict) -> StateDict { state.filter { $0.hasPrefix("visual.") } }
    endpoints = WeightEndpoints(pretrained: tower(all.pretrained), finetuned: tower(all.finetuned))
    sharesTower = endpoints.sharesTower
    classifier = try ImageClassifier(
      config: model.clip.config, classes: first.shape[0],
      state: endpoints.pretrained.merging(ZeroShotHead(weight: first, classNames: []).state()),
      file: folder.path)
  }

  /// Throws for an alpha that was not named at the beginning: another's head would stand for its own.
  public func move(to alpha: Double) throws(WiSEError) -> ForwardContext {
    guard let head = heads[alpha] else { throw .noHead(alpha: alpha) }
    classifier.store.assign(try endpoints.state(alpha: alpha))
    classifier.headWeight.assign(head)
    return .inference
  }

  /// A model with an adapter in its weights, and all its weights without and with it.
  static func endpoints(
    of model: PretrainedModel, adapter folder: URL
  ) throws -> (adapted: PretrainedModel, weights: WeightEndpoints) {
    let start = model.clip.store.state()
    let adapted = try model.merging(adapterAt: folder)
    return (adapted, WeightEndpoints(pretrained: start, finetuned: adapted.clip.store.state()))
  }
}
