import CLIPCore
import Checkpoint
import EvalShift
import TensorCore
import Training

/// Scores a run with a head made from text before and after fine-tuning on one set.
public struct RetentionJob {
  public let run: LoadedRun
  public let alpha: Double
  public let set: EvaluationSet
  public let resampling: Resampling
  private let imageSide: (any AlphaPath)?

  /// `run` has a head made for the set's classes. Throws where it has its own, and at alpha 0, where nothing is fine-tuned.
  public init(
    run: LoadedRun, alpha: Double, set: EvaluationSet, resampling: Resampling = Resampling()
  ) throws {
    guard run.hasTextHead else {
      throw TrainingError.badSetting(
        "Zero-shot accuracy is that of a head made from text, and the run has its own; load it with one.")
    }
    guard alpha > 0 else {
      throw TrainingError.badSetting(
        "At alpha 0 nothing is fine-tuned, so nothing is lost; name another alpha.")
    }
    (self.run, self.alpha, self.set, self.resampling) = (run, alpha, set, resampling)
    imageSide = try run.imageSide()
  }

  /// Images to be scored.
  public var work: Int { self.set.dataset.count * (imageSide == nil ? 2 : 3) }

  public func execute(observer: ShiftEvaluator.Observer = .init()) throws -> RetentionScore {
    let evaluator = ShiftEvaluator(
      config: run.record.model.architecture, preprocessing: run.record.model.preprocessing)
    let ends = try evaluator.sweep(run.path, alphas: [0, alpha], sets: [set], observer: observer)
    let (before, after) = (ends[0].predictions[0], ends[1].predictions[0])
    let image = try imageSide.map { path in
      try evaluator.sweep(path, alphas: [alpha], sets: [set], observer: observer)[0].predictions[0]
    }
    func change(_ predictions: Predictions) -> RetentionScore.Change {
      .init(of: set, predictions, before: before, resampling: resampling)
    }
    return RetentionScore(
      dataset: set.name, alpha: alpha, changed: try run.tunesText() ? .both : .image,
      before: set.scores(before, twin: nil, resampling: resampling), after: change(after),
      imageAlone: image.map(change), weightsSHA256: run.record.result?.tunedSha256)
  }
}

extension LoadedRun {
  /// Whether class weights are another function of text after fine-tuning than before.
  func tunesText() throws -> Bool { try ClassifierAssembly(record).headReadsText }

  /// What was tuned of the image side, with the class weights of before; nil where the text side is not tuned, or the two are no
  /// plain weights that can be told apart.
  func imageSide() throws -> (any AlphaPath)? {
    guard try tunesText(), let path = path as? InterpolatedWeights else { return nil }
    func side(_ state: StateDict) -> StateDict {
      StateDict(
        state.compactMap { name, value in
          if Self.classWeights.contains(name) { return path.endpoints.pretrained[name].map { (name, $0) } }
          return name.hasPrefix("visual.") ? (name, value) : nil
        })
    }
    return try InterpolatedWeights(
      config: record.model.architecture,
      endpoints: WeightEndpoints(
        pretrained: side(path.endpoints.pretrained), finetuned: side(path.endpoints.finetuned)))
  }

  private static let classWeights: Set = ["classification_head.weight", "classification_head.bias"]
}
