import CLIPCore
import Checkpoint
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

  /// Two models and what lies between, with zero-shot heads for `classes`, at any of `alphas`.
  public init(
    _ pair: ModelPair, name: String, classes: [DatasetClass], alphas: [Double], shape: AlphaShape = .plain,
    buildHead: ZeroShotPath.HeadBuilder
  ) throws {
    self.init(
      pair, name: name, classes: classes, isZeroShot: true,
      path: try ZeroShotPath(pair, alphas: alphas, shape: shape, buildHead: buildHead))
  }

  /// Two models and what lies between, with the heads that both bring for the same `classes`, interpolated as well.
  public init(
    _ pair: ModelPair, heads: (from: StateDict, to: StateDict), name: String, classes: [DatasetClass],
    shape: AlphaShape = .plain
  ) throws {
    func state(_ weights: StateDict, _ head: StateDict) -> StateDict {
      weights.filter { $0.hasPrefix("visual.") }.merging(head)
    }
    let path = try InterpolatedWeights(
      config: pair.from.clip.config,
      endpoints: WeightEndpoints(
        pretrained: state(pair.weights.pretrained, heads.from),
        finetuned: state(pair.weights.finetuned, heads.to)), shape: shape)
    if !shape.isWhole { try path.requireMovement() }
    self.init(pair, name: name, classes: classes, isZeroShot: false, path: path)
  }

  private init(
    _ pair: ModelPair, name: String, classes: [DatasetClass], isZeroShot: Bool, path: any AlphaPath
  ) {
    self.name = name
    config = pair.from.clip.config
    preprocessing = pair.from.preprocessing
    self.classes = classes
    (self.isZeroShot, hasAlpha) = (isZeroShot, true)
    weightsSHA256 = nil
    self.path = path
  }

  /// A pre-trained model with its zero-shot head for `classes`.
  public init(model: PretrainedModel, name: String, classes: [DatasetClass], head: ZeroShotHead) throws {
    try self.init(model, name: name, classes: classes, head: head.state(), isZeroShot: true)
  }

  /// A model with the trained head that lies beside its weights. Throws where that does not fit them.
  public init(model: PretrainedModel, name: String, head: ExportedHead.Trained) throws {
    try self.init(model, name: name, classes: head.classes, head: head.state, isZeroShot: false)
  }

  private init(
    _ model: PretrainedModel, name: String, classes: [DatasetClass], head: StateDict, isZeroShot: Bool
  ) throws {
    self.name = name
    config = model.clip.config
    preprocessing = model.preprocessing
    self.classes = classes
    (self.isZeroShot, hasAlpha) = (isZeroShot, false)
    weightsSHA256 = nil
    let state = model.clip.visionState().merging(head)
    path = try InterpolatedWeights(
      config: config, endpoints: WeightEndpoints(pretrained: state, finetuned: state))
  }
}
