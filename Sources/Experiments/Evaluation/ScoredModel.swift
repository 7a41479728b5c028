import CLIPCore
import Datasets
import Foundation
import ImageCodec
import Training
import WiSE

/// What is scored: weights with a head, as a run or a zero-shot model gives them.
public struct ScoredModel {
  /// For records: a run's or a model's path.
  public let name: String
  public let config: CLIPConfig
  public let preprocessing: Preprocessing
  public let classes: [DatasetClass]
  public let path: any AlphaPath
  /// SHA-256 of what training ended with; nil of what was not trained here.
  public let weightsSHA256: String?
  /// Whether the head is made from names, not trained.
  public let isZeroShot: Bool
  /// Whether there is more than one alpha.
  public let hasAlpha: Bool

  public init(run: LoadedRun) {
    name = run.folder.url.path
    config = run.record.model.architecture
    preprocessing = run.record.model.preprocessing
    classes = run.classes
    path = run.path
    (isZeroShot, hasAlpha) = (false, true)
    weightsSHA256 = run.record.result?.tunedSha256
  }

  /// A pre-trained model with an adapter of peft in its weights, and zero-shot heads for `classes`, at any of `alphas`: 0 is
  /// the model without the adapter.
  public init(
    model: PretrainedModel, adapter: URL, name: String, classes: [DatasetClass], alphas: [Double],
    buildHead: AdapterPath.HeadBuilder
  ) throws {
    self.name = name
    config = model.clip.config
    preprocessing = model.preprocessing
    self.classes = classes
    (isZeroShot, hasAlpha) = (true, true)
    weightsSHA256 = nil
    path = try AdapterPath(model, adapter: adapter, alphas: alphas, buildHead: buildHead)
  }

  /// A pre-trained model with its zero-shot head for `classes`.
  public init(model: PretrainedModel, name: String, classes: [DatasetClass], head: ZeroShotHead) throws {
    self.name = name
    config = model.clip.config
    preprocessing = model.preprocessing
    self.classes = classes
    (isZeroShot, hasAlpha) = (true, false)
    weightsSHA256 = nil
    let state = model.clip.visionState().merging(head.state())
    path = try InterpolatedWeights(
      config: config, endpoints: WeightEndpoints(pretrained: state, finetuned: state))
  }
}
